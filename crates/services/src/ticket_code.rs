//! Ticket codes: compact ES256 JWTs, verified offline with the public keys at `/.well-known/jwks.json`.
//!
//! The header is fixed and only ES256 is ever accepted, so there is no algorithm to be talked into. Claims carry no
//! personal data.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::ids::{EventId, SeatId, TicketId, TierId};
use p256::{
    ecdsa::{
        Signature, SigningKey, VerifyingKey,
        signature::{Signer, Verifier},
    },
    elliptic_curve::rand_core::OsRng,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Who issues tickets, in every code.
pub const ISSUER: &str = "parterre";

/// What a code says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer.
    pub iss: String,
    /// Ticket.
    pub sub: TicketId,
    /// Event.
    pub event: EventId,
    /// Seat; absent for area places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<SeatId>,
    /// Tier.
    pub tier: TierId,
    /// Not before, Unix seconds.
    pub nbf: i64,
    /// Expires, Unix seconds.
    pub exp: i64,
}

/// A key that signs.
#[derive(Clone)]
pub struct TicketKey {
    kid: String,
    key: SigningKey,
}

impl std::fmt::Debug for TicketKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TicketKey({})", self.kid)
    }
}

/// Why a code is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not three dots-apart parts, not JSON, not ES256.
    #[error("this is no ticket code")]
    Malformed,
    /// Signed with a key we do not know.
    #[error("the key is not known")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    BadSignature,
    /// The key text cannot be read.
    #[error("the key cannot be read")]
    BadKey,
}

impl TicketKey {
    /// Draws a new key.
    pub fn draw() -> Self {
        Self::from_signing_key(SigningKey::random(&mut OsRng))
    }

    /// Reads a key from PKCS #8 PEM.
    pub fn from_pem(pem: &str) -> Result<Self, CodeError> {
        SigningKey::from_pkcs8_pem(pem).map(Self::from_signing_key).map_err(|_| CodeError::BadKey)
    }

    fn from_signing_key(key: SigningKey) -> Self {
        let point = key.verifying_key().to_encoded_point(true);
        let kid = hex::encode(&Sha256::digest(point.as_bytes())[..8]);
        Self { kid, key }
    }

    /// The key as PKCS #8 PEM: a secret.
    pub fn to_pem(&self) -> Result<String, CodeError> {
        self.key.to_pkcs8_pem(LineEnding::LF).map(|pem| pem.to_string()).map_err(|_| CodeError::BadKey)
    }

    /// Its name in codes and in the key set: the first bytes of the public key's digest.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half as a JWK.
    pub fn jwk(&self) -> Value {
        let point = self.key.verifying_key().to_encoded_point(false);
        let coordinate =
            |c: Option<&p256::FieldBytes>| c.map(|c| URL_SAFE_NO_PAD.encode(c)).unwrap_or_default();
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.kid,
            "x": coordinate(point.x()), "y": coordinate(point.y()),
        })
    }

    /// Signs a code.
    pub fn sign(&self, claims: &Claims) -> String {
        let header = json!({ "alg": "ES256", "kid": self.kid, "typ": "JWT" });
        let body = serde_json::to_vec(claims).unwrap_or_default();
        let signed =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(body));
        let signature: Signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

/// Reads a code against a JWK set; does not look at the clock.
pub fn verify(code: &str, jwks: &Value) -> Result<Claims, CodeError> {
    #[derive(Deserialize)]
    struct Header {
        alg: String,
        kid: String,
    }
    let mut parts = code.split('.');
    let (Some(header), Some(body), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(CodeError::Malformed);
    };
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| CodeError::Malformed);
    let head: Header = serde_json::from_slice(&bytes(header)?).map_err(|_| CodeError::Malformed)?;
    if head.alg != "ES256" {
        return Err(CodeError::Malformed);
    }
    let jwk = jwks["keys"].as_array().and_then(|keys| keys.iter().find(|k| k["kid"] == head.kid.as_str()));
    let key = public_key(jwk.ok_or(CodeError::UnknownKey)?)?;
    let signature = Signature::from_slice(&bytes(signature)?).map_err(|_| CodeError::Malformed)?;
    let signed = &code[..header.len() + 1 + body.len()];
    key.verify(signed.as_bytes(), &signature).map_err(|_| CodeError::BadSignature)?;
    serde_json::from_slice(&bytes(body)?).map_err(|_| CodeError::Malformed)
}

fn public_key(jwk: &Value) -> Result<VerifyingKey, CodeError> {
    let coordinate = |name: &str| -> Result<[u8; 32], CodeError> {
        let text = jwk[name].as_str().ok_or(CodeError::BadKey)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CodeError::BadKey)?;
        bytes.try_into().map_err(|_| CodeError::BadKey)
    };
    let (x, y) = (coordinate("x")?, coordinate("y")?);
    let point = p256::EncodedPoint::from_affine_coordinates(&x.into(), &y.into(), false);
    VerifyingKey::from_encoded_point(&point).map_err(|_| CodeError::BadKey)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn claims() -> Claims {
        Claims {
            iss: ISSUER.into(),
            sub: TicketId(Uuid::from_u128(1)),
            event: EventId(Uuid::from_u128(2)),
            seat: Some(SeatId("STALLS-A-1".into())),
            tier: TierId("stalls-adult".into()),
            nbf: 1,
            exp: 2,
        }
    }

    #[test]
    fn a_code_is_good_under_its_own_key_alone() {
        let (key, other) = (TicketKey::draw(), TicketKey::draw());
        let code = key.sign(&claims());
        assert_eq!(verify(&code, &json!({ "keys": [other.jwk(), key.jwk()] })), Ok(claims()));
        assert_eq!(verify(&code, &json!({ "keys": [other.jwk()] })), Err(CodeError::UnknownKey));
        let mut posing = other.jwk();
        posing["kid"] = key.kid().into();
        assert_eq!(verify(&code, &json!({ "keys": [posing] })), Err(CodeError::BadSignature));
    }

    #[test]
    fn a_key_survives_its_file() {
        let key = TicketKey::draw();
        let again = TicketKey::from_pem(&key.to_pem().unwrap()).unwrap();
        assert_eq!(again.jwk(), key.jwk());
    }

    #[test]
    fn a_code_without_signature_is_refused() {
        let key = TicketKey::draw();
        let jwks = json!({ "keys": [key.jwk()] });
        let code = key.sign(&claims());
        let none = URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "kid": key.kid() }).to_string());
        let body = code.split('.').nth(1).unwrap();
        for forged in
            [format!("{none}.{body}."), format!("{}.", &code[..code.rfind('.').unwrap()]), "a.b".into()]
        {
            assert_eq!(verify(&forged, &jwks), Err(CodeError::Malformed));
        }
    }
}
