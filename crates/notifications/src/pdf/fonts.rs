//! The faces of printed tickets: which glyphs a text is, and how wide they are.

use crate::RenderError;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::{
    FontRef, MetadataProvider,
    instance::{LocationRef, Size},
};

static INTER: &[u8] = include_bytes!("../../fonts/Inter-Regular.ttf");
static INTER_SEMIBOLD: &[u8] = include_bytes!("../../fonts/Inter-SemiBold.ttf");
static FRAUNCES: &[u8] = include_bytes!("../../fonts/Fraunces-SemiBold.ttf");

/// A face with its measures.
pub(super) struct Face {
    font: Font,
    read: FontRef<'static>,
}

/// A piece of text that one face can show.
pub(super) struct Run<'a> {
    pub(super) font: Font,
    pub(super) text: &'a str,
    pub(super) glyphs: Vec<KrillaGlyph>,
    /// In ems.
    pub(super) width: f32,
}

/// The three faces.
pub(super) struct Faces {
    pub(super) plain: Face,
    pub(super) strong: Face,
    pub(super) display: Face,
}

impl Faces {
    pub(super) fn load() -> Result<Self, RenderError> {
        Ok(Self {
            plain: Face::load(INTER)?,
            strong: Face::load(INTER_SEMIBOLD)?,
            display: Face::load(FRAUNCES)?,
        })
    }
}

impl Face {
    fn load(data: &'static [u8]) -> Result<Self, RenderError> {
        let broken = || RenderError::Pdf("a font cannot be read".into());
        let font = Font::new(data.into(), 0).ok_or_else(broken)?;
        Ok(Self { font, read: FontRef::new(data).map_err(|_| broken())? })
    }

    fn shows(&self, letter: char) -> bool {
        self.read.charmap().map(letter).is_some_and(|glyph| glyph.to_u32() != 0)
    }

    /// The glyph of a letter and its advance in ems; a question mark for what the face has not.
    fn glyph(&self, letter: char) -> (u32, f32) {
        let map = self.read.charmap();
        let glyph = map.map(letter).or_else(|| map.map('?')).unwrap_or_default();
        let advance = self.read.glyph_metrics(Size::unscaled(), LocationRef::default()).advance_width(glyph);
        (glyph.to_u32(), advance.unwrap_or_default() / self.font.units_per_em())
    }
}

/// Marks that join or turn letters and show nothing by themselves.
fn is_silent(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// A text as runs: each letter in the first face, or in the second where only that one has it.
pub(super) fn runs<'a>(text: &'a str, first: &Face, second: &Face) -> Vec<Run<'a>> {
    let mut runs: Vec<Run<'a>> = Vec::new();
    let (mut start, mut current) = (0, None);
    let mut close = |from: usize, to: usize, use_second: bool| {
        let face = if use_second { second } else { first };
        if from < to {
            runs.push(shape(&text[from..to], face));
        }
    };
    for (at, letter) in text.char_indices() {
        let use_second = !first.shows(letter) && second.shows(letter);
        if let Some(before) = current.filter(|before| *before != use_second) {
            close(start, at, before);
            start = at;
        }
        current = Some(use_second);
    }
    close(start, text.len(), current.unwrap_or(false));
    runs
}

fn shape<'a>(text: &'a str, face: &Face) -> Run<'a> {
    let (mut glyphs, mut width) = (Vec::with_capacity(text.len()), 0.0);
    for (at, letter) in text.char_indices().filter(|(_, letter)| !is_silent(*letter)) {
        let (glyph, advance) = face.glyph(letter);
        let range = at..at + letter.len_utf8();
        glyphs.push(KrillaGlyph::new(GlyphId::new(glyph), advance, 0.0, 0.0, 0.0, range, None));
        width += advance;
    }
    Run { font: face.font.clone(), text, glyphs, width }
}

/// The width of a text in ems.
pub(super) fn width(text: &str, first: &Face, second: &Face) -> f32 {
    let advance = |letter: char| {
        let face = if !first.shows(letter) && second.shows(letter) { second } else { first };
        face.glyph(letter).1
    };
    text.chars().filter(|letter| !is_silent(*letter)).map(advance).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_that_a_face_lacks_comes_from_the_other() {
        let faces = Faces::load().unwrap();
        let runs = runs("Žofia Жанна", &faces.display, &faces.strong);
        assert_eq!(runs.iter().map(|run| run.text).collect::<Vec<_>>(), ["Žofia ", "Жанна"]);
        assert!(runs.iter().all(|run| run.width > 0.0 && run.glyphs.len() == run.text.chars().count()));
    }

    #[test]
    fn letters_have_widths_of_their_own() {
        let faces = Faces::load().unwrap();
        let wide = |text: &str| width(text, &faces.plain, &faces.strong);
        assert!(wide("WW") > wide("ii"));
        assert!((wide("ab") - wide("a") - wide("b")).abs() < 0.001);
        assert!(wide("\u{200d}").abs() < 0.001);
    }
}
