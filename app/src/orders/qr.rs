//! A ticket's code as a drawing.

use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// Modules around the code that stay white (ISO/IEC 18004).
const QUIET: usize = 4;

/// The drawing's edge in modules, quiet zone included, and the dark modules as an SVG path; `None` when the text
/// does not fit a code.
pub fn qr_path(text: &str) -> Option<(usize, String)> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let width = code.width();
    let modules = code.to_colors();
    let mut path = String::with_capacity(width * width * 4);
    for (y, row) in modules.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|color| **color == Color::Dark).count();
            if run > 0 {
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    Some((width + 2 * QUIET, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quiet_zone_is_empty_and_the_finder_is_there() {
        let (edge, path) = qr_path("parterre").unwrap();
        assert_eq!(edge, 21 + 2 * QUIET);
        assert!(path.starts_with("M4 4h7v1h-7z"), "{path}");
        assert!(!path.contains("M0 ") && !path.contains(" 0h"));
    }

    #[test]
    fn a_code_as_long_as_a_ticket_fits() {
        assert!(qr_path(&"x".repeat(700)).is_some());
        assert!(qr_path(&"x".repeat(5_000)).is_none());
    }
}
