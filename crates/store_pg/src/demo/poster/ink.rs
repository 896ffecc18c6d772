//! Inks: a ground, letters that read on it, an accent and a soft second tone.

use super::art::Art;
use crate::demo::dice::Dice;

/// One set of inks, each `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Inks {
    pub(super) ground: &'static str,
    pub(super) ink: &'static str,
    pub(super) accent: &'static str,
    pub(super) soft: &'static str,
}

const fn inks(ground: &'static str, ink: &'static str, accent: &'static str, soft: &'static str) -> Inks {
    Inks { ground, ink, accent, soft }
}

/// Paper, strong ink, the warm accent; and six rooms around them.
pub(super) const SETS: [Inks; 8] = [
    inks("#faf7f2", "#1b1820", "#c8452f", "#e9d8c5"),
    inks("#131118", "#f1ecf4", "#ff7a5c", "#352d47"),
    inks("#b93b26", "#fffaf5", "#ffc98a", "#8f2a1a"),
    inks("#12403c", "#f3efe4", "#f0a952", "#1f5c55"),
    inks("#1f2550", "#f2eefb", "#ee93c4", "#343d7d"),
    inks("#ecd9b4", "#231a12", "#a5361f", "#d3b680"),
    inks("#3d1f3f", "#fbeef2", "#efb04f", "#5f3262"),
    inks("#dfe6e0", "#182420", "#12705c", "#b4c8bb"),
];

impl Inks {
    /// Night pieces are printed on dark grounds, the others on any.
    pub(super) fn for_art(art: Art, dice: &mut Dice) -> Self {
        let choice: &[usize] = match art {
            Art::Bars | Art::Beams => &[1, 3, 4, 6],
            Art::Lanes => &[0, 2, 3, 7],
            _ => &[0, 1, 2, 3, 4, 5, 6, 7],
        };
        SETS[dice.pick(choice, 0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(hex: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn letters_keep_their_contrast_on_every_ground() {
        for set in SETS {
            assert!(contrast(set.ground, set.ink) >= 4.5, "{set:?}");
            // The small line of facts is printed in the accent.
            assert!(contrast(set.ground, set.accent) >= 3.0, "{set:?}");
        }
    }
}
