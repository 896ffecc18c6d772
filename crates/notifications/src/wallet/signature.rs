//! A detached signature (CMS SignedData, RFC 5652) over a pass' manifest.

use super::{
    asn1::{self, INTEGER, OCTET_STRING, OID, SEQUENCE, SET},
    certificate::{PassSigner, time},
};
use crate::RenderError;
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
const SIGNING_TIME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// `[0]`, holding what is inside.
const FIRST: u8 = 0xa0;

impl PassSigner {
    /// Signs `content`, which stays outside, together with the time.
    ///
    /// # Errors
    /// When the key does not sign or the certificate cannot be read.
    pub(super) fn sign_detached(&self, content: &[u8], at: DateTime<Utc>) -> Result<Vec<u8>, RenderError> {
        let (issuer, serial) =
            self.name().ok_or_else(|| RenderError::Pass("the certificate cannot be read".into()))?;
        let attribute = |oid: &[u8], value: &[u8]| {
            asn1::of(SEQUENCE, &[&asn1::value(OID, oid), &asn1::value(SET, value)])
        };
        let mut attributes = [
            attribute(CONTENT_TYPE, &asn1::value(OID, DATA)),
            attribute(SIGNING_TIME, &time(at)),
            attribute(MESSAGE_DIGEST, &asn1::value(OCTET_STRING, &Sha256::digest(content))),
        ];
        // The members of a SET are sorted in DER.
        attributes.sort();
        let attributes = attributes.concat();
        // Signed as a SET, sent as [0].
        let (algorithm, signature) = self.sign(&asn1::value(SET, &attributes))?;
        let digest = asn1::of(SEQUENCE, &[&asn1::value(OID, SHA256)]);
        let version = asn1::value(INTEGER, &[1]);
        let signer = asn1::of(
            SEQUENCE,
            &[
                &version,
                &asn1::of(SEQUENCE, &[issuer, serial]),
                &digest,
                &asn1::value(FIRST, &attributes),
                &algorithm,
                &asn1::value(OCTET_STRING, &signature),
            ],
        );
        let certificates: Vec<u8> = self.certificates().collect::<Vec<_>>().concat();
        let signed = asn1::of(
            SEQUENCE,
            &[
                &version,
                &asn1::value(SET, &digest),
                &asn1::of(SEQUENCE, &[&asn1::value(OID, DATA)]),
                &asn1::value(FIRST, &certificates),
                &asn1::value(SET, &signer),
            ],
        );
        Ok(asn1::of(SEQUENCE, &[&asn1::value(OID, SIGNED_DATA), &asn1::value(FIRST, &signed)]))
    }
}
