//! Writes lines on a page, and keeps the tag tree in step with them.

use super::fonts::{self, Face, Faces};
use crate::{QrImage, RenderError};
use krilla::{
    color::rgb,
    geom::{Path, PathBuilder, Point, Rect},
    num::NormalizedF32,
    paint::{Fill, FillRule},
    surface::Surface,
    tagging::{Artifact, ArtifactType, ContentTag, SpanTag, TableHeaderScope, Tag, TagGroup, TagKind},
};

/// Which face a line is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    Plain,
    Strong,
    Display,
}

/// How a line looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) voice: Voice,
    /// In points.
    pub(super) size: f32,
    pub(super) color: (u8, u8, u8),
    /// More lines than these end in an ellipsis.
    pub(super) lines_max: usize,
}

/// A cell of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell<'a> {
    pub(super) text: &'a str,
    pub(super) x: f32,
    pub(super) width: f32,
    pub(super) look: Look,
    /// Its lines end at its right edge, as figures do.
    pub(super) right: bool,
    /// It says what stands below it.
    pub(super) head: bool,
}

/// A pen on one page. `y` runs down from the top, in points.
pub(super) struct Pen<'a> {
    surface: Surface<'a>,
    faces: Faces,
    tags: TagGroup,
    /// The rows of the table that is being written.
    table: Option<TagGroup>,
}

impl<'a> Pen<'a> {
    pub(super) fn new(surface: Surface<'a>) -> Result<Self, RenderError> {
        Ok(Self { surface, faces: Faces::load()?, tags: TagGroup::new(Tag::Section), table: None })
    }

    /// Ends the page; what was written stands in the group in reading order.
    pub(super) fn finish(self) -> TagGroup {
        self.surface.finish();
        self.tags
    }

    fn faces(&self, voice: Voice) -> (&Face, &Face) {
        match voice {
            Voice::Plain => (&self.faces.plain, &self.faces.strong),
            Voice::Strong => (&self.faces.strong, &self.faces.plain),
            Voice::Display => (&self.faces.display, &self.faces.strong),
        }
    }

    /// Writes a paragraph from the top `y` on, broken at `width`; answers where the next may begin.
    pub(super) fn paragraph(&mut self, at: (f32, f32), width: f32, look: Look, text: &str) -> f32 {
        self.block(Tag::P, at, width, look, text)
    }

    /// Writes a heading of a level from 1.
    pub(super) fn heading(&mut self, level: u16, at: (f32, f32), width: f32, look: Look, text: &str) -> f32 {
        let level = level.try_into().unwrap_or(std::num::NonZeroU16::MIN);
        self.block(Tag::Hn(level, Some(text.to_owned())), at, width, look, text)
    }

    fn block(
        &mut self,
        tag: impl Into<TagKind>,
        (x, y): (f32, f32),
        width: f32,
        look: Look,
        text: &str,
    ) -> f32 {
        let mut group = TagGroup::new(tag);
        let end = self.write(&mut group, (x, y), (width, false), look, text);
        if end > y {
            self.tags.push(group);
        }
        end
    }

    /// Writes lines into a group, from the left edge of the width or up to its right edge.
    fn write(
        &mut self,
        group: &mut TagGroup,
        (x, mut y): (f32, f32),
        (width, right): (f32, bool),
        look: Look,
        text: &str,
    ) -> f32 {
        let (first, second) = self.faces(look.voice);
        let measure = |text: &str| fonts::width(text, first, second);
        let lines = broken(text, width / look.size, look.lines_max, measure);
        let indent = |line: &String| if right { width - measure(line) * look.size } else { 0.0 };
        let lines: Vec<(f32, String)> = lines.into_iter().map(|line| (indent(&line), line)).collect();
        for (indent, line) in lines {
            group.push(self.surface.start_tagged(ContentTag::Span(SpanTag::empty())));
            // The base line of a line box of 1.3 ems.
            self.line((x + indent, y + look.size), look, &line);
            self.surface.end_tagged();
            y += look.size * 1.3;
        }
        y
    }

    /// What is written by [`Self::row`] from here on is one table.
    pub(super) fn begin_table(&mut self) {
        self.table = Some(TagGroup::new(Tag::Table));
    }

    /// Writes a row of the table; answers where the next may begin.
    pub(super) fn row(&mut self, y: f32, cells: &[Cell<'_>]) -> f32 {
        let (mut row, mut end) = (TagGroup::new(Tag::TR), y);
        for cell in cells {
            let tag: TagKind =
                if cell.head { Tag::TH(TableHeaderScope::Column).into() } else { Tag::TD.into() };
            let mut group = TagGroup::new(tag);
            let at = (cell.width, cell.right);
            end = end.max(self.write(&mut group, (cell.x, y), at, cell.look, cell.text));
            row.push(group);
        }
        if let Some(table) = &mut self.table {
            table.push(row);
        }
        end
    }

    /// Ends the table.
    pub(super) fn end_table(&mut self) {
        if let Some(table) = self.table.take() {
            self.tags.push(table);
        }
    }

    fn line(&mut self, (x, y): (f32, f32), look: Look, text: &str) {
        self.surface.set_fill(Some(fill(look.color)));
        let (first, second) = match look.voice {
            Voice::Plain => (&self.faces.plain, &self.faces.strong),
            Voice::Strong => (&self.faces.strong, &self.faces.plain),
            Voice::Display => (&self.faces.display, &self.faces.strong),
        };
        let mut x = x;
        for run in fonts::runs(text, first, second) {
            let start = Point::from_xy(x, y);
            self.surface.draw_glyphs(start, &run.glyphs, run.font, run.text, look.size, false);
            x += run.width * look.size;
        }
    }

    /// A filled box that says nothing.
    pub(super) fn rectangle(&mut self, x: f32, y: f32, w: f32, h: f32, color: (u8, u8, u8)) {
        let mut path = PathBuilder::new();
        let Some(rect) = Rect::from_xywh(x, y, w, h) else { return };
        path.push_rect(rect);
        let Some(path) = path.finish() else { return };
        self.surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Other)));
        self.surface.set_fill(Some(fill(color)));
        self.surface.draw_path(&path);
        self.surface.end_tagged();
    }

    /// A code on white, as a figure with words for who cannot see it.
    pub(super) fn code(&mut self, (x, y): (f32, f32), edge: f32, code: &QrImage, words: String) {
        let Some((ground, modules)) = code_paths(x, y, edge, code) else { return };
        let id = self.surface.start_tagged(ContentTag::Other);
        self.surface.set_fill(Some(fill((255, 255, 255))));
        self.surface.draw_path(&ground);
        self.surface.set_fill(Some(fill((0, 0, 0))));
        self.surface.draw_path(&modules);
        self.surface.end_tagged();
        let mut figure = TagGroup::new(Tag::Figure(Some(words)));
        figure.push(id);
        self.tags.push(figure);
    }
}

/// All modules as one path: neighbours share their edges, so no printer draws hairlines between them.
fn code_paths(x: f32, y: f32, edge: f32, code: &QrImage) -> Option<(Path, Path)> {
    let module = edge / code.edge() as f32;
    let mut ground = PathBuilder::new();
    ground.push_rect(Rect::from_xywh(x, y, edge, edge)?);
    let mut modules = PathBuilder::new();
    for (at, row, run) in code.runs() {
        let (at, row, run) = (at as f32 * module, row as f32 * module, run as f32 * module);
        modules.push_rect(Rect::from_xywh(x + at, y + row, run, module)?);
    }
    Some((ground.finish()?, modules.finish()?))
}

fn fill((r, g, b): (u8, u8, u8)) -> Fill {
    Fill { paint: rgb::Color::new(r, g, b).into(), opacity: NormalizedF32::ONE, rule: FillRule::default() }
}

/// Words as lines that are at most `width` wide; a word that is wider is cut, and so is the last line of too many.
fn broken(text: &str, width: f32, lines_max: usize, measure: impl Fn(&str) -> f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let joined = match lines.last() {
            Some(line) => format!("{line} {word}"),
            None => word.to_owned(),
        };
        if measure(&joined) <= width && !lines.is_empty() {
            lines.pop();
            lines.push(joined);
        } else if lines.len() == lines_max {
            if let Some(last) = lines.last_mut() {
                *last = cut(&format!("{last} …"), width, &measure);
            }
            break;
        } else {
            lines.push(if measure(word) <= width { word.to_owned() } else { cut(word, width, &measure) });
        }
    }
    lines
}

/// The longest beginning of a text that is not wider, with an ellipsis.
fn cut(text: &str, width: f32, measure: &impl Fn(&str) -> f32) -> String {
    let mut kept: Vec<char> = text.trim_end_matches(['…', ' ']).chars().collect();
    loop {
        let shown: String = kept.iter().chain(['…'].iter()).collect();
        if measure(&shown) <= width || kept.is_empty() {
            return shown;
        }
        kept.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, width: f32, lines_max: usize) -> Vec<String> {
        broken(text, width, lines_max, |text| text.chars().count() as f32)
    }

    #[test]
    fn words_are_kept_whole_while_they_fit() {
        assert_eq!(lines("to be or not to be", 8.0, 9), ["to be or", "not to", "be"]);
        assert_eq!(lines("  ", 8.0, 9), Vec::<String>::new());
    }

    #[test]
    fn too_much_ends_in_an_ellipsis_and_is_never_too_wide() {
        assert_eq!(lines("to be or not to be", 8.0, 2), ["to be or", "not to…"]);
        assert_eq!(lines("incomprehensibilities", 8.0, 2), ["incompr…"]);
        for n in 1..40 {
            let text = "ab cde fghijklmnop q ".repeat(n);
            assert!(lines(&text, 9.0, 3).iter().all(|line| line.chars().count() <= 9));
        }
    }
}
