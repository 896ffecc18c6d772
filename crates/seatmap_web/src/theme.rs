//! The page's colours, read from its custom properties, so that light, dark and branded pages need no word here.

use crate::dom;
use seatmap::zones::{DARK, LIGHT, LOOKS};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

/// A colour, red green blue.
pub(crate) type Rgb = [u8; 3];

/// Names and what holds where the page does not define them.
const TOKENS: [(&str, &str); 11] = [
    ("--paper", "#faf7f2"),
    ("--surface", "#ffffff"),
    ("--sunken", "#f1ece4"),
    ("--ink", "#1b1820"),
    ("--ink-muted", "#5f5a66"),
    ("--line", "#ddd6cc"),
    ("--accent", "#c8452f"),
    ("--accent-ink", "#ffffff"),
    ("--good", "#2c7a4b"),
    ("--warn", "#9a6700"),
    ("--focus", "#1f5fbf"),
];

const ZONES: [&str; LOOKS] =
    ["--zone-1", "--zone-2", "--zone-3", "--zone-4", "--zone-5", "--zone-6", "--zone-7", "--zone-8"];

/// All colours of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Theme {
    pub paper: Rgb,
    pub surface: Rgb,
    pub sunken: Rgb,
    pub ink: Rgb,
    pub muted: Rgb,
    pub line: Rgb,
    pub accent: Rgb,
    pub accent_ink: Rgb,
    pub focus: Rgb,
    /// By look; the last is for seats without a zone.
    pub zones: [Rgb; LOOKS + 1],
    /// What is readable on each zone colour.
    pub on_zones: [Rgb; LOOKS + 1],
    /// Light writing on dark paper.
    pub dark_paper: bool,
    /// Font families of the page.
    pub font: String,
}

impl Theme {
    /// Reads the colours that hold at the element.
    pub fn read(host: &HtmlElement) -> Result<Self, JsValue> {
        let computed = dom::window()?.get_computed_style(host)?;
        let computed = computed.ok_or_else(|| JsValue::from_str("no computed style"))?;
        let color = |name: &str| -> Result<Option<Rgb>, JsValue> {
            let text = computed.get_property_value(name)?;
            match text.trim() {
                "" => Ok(None),
                text => parse_hex(text).map_or_else(|| resolve(host, name), Ok).map(Some),
            }
        };
        let mut base = [[0; 3]; TOKENS.len()];
        for (slot, (name, fallback)) in base.iter_mut().zip(TOKENS) {
            *slot = color(name)?.or_else(|| parse_hex(fallback)).unwrap_or_default();
        }
        let [paper, surface, sunken, ink, muted, line, accent, accent_ink, _, _, focus] = base;
        let own = if luminance(paper) < 0.4 { DARK } else { LIGHT };
        let mut zones = [mix(muted, paper, 0.3); LOOKS + 1];
        for ((slot, name), own) in zones.iter_mut().zip(ZONES).zip(own) {
            *slot = color(name)?.unwrap_or(own);
        }
        let font = computed.get_property_value("font-family")?;
        let (dark, light) = if luminance(ink) < luminance(paper) { (ink, [255; 3]) } else { (paper, ink) };
        let on_zones = zones.map(|zone| if contrast(zone, light) >= 3.4 { light } else { dark });
        Ok(Self {
            paper,
            surface,
            sunken,
            ink,
            muted,
            line,
            accent,
            accent_ink,
            focus,
            zones,
            on_zones,
            dark_paper: luminance(ink) > luminance(paper),
            font,
        })
    }
}

/// What a colour of another syntax looks like: the browser resolves it, and a pixel painted with it tells red, green
/// and blue.
fn resolve(host: &HtmlElement, name: &str) -> Result<Rgb, JsValue> {
    let document = dom::document()?;
    let probe: HtmlElement = document.create_element("span")?.unchecked_into();
    probe.set_hidden(true);
    probe.style().set_property("color", &["var(", name, ")"].concat())?;
    host.append_child(&probe)?;
    let computed = dom::window()?.get_computed_style(&probe)?;
    let color = computed.ok_or_else(|| JsValue::from_str("no computed style"))?.get_property_value("color");
    probe.remove();
    let canvas: web_sys::HtmlCanvasElement = document.create_element("canvas")?.unchecked_into();
    let context = dom::context(&canvas)?;
    context.set_fill_style_str(&color?);
    context.fill_rect(0.0, 0.0, 1.0, 1.0);
    let data = context.get_image_data(0.0, 0.0, 1.0, 1.0)?.data();
    Ok(match data.as_slice() {
        [red, green, blue, ..] => [*red, *green, *blue],
        _ => [0; 3],
    })
}

/// `#rrggbb`.
pub(crate) fn hex(color: Rgb) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(7);
    text.push('#');
    for part in color {
        text.push(char::from(DIGITS[usize::from(part >> 4)]));
        text.push(char::from(DIGITS[usize::from(part & 15)]));
    }
    text
}

/// Reads `#rrggbb` and `#rgb`, to which style sheets are shortened.
pub(crate) fn parse_hex(text: &str) -> Option<Rgb> {
    let digits = text.strip_prefix('#').filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let number = u32::from_str_radix(digits, 16).ok()?;
    if digits.len() == 3 {
        return Some(
            [number >> 8, number >> 4 & 15, number & 15].map(|part| u8::try_from(part * 17).unwrap_or(0)),
        );
    }
    if digits.len() != 6 {
        return None;
    }
    let [_, red, green, blue] = number.to_be_bytes();
    Some([red, green, blue])
}

/// `a` with so much of `b` in it, 0 to 1.
pub(crate) fn mix(a: Rgb, b: Rgb, part: f32) -> Rgb {
    let mut mixed = a;
    for (slot, other) in mixed.iter_mut().zip(b) {
        let value = f32::from(*slot) + (f32::from(other) - f32::from(*slot)) * part;
        *slot = u8::try_from(dom::whole(value)).unwrap_or(u8::MAX);
    }
    mixed
}

/// Red, green, blue from 0 to 1.
pub(crate) fn floats(color: Rgb) -> [f32; 3] {
    color.map(|part| f32::from(part) / 255.0)
}

/// Relative luminance, with 2.0 for the gamma: near enough to choose black or white.
fn luminance(color: Rgb) -> f32 {
    let [red, green, blue] = floats(color).map(|part| part * part);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(a: Rgb, b: Rgb) -> f32 {
    let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
    (a / b).max(b / a)
}
