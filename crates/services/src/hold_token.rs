//! The proof of a hold: names the event and the hold, and is authenticated with the installation's secret.
//!
//! It is derived, not stored: a repeated request gets the same token again (INV-5), a refreshed page finds its way
//! back by the buyer's cookie, and no database of tokens can leak.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::ids::{EventId, HoldId, OrderId};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const PREFIX: &str = "hold_";

/// The installation's secret that authenticates hold tokens.
#[derive(Clone)]
pub struct HoldSecret(pub [u8; 32]);

impl std::fmt::Debug for HoldSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HoldSecret(…)")
    }
}

/// What a good token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldClaim {
    /// The event.
    pub event: EventId,
    /// The hold.
    pub hold: HoldId,
    /// Hex SHA-256 of the token, as the store keeps it.
    pub digest: String,
}

impl HoldSecret {
    /// The token of a hold.
    pub fn token(&self, event: EventId, hold: HoldId) -> String {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend_from_slice(event.0.as_bytes());
        bytes.extend_from_slice(hold.0.as_bytes());
        bytes.extend_from_slice(&self.mac(&bytes).finalize().into_bytes());
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The claim of a hold, as a good token would give it.
    pub fn claim(&self, event: EventId, hold: HoldId) -> HoldClaim {
        HoldClaim { event, hold, digest: digest(&self.token(event, hold)) }
    }

    /// Reads a token; `None` when it is not one of ours.
    pub fn verify(&self, token: &str) -> Option<HoldClaim> {
        let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
        let (named, mac) = bytes.split_at_checked(32)?;
        self.mac(named).verify_slice(mac).ok()?;
        let (event, hold) = named.split_at(16);
        Some(HoldClaim {
            event: EventId(Uuid::from_slice(event).ok()?),
            hold: HoldId(Uuid::from_slice(hold).ok()?),
            digest: digest(token),
        })
    }

    /// The key of an order's page.
    pub fn order_key(&self, order: OrderId) -> String {
        URL_SAFE_NO_PAD
            .encode(&self.mac_of(b"parterre order v1", order.0.as_bytes()).finalize().into_bytes()[..18])
    }

    /// Proves a link that opens an order for a while.
    pub(crate) fn link_mac(&self, named: &[u8]) -> [u8; 32] {
        self.mac_of(b"parterre ticket link v1", named).finalize().into_bytes().into()
    }

    /// Whether that proof fits, in constant time.
    pub(crate) fn link_mac_fits(&self, named: &[u8], mac: &[u8]) -> bool {
        self.mac_of(b"parterre ticket link v1", named).verify_slice(mac).is_ok()
    }

    fn mac(&self, named: &[u8]) -> Hmac<Sha256> {
        self.mac_of(b"parterre hold v1", named)
    }

    fn mac_of(&self, purpose: &[u8], named: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).unwrap_or_else(|_| unreachable!("any key length serves"));
        mac.update(purpose);
        mac.update(named);
        mac
    }
}

/// Hex SHA-256 of a text.
pub fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_hold_and_no_other_secret_accepts_it() {
        let secret = HoldSecret([7; 32]);
        let (event, hold) = (EventId(Uuid::from_u128(1)), HoldId(Uuid::from_u128(2)));
        let token = secret.token(event, hold);
        assert_eq!(secret.verify(&token), Some(secret.claim(event, hold)));
        assert_eq!(HoldSecret([8; 32]).verify(&token), None);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            if changed != token {
                assert!(secret.verify(&changed).is_none_or(|claim| claim.hold == hold), "position {at}");
            }
        }
    }

    #[test]
    fn rubbish_is_no_token() {
        for text in ["", "hold_", "hold_AAAA", "hold_%%%", "bearer", &"A".repeat(4000)] {
            assert_eq!(HoldSecret([7; 32]).verify(text), None, "{text:.20}");
        }
    }
}
