//! Invented organizers: who sells at the invented houses. Their numbers at the tax office are none.

use crate::organizers::Organizer;
use domain::{ids::OrganizerId, tax::TaxRate};
use uuid::Uuid;

/// One organizer.
pub(super) struct Seller {
    pub(super) slug: &'static str,
    name: &'static str,
    legal_name: &'static str,
    address: &'static [&'static str],
    tax_id: &'static str,
    prefix: &'static str,
    /// In basis points.
    tax_rate: u16,
}

impl Seller {
    pub(super) fn organizer(&self, id: Uuid) -> Organizer {
        Organizer {
            id: OrganizerId(id),
            slug: self.slug.to_owned(),
            name: self.name.to_owned(),
            legal_name: self.legal_name.to_owned(),
            address: self.address.iter().map(|line| (*line).to_owned()).collect(),
            tax_id: self.tax_id.to_owned(),
            invoice_prefix: self.prefix.to_owned(),
            tax_rate: TaxRate::new(self.tax_rate).unwrap_or_default(),
        }
    }
}

/// All organizers; houses name theirs by its slug.
pub(super) const SELLERS: &[Seller] = &[
    Seller {
        slug: "parterre-demo-house",
        name: "Parterre Demo House",
        legal_name: "Parterre Demo House GmbH (invented)",
        address: &["Laternenufer 4", "10179 Berlin", "Germany"],
        tax_id: "DE000000000 (invented)",
        prefix: "PDH",
        tax_rate: 700,
    },
    Seller {
        slug: "demo-islands-stages",
        name: "Demo Islands Stages",
        legal_name: "Demo Islands Stages Ltd (invented)",
        address: &["31 Candle Wynd", "Edinburgh EH1", "United Kingdom"],
        tax_id: "GB000000000 (invented)",
        prefix: "DIS",
        tax_rate: 2_000,
    },
    Seller {
        slug: "demo-continental-arenas",
        name: "Demo Continental Arenas",
        legal_name: "Demo Continental Arenas B.V. (invented)",
        address: &["Zuiderkade 200", "3077 Rotterdam", "Netherlands"],
        tax_id: "NL000000000B00 (invented)",
        prefix: "DCA",
        tax_rate: 900,
    },
];
