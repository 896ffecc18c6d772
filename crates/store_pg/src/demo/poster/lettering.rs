//! The title in serif, the facts in sans; set by the length of the words, since nothing here can measure them.

use super::{MARGIN, Poster, WIDTH, ink::Inks};
use std::fmt::Write as _;

/// Average width of a letter of the display serif, in ems; a little more than true, so that lines never overflow.
const SERIF_EM: f32 = 0.54;
/// The same for the sans.
const SANS_EM: f32 = 0.56;

/// A title block: title lines, subtitle, place, date.
pub(super) struct Block {
    title: Vec<String>,
    size: f32,
    small: Vec<(String, bool)>,
}

/// Text for XML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Breaks words into lines of at most `width` letters.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn letters_that_fit(size: f32, em: f32) -> usize {
    ((WIDTH - 2.0 * MARGIN) / (size * em)) as usize
}

impl Block {
    pub(super) fn of(poster: &Poster<'_>) -> Self {
        // The largest size at which the title needs at most three lines and every line fits.
        let sizes = [62.0, 54.0, 46.0, 40.0, 34.0, 29.0_f32];
        let set = |size: f32| (wrap(poster.title, letters_that_fit(size, SERIF_EM)), size);
        let fits = |(lines, size): &(Vec<String>, f32)| {
            lines.len() <= 3 && lines.iter().all(|l| l.chars().count() <= letters_that_fit(*size, SERIF_EM))
        };
        let (title, size) = sizes.into_iter().map(set).find(fits).unwrap_or_else(|| set(26.0));
        let mut small: Vec<(String, bool)> = Vec::new();
        small.push((poster.date.clone(), true));
        let width = letters_that_fit(14.0, SANS_EM);
        for text in [poster.subtitle, &poster.place] {
            small.extend(wrap(text, width).into_iter().map(|line| (line, false)));
        }
        Self { title, size, small }
    }

    /// Height of the whole block.
    pub(super) fn height(&self) -> f32 {
        self.title.len() as f32 * self.size * 1.04 + 24.0 + self.small.len() as f32 * 20.0
    }

    /// Writes the block with its upper edge at `y`.
    pub(super) fn write(&self, svg: &mut String, inks: &Inks, y: f32) {
        let mut baseline = y + self.size * 0.82;
        let _ = write!(
            svg,
            "<g font-family=\"Fraunces,'Fraunces Variable',Georgia,serif\" font-size=\"{:.0}\" font-weight=\"600\" \
             letter-spacing=\"-.5\" fill=\"{}\">",
            self.size, inks.ink
        );
        for line in &self.title {
            let _ = write!(svg, "<text x=\"{MARGIN}\" y=\"{baseline:.0}\">{}</text>", escape(line));
            baseline += self.size * 1.04;
        }
        let rule = y + self.title.len() as f32 * self.size * 1.04 + 8.0;
        let _ = write!(
            svg,
            "</g><path d=\"M{MARGIN} {rule:.0}h48\" stroke=\"{}\" stroke-width=\"3\"/>\
             <g font-family=\"Inter,'Inter Variable',Helvetica,Arial,sans-serif\" font-size=\"14\" fill=\"{}\">",
            inks.accent, inks.ink
        );
        let mut baseline = rule + 24.0;
        for (line, strong) in &self.small {
            let weight = if *strong { " font-weight=\"700\"" } else { "" };
            let _ = write!(svg, "<text x=\"{MARGIN}\" y=\"{baseline:.0}\"{weight}>{}</text>", escape(line));
            baseline += 20.0;
        }
        svg.push_str("</g>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_broken_between_words_and_shrink_until_they_fit() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(escape("A & <B> \"C\""), "A &amp; &lt;B&gt; &quot;C&quot;");
        for title in ["Low Tide", "The Clockmaker of Rue Saint-Lune", "Northern Indoor Athletics Gala"] {
            let poster =
                Poster { title, subtitle: "", place: "P".into(), date: "D".into(), category: "opera" };
            let block = Block::of(&poster);
            assert!(block.title.len() <= 3, "{title}");
            let widest = block.title.iter().map(|l| l.chars().count()).max().unwrap();
            assert!(widest as f32 * block.size * SERIF_EM <= WIDTH - 2.0 * MARGIN, "{title}");
        }
    }
}
