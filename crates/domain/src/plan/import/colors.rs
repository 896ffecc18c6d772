//! Colours: what web pages may write becomes `#rrggbb`.

/// Apart for colour-blind eyes, on light and dark paper.
const DEFAULTS: [&str; 8] =
    ["#3b6fb6", "#d1772b", "#2e8b6f", "#a44a9c", "#b5a12c", "#4aa3c7", "#b23a48", "#6d6a75"];

/// A colour for the n-th category when the source names none.
pub(super) fn default(n: usize) -> String {
    DEFAULTS[n % DEFAULTS.len()].to_owned()
}

/// `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb(…)`, or a common name; `None` for anything else.
pub(super) fn from_css(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    if let Some(hex) = text.strip_prefix('#') {
        if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        return match hex.len() {
            3 | 4 => Some(hex.chars().take(3).fold("#".to_owned(), |mut out, c| {
                out.extend([c, c]);
                out
            })),
            6 | 8 => Some(format!("#{}", hex.get(..6)?)),
            _ => None,
        };
    }
    if let Some(inner) = text.strip_prefix("rgb(").or_else(|| text.strip_prefix("rgba(")) {
        let mut parts = inner.trim_end_matches(')').split(',').map(|part| part.trim().parse::<f64>().ok());
        let mut byte = || parts.next().flatten().map(|n| n.clamp(0.0, 255.0) as u8);
        let (r, g, b) = (byte()?, byte()?, byte()?);
        return Some(format!("#{r:02x}{g:02x}{b:02x}"));
    }
    let names = [
        ("black", "#000000"),
        ("white", "#ffffff"),
        ("gray", "#808080"),
        ("grey", "#808080"),
        ("lightgray", "#d3d3d3"),
        ("lightgrey", "#d3d3d3"),
        ("darkgray", "#a9a9a9"),
        ("silver", "#c0c0c0"),
        ("red", "#ff0000"),
        ("darkred", "#8b0000"),
        ("maroon", "#800000"),
        ("pink", "#ffc0cb"),
        ("orange", "#ffa500"),
        ("gold", "#ffd700"),
        ("yellow", "#ffff00"),
        ("olive", "#808000"),
        ("lime", "#00ff00"),
        ("green", "#008000"),
        ("darkgreen", "#006400"),
        ("lightgreen", "#90ee90"),
        ("teal", "#008080"),
        ("aqua", "#00ffff"),
        ("cyan", "#00ffff"),
        ("blue", "#0000ff"),
        ("lightblue", "#add8e6"),
        ("darkblue", "#00008b"),
        ("navy", "#000080"),
        ("purple", "#800080"),
        ("violet", "#ee82ee"),
        ("magenta", "#ff00ff"),
        ("fuchsia", "#ff00ff"),
        ("brown", "#a52a2a"),
        ("beige", "#f5f5dc"),
    ];
    names.iter().find(|(name, _)| *name == text).map(|(_, hex)| (*hex).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_web_pages_write_becomes_six_digits() {
        for (css, hex) in [
            ("#AbC", Some("#aabbcc")),
            ("#12345678", Some("#123456")),
            ("rgb(1, 2, 300)", Some("#0102ff")),
            ("Navy", Some("#000080")),
            ("url(javascript:1)", None),
            ("#12", None),
            ("", None),
        ] {
            assert_eq!(from_css(css).as_deref(), hex, "{css}");
        }
    }
}
