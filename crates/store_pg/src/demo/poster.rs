//! Posters: SVG without pictures or scripts, drawn by seed. One abstract figure, one title, three lines of facts, in
//! inks that keep their contrast. Fonts are named, not embedded: an image falls back to the reader's serif.

mod art;
mod ink;
mod lettering;

use super::dice::Dice;
use art::Art;
use ink::Inks;

/// Width and height of the drawing.
pub(super) const WIDTH: f32 = 400.0;
/// See [`WIDTH`].
pub(super) const HEIGHT: f32 = 560.0;
/// Free border.
pub(super) const MARGIN: f32 = 28.0;

/// What stands on a poster.
pub(super) struct Poster<'a> {
    pub(super) title: &'a str,
    pub(super) subtitle: &'a str,
    pub(super) place: String,
    pub(super) date: String,
    pub(super) category: &'a str,
}

impl Poster<'_> {
    /// Draws it.
    pub(super) fn svg(&self, dice: &mut Dice) -> String {
        let art = Art::for_category(self.category, dice);
        let inks = Inks::for_art(art, dice);
        let block = lettering::Block::of(self);
        let label = lettering::escape(&format!("Poster: {}. {}. {}", self.title, self.place, self.date));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
             aria-label=\"{label}\"><rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"{}\"/>",
            inks.ground
        );
        // The figure has the room that the letters leave; it may bleed off the edges, never into the text.
        let (top, bottom) = if art.title_first() {
            (MARGIN + block.height() + 26.0, HEIGHT)
        } else {
            (0.0, HEIGHT - MARGIN - block.height() - 26.0)
        };
        svg.push_str(&format!(
            "<svg y=\"{top:.0}\" width=\"{WIDTH}\" height=\"{:.0}\" overflow=\"hidden\">",
            bottom - top
        ));
        art.draw(&mut svg, &inks, bottom - top, dice);
        svg.push_str("</svg>");
        let y = if art.title_first() { MARGIN } else { HEIGHT - MARGIN - block.height() };
        block.write(&mut svg, &inks, y);
        svg.push_str("</svg>");
        svg
    }
}
