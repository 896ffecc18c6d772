//! A ticket's code as modules, for paper and mail.

use crate::{RenderError, png};
use qrcode::{Color, EcLevel, QrCode};

/// Modules around the code that stay white (ISO/IEC 18004).
const QUIET: usize = 4;
/// Pixels a module in a picture: sharp on a phone's screen, and small.
const PIXELS: usize = 4;

/// The modules of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrImage {
    width: usize,
    modules: Vec<bool>,
}

impl QrImage {
    /// Draws a text. The lowest error correction: a screen or a fresh print is clean, and larger modules read better.
    ///
    /// # Errors
    /// When the text is longer than a code holds.
    pub fn new(text: &str) -> Result<Self, RenderError> {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).map_err(|_| RenderError::Code)?;
        let modules = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Self { width: code.width(), modules })
    }

    /// The edge in modules, quiet zone included.
    pub fn edge(&self) -> usize {
        self.width + 2 * QUIET
    }

    /// Horizontal runs of dark modules: (x, y, length), quiet zone included in the position.
    pub fn runs(&self) -> Vec<(usize, usize, usize)> {
        let mut runs = Vec::new();
        for (y, row) in self.modules.chunks(self.width).enumerate() {
            let mut x = 0;
            while x < self.width {
                let run = row[x..].iter().take_while(|dark| **dark).count();
                if run > 0 {
                    runs.push((x + QUIET, y + QUIET, run));
                }
                x += run.max(1);
            }
        }
        runs
    }

    /// The picture as PNG, one bit a pixel.
    pub fn png(&self) -> Vec<u8> {
        let module = |at: u32| (at as usize / PIXELS).checked_sub(QUIET).filter(|at| *at < self.width);
        let dark = |x, y| match (module(x), module(y)) {
            (Some(x), Some(y)) => self.modules[y * self.width + x],
            _ => false,
        };
        png::square(u32::try_from(self.edge() * PIXELS).unwrap_or(0), ((255, 255, 255), (0, 0, 0)), dark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::ZlibDecoder;
    use std::io::Read as _;

    #[test]
    fn the_picture_shows_the_modules() {
        let code = QrImage::new("parterre").unwrap();
        let edge = code.edge() * PIXELS;
        let png = code.png();
        assert_eq!(&png[16..20], u32::try_from(edge).unwrap().to_be_bytes());
        let at = png.windows(4).position(|w| w == b"IDAT").unwrap();
        let mut rows = Vec::new();
        ZlibDecoder::new(&png[at + 4..]).read_to_end(&mut rows).unwrap();
        let row_bytes = edge.div_ceil(8) + 1;
        assert_eq!(rows.len(), row_bytes * edge);
        let dark = |x: usize, y: usize| rows[y * row_bytes + 1 + x / 8] & (0x80 >> (x % 8)) == 0;
        // The finder in the corner, a light ring in it, and the quiet zone around it.
        let middle = |module: usize| (module + QUIET) * PIXELS + 1;
        assert!(dark(middle(0), middle(0)) && dark(middle(3), middle(3)));
        assert!(!dark(middle(1), middle(1)) && !dark(1, 1) && !dark(edge - 1, edge - 1));
    }

    #[test]
    fn runs_and_modules_say_the_same() {
        let code = QrImage::new(&"x".repeat(400)).unwrap();
        let dark = code.modules.iter().filter(|dark| **dark).count();
        assert_eq!(code.runs().iter().map(|(_, _, run)| run).sum::<usize>(), dark);
    }

    #[test]
    fn a_text_that_is_too_long_is_refused() {
        assert_eq!(QrImage::new(&"x".repeat(5_000)), Err(RenderError::Code));
    }
}
