//! Where messages are handed over, and in whose name they go.

use crate::Secret;

/// All that is needed to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The mail server.
    pub mail: MailSettings,
    /// The text message provider.
    pub sms: SmsSettings,
    /// Whose name and colour messages carry.
    pub brand: Brand,
}

/// The mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSettings {
    /// `smtp://host:port`, `smtps://user:password@host`, `smtp://…?tls=required`.
    pub url: Secret,
    /// The sender: `Name <address>` or an address.
    pub from: String,
}

/// A text message provider that speaks Twilio's HTTP API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsSettings {
    /// Its base address, without a slash at the end.
    pub api_base: String,
    /// The account.
    pub account: String,
    /// The account's token; callbacks are signed with it.
    pub token: Secret,
    /// The sender's number (E.164) or name.
    pub from: String,
}

/// Whose name and colour messages carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brand {
    /// The organizer's name.
    pub name: String,
    /// `#rrggbb`.
    pub accent: String,
}

impl Brand {
    /// A brand; a colour that is none becomes the house's own.
    pub fn new(name: impl Into<String>, accent: &str) -> Self {
        let given = accent.trim().to_ascii_lowercase();
        let accent = if parse(&given).is_some() { given } else { "#c8452f".to_owned() };
        Self { name: name.into(), accent }
    }

    /// Red, green, blue of the accent.
    pub(crate) fn rgb(&self) -> (u8, u8, u8) {
        parse(&self.accent).unwrap_or((0xc8, 0x45, 0x2f))
    }

    /// White or near-black, whichever reads better on the accent.
    pub(crate) fn accent_ink(&self) -> &'static str {
        let (r, g, b) = self.rgb();
        let light = luminance(r, g, b);
        // Contrast with white is 1.05 / (light + 0.05), with black (light + 0.05) / 0.05: equal at 0.179.
        if light > 0.179 { "#1b1820" } else { "#ffffff" }
    }
}

fn parse(color: &str) -> Option<(u8, u8, u8)> {
    let hex = color.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.is_ascii())?;
    let part = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    Some((part(0)?, part(2)?, part(4)?))
}

/// Relative luminance as WCAG 2 defines it, 0 to 1.
fn luminance(r: u8, g: u8, b: u8) -> f64 {
    let linear = |c: u8| {
        let c = f64::from(c) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_colour_does_not_reach_a_style() {
        for bad in ["red", "#12345", "#12345g", "#c8452f;}", "#ééé"] {
            assert_eq!(Brand::new("House", bad).accent, "#c8452f", "{bad}");
        }
        assert_eq!(Brand::new("House", " #00FF00 ").accent, "#00ff00");
    }

    #[test]
    fn words_on_the_accent_can_be_read() {
        for accent in ["#c8452f", "#ffe45c", "#000000", "#ffffff", "#3b6fb6", "#808080"] {
            let brand = Brand::new("House", accent);
            let (r, g, b) = brand.rgb();
            let ink = if brand.accent_ink() == "#ffffff" { 1.0 } else { luminance(0x1b, 0x18, 0x20) };
            let (light, dark) = {
                let ground = luminance(r, g, b);
                (ink.max(ground), ink.min(ground))
            };
            let contrast = (light + 0.05) / (dark + 0.05);
            assert!(contrast >= 3.9, "{accent}: {contrast}");
        }
    }
}
