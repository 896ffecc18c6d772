//! The title in serif, the facts in sans; set by the length of the words, since nothing here can measure them.

use super::{MARGIN, Poster, WIDTH, ink::Inks};
use std::fmt::Write as _;

/// Room for a line.
const ROOM: f32 = WIDTH - 2.0 * MARGIN;
/// Size of the facts.
const SMALL: f32 = 14.0;

/// Width of a letter in ems. Taken from the widest face that a reader may fall back to (a bold slab-like serif), so
/// that lines never overflow whatever is installed.
fn letter(letter: char) -> f32 {
    match letter {
        'i' | 'j' | 'l' | '.' | ',' | ':' | '’' | '\'' | ' ' => 0.4,
        'f' | 'r' | 's' | 't' | '-' => 0.55,
        'm' | 'w' | 'M' | 'W' => 1.08,
        'H' | 'N' | 'O' | 'Q' | 'U' | '&' => 0.93,
        c if c.is_uppercase() => 0.83,
        _ => 0.7,
    }
}

/// Width of a text at a size.
fn width(text: &str, size: f32) -> f32 {
    text.chars().map(letter).sum::<f32>() * size
}

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

/// Breaks words into lines that are no wider than the room, where the words allow.
fn wrap(text: &str, size: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= ROOM => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

impl Block {
    pub(super) fn of(poster: &Poster<'_>) -> Self {
        // The largest size at which the title needs at most three lines and every line fits.
        let sizes = [60.0, 52.0, 46.0, 41.0, 37.0, 33.0, 30.0_f32];
        let fits = |(lines, size): &(Vec<String>, f32)| {
            lines.len() <= 3 && lines.iter().all(|line| width(line, *size) <= ROOM)
        };
        let set = |size: f32| (wrap(poster.title, size), size);
        let (title, size) = sizes.into_iter().map(set).find(fits).unwrap_or_else(|| set(26.0));
        let mut small: Vec<(String, bool)> = vec![(poster.date.clone(), true)];
        for text in [poster.subtitle, &poster.place] {
            // The sans is narrower than the measure by about a tenth.
            small.extend(wrap(text, SMALL * 0.9).into_iter().map(|line| (line, false)));
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
        assert_eq!(wrap("one two three", 60.0), ["one two", "three"]);
        assert_eq!(escape("A & <B> \"C\""), "A &amp; &lt;B&gt; &quot;C&quot;");
        for title in ["Low Tide", "The Clockmaker of Rue Saint-Lune", "Homecomings, mostly Wammamwwm"] {
            let poster =
                Poster { title, subtitle: "", place: "P".into(), date: "D".into(), category: "opera" };
            let block = Block::of(&poster);
            assert!(block.title.len() <= 3, "{title}");
            assert!(block.title.iter().all(|line| width(line, block.size) <= ROOM), "{title}");
        }
    }
}
