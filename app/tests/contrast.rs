//! The colours of the style sheet can be read: text 4.5:1, controls and marks 3:1, in light and dark (WCAG 2.1).

#![expect(clippy::unwrap_used, reason = "a sheet that cannot be read is a failed test")]

use std::collections::BTreeMap;

type Tokens = BTreeMap<String, [f64; 3]>;

const SHEET: &str = include_str!("../../style/tokens/colour.css");

/// `--name: #rrggbb` of a block.
fn tokens(block: &str) -> Tokens {
    let lines =
        block.lines().filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(';')?.split_once(": #"));
    lines
        .filter(|(_, hex)| hex.len() == 6)
        .map(|(name, hex)| {
            let part = |at: usize| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            (name.to_owned(), [part(0), part(2), part(4)])
        })
        .collect()
}

fn themes() -> [(&'static str, Tokens); 2] {
    let (light, dark) = SHEET.split_once("@media").unwrap();
    [("light", tokens(light)), ("dark", tokens(dark))]
}

fn luminance(color: [f64; 3]) -> f64 {
    let [r, g, b] = color.map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
    (a / b).max(b / a)
}

fn check(pairs: &[(&str, &str)], least: f64) {
    let mut failures = Vec::new();
    for (theme, tokens) in themes() {
        for (front, back) in pairs {
            let ratio = contrast(tokens[*front], tokens[*back]);
            if ratio < least {
                failures.push(format!("{theme}: --{front} on --{back} is {ratio:.2}, needs {least}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn text_can_be_read_in_both_themes() {
    let mut pairs = vec![("accent-ink", "accent"), ("accent-ink", "accent-strong"), ("paper", "ink")];
    for back in ["paper", "surface", "sunken"] {
        pairs.extend([("ink", back), ("ink-muted", back), ("accent-strong", back)]);
        pairs.extend([("good", back), ("warn", back), ("bad", back)]);
    }
    for tone in ["good", "warn", "bad"] {
        let soft: &'static str = match tone {
            "good" => "good-soft",
            "warn" => "warn-soft",
            _ => "bad-soft",
        };
        pairs.extend([(tone, soft), ("ink", soft)]);
    }
    check(&pairs, 4.5);
}

#[test]
fn controls_and_zone_marks_stand_out_in_both_themes() {
    const ZONES: [&str; 8] = ["zone-1", "zone-2", "zone-3", "zone-4", "zone-5", "zone-6", "zone-7", "zone-8"];
    let mut pairs = Vec::new();
    for back in ["paper", "surface"] {
        pairs.extend([("line-strong", back), ("focus", back), ("accent", back)]);
        pairs.extend(ZONES.map(|zone| (zone, back)));
    }
    check(&pairs, 3.0);
}

#[test]
fn both_themes_have_the_same_names() {
    let [(_, light), (_, dark)] = themes();
    assert_eq!(light.keys().collect::<Vec<_>>(), dark.keys().collect::<Vec<_>>());
}

#[test]
fn no_page_uses_a_colour_of_its_own() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../style");
    for folder in ["base", "components", "pages"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            // Paper is white and ink black whatever the theme: print and the code's background.
            let values = text.lines().filter_map(|line| line.split_once(": ").map(|(_, value)| value));
            let foreign: Vec<_> = values
                .filter(|value| {
                    value.contains('#') && !["#fff", "#000", "#444"].iter().any(|c| value.contains(c))
                })
                .collect();
            assert!(foreign.is_empty(), "{}: {foreign:?}", path.display());
        }
    }
}
