//! Who signs passes: a certificate, those above it, and the key.

use super::asn1::{self, BIT_STRING, INTEGER, OID, SEQUENCE, SET, UTC_TIME, UTF8};
use crate::{ConfigError, RenderError};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use p256::{
    ecdsa::{Signature, SigningKey, signature::Signer as _},
    elliptic_curve::rand_core::OsRng,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _},
};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use sha1::{Digest as _, Sha1};

pub(super) const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const UNIT: &[u8] = &[0x55, 0x04, 0x0b];
const USER_ID: &[u8] = &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01];
/// What the demo's passes are called; no phone knows who signed them.
const TRIAL_TYPE: &str = "pass.parterre.trial";
/// A trial certificate is good for ten years.
const TRIAL_DAYS: i64 = 3_650;

enum Key {
    Ec(SigningKey),
    Rsa(Box<RsaKeyPair>),
}

/// Signs passes.
pub struct PassSigner {
    certificate: Vec<u8>,
    above: Vec<Vec<u8>>,
    key: Key,
    pass_type: String,
    team: String,
}

impl std::fmt::Debug for PassSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PassSigner({})", self.pass_type)
    }
}

impl PassSigner {
    /// Reads a key (PKCS #8: P-256 or RSA), its certificate, and those above it, all in one PEM text.
    ///
    /// # Errors
    /// When one is missing, or the certificate names no pass type (UID of its subject).
    pub fn from_pem(text: &str) -> Result<Self, ConfigError> {
        let mut certificates = pem(text, "CERTIFICATE").into_iter();
        let certificate = certificates.next().ok_or(ConfigError::Wallet)?;
        let key = pem(text, "PRIVATE KEY").into_iter().next().ok_or(ConfigError::Wallet)?;
        let key = match SigningKey::from_pkcs8_der(&key) {
            Ok(key) => Key::Ec(key),
            Err(_) => Key::Rsa(Box::new(RsaKeyPair::from_pkcs8(&key).map_err(|_| ConfigError::Wallet)?)),
        };
        let subject =
            tbs(&certificate).and_then(|fields| fields.get(4).copied()).ok_or(ConfigError::Wallet)?;
        let pass_type = named(subject.content, USER_ID).ok_or(ConfigError::Wallet)?;
        let team = named(subject.content, UNIT).unwrap_or_default();
        Ok(Self { above: certificates.collect(), certificate, key, pass_type, team })
    }

    /// A key and a certificate that it signed itself, as PEM: to try passes with. A secret.
    ///
    /// # Errors
    /// When the key cannot be written.
    pub fn draw_for_trial(at: DateTime<Utc>) -> Result<String, RenderError> {
        let key = SigningKey::random(&mut OsRng);
        let broken = || RenderError::Pass("a key cannot be written".into());
        let private = key.to_pkcs8_der().map_err(|_| broken())?;
        let public = key.verifying_key().to_public_key_der().map_err(|_| broken())?;
        let certificate = self_signed(&key, public.as_bytes(), at);
        Ok(format!("{}{}", as_pem("PRIVATE KEY", private.as_bytes()), as_pem("CERTIFICATE", &certificate)))
    }

    /// Which passes it may sign.
    pub fn pass_type(&self) -> &str {
        &self.pass_type
    }

    /// Whose they are.
    pub fn team(&self) -> &str {
        &self.team
    }

    /// Whether phones refuse its passes: it is the demo's own.
    pub fn is_for_trial(&self) -> bool {
        self.pass_type == TRIAL_TYPE
    }

    /// Its certificate first, then those above.
    pub(super) fn certificates(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::once(self.certificate.as_slice()).chain(self.above.iter().map(Vec::as_slice))
    }

    /// Issuer and serial number, as they stand in the certificate.
    pub(super) fn name(&self) -> Option<(&[u8], &[u8])> {
        let fields = tbs(&self.certificate)?;
        Some((fields.get(2)?.whole, fields.first()?.whole))
    }

    /// The signature's algorithm and the signature.
    pub(super) fn sign(&self, bytes: &[u8]) -> Result<(Vec<u8>, Vec<u8>), RenderError> {
        match &self.key {
            Key::Ec(key) => {
                let signature: Signature = key.sign(bytes);
                let name = asn1::of(SEQUENCE, &[&asn1::value(OID, ECDSA_SHA256)]);
                Ok((name, signature.to_der().as_bytes().to_vec()))
            }
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature)
                    .map_err(|_| RenderError::Pass("the key does not sign".into()))?;
                let name = asn1::of(SEQUENCE, &[&asn1::value(OID, RSA_SHA256), &[0x05, 0x00]]);
                Ok((name, signature))
            }
        }
    }
}

/// Serial number, algorithm, issuer, validity, subject, …: the fields of a certificate without its version.
fn tbs(certificate: &[u8]) -> Option<Vec<asn1::Value<'_>>> {
    let whole = asn1::values(certificate).next()?;
    let signed = asn1::values(whole.content).next()?;
    Some(asn1::values(signed.content).filter(|field| field.tag != 0xa0).collect())
}

/// The text of an attribute of a name.
fn named(name: &[u8], attribute: &[u8]) -> Option<String> {
    let pairs = asn1::values(name).flat_map(|set| asn1::values(set.content));
    pairs.into_iter().find_map(|pair| {
        let mut parts = asn1::values(pair.content);
        let found = parts.next().is_some_and(|oid| oid.tag == OID && oid.content == attribute);
        let text = parts.next().filter(|_| found)?;
        String::from_utf8(text.content.to_vec()).ok()
    })
}

fn self_signed(key: &SigningKey, public: &[u8], at: DateTime<Utc>) -> Vec<u8> {
    let attribute = |oid: &[u8], text: &str| {
        asn1::of(SET, &[&asn1::of(SEQUENCE, &[&asn1::value(OID, oid), &asn1::value(UTF8, text.as_bytes())])])
    };
    let name = asn1::of(
        SEQUENCE,
        &[
            &attribute(USER_ID, TRIAL_TYPE),
            &attribute(COMMON_NAME, "Parterre trial passes"),
            &attribute(UNIT, "TRIAL"),
        ],
    );
    let algorithm = asn1::of(SEQUENCE, &[&asn1::value(OID, ECDSA_SHA256)]);
    let until = at + TimeDelta::days(TRIAL_DAYS);
    let validity = asn1::of(SEQUENCE, &[&time(at), &time(until)]);
    // Positive, and another for every key.
    let mut serial = Sha1::digest(public)[..8].to_vec();
    serial[0] = serial[0] & 0x7f | 0x40;
    let version = asn1::value(0xa0, &asn1::value(INTEGER, &[2]));
    let serial = asn1::value(INTEGER, &serial);
    let signed = asn1::of(SEQUENCE, &[&version, &serial, &algorithm, &name, &validity, &name, public]);
    let signature: Signature = key.sign(&signed);
    let signature = asn1::value(BIT_STRING, &[&[0], signature.to_der().as_bytes()].concat());
    asn1::of(SEQUENCE, &[&signed, &algorithm, &signature])
}

/// A time before 2050.
pub(super) fn time(at: DateTime<Utc>) -> Vec<u8> {
    asn1::value(UTC_TIME, at.format("%y%m%d%H%M%SZ").to_string().as_bytes())
}

fn pem(text: &str, label: &str) -> Vec<Vec<u8>> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let blocks = text.split(&begin).skip(1).filter_map(|block| block.split(&end).next());
    blocks
        .filter_map(|block| BASE64_STANDARD.decode(block.split_whitespace().collect::<String>()).ok())
        .collect()
}

fn as_pem(label: &str, bytes: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(bytes);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    #[test]
    fn a_trial_signer_names_itself() {
        let at = Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap();
        let text = PassSigner::draw_for_trial(at).unwrap();
        let signer = PassSigner::from_pem(&text).unwrap();
        assert_eq!((signer.pass_type(), signer.team(), signer.is_for_trial()), (TRIAL_TYPE, "TRIAL", true));
        assert_eq!(signer.certificates().count(), 1);
        for end in [0, 60, text.len() / 2] {
            assert!(PassSigner::from_pem(&text[..end]).is_err(), "{end}");
        }
    }
}
