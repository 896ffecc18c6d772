//! Who a guest is, before there is a name: a random key in a cookie of this browser.

use crate::clock;

/// 128 random bits in hex. Caps count by it, and it finds the buyer's hold again after a refresh.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BuyerKey(String);

impl BuyerKey {
    /// A new guest.
    pub fn draw() -> Self {
        Self(hex::encode(clock::random::<16>()))
    }

    /// Reads a key from a cookie; anything else than what [`BuyerKey::draw`] makes is refused.
    pub fn parse(text: &str) -> Option<Self> {
        let good = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        good.then(|| Self(text.to_owned()))
    }

    /// As it stands in the cookie.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
