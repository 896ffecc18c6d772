//! Who sells: what stands on invoices.

use crate::{Error, Invalid, Result, Services, checkout::fresh_id, clock};
use domain::{ids::OrganizerId, tax::TaxRate};
use store_pg::{StoreError, audit::Cause};

pub use store_pg::organizers::Organizer;

/// Letters of a name or an address line.
const WORDS_MAX: usize = 200;
/// Lines of an address.
const ADDRESS_MAX: usize = 6;

/// What is to be different; what is none stays, or is empty for a new organizer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizerChange {
    /// Its name for buyers.
    pub name: Option<String>,
    /// Its name on invoices.
    pub legal_name: Option<String>,
    /// Lines of its address.
    pub address: Option<Vec<String>>,
    /// Its number at the tax office.
    pub tax_id: Option<String>,
    /// How the names of its invoices begin.
    pub invoice_prefix: Option<String>,
    /// Tax rate of new events, in basis points.
    pub tax_rate_bp: Option<u16>,
}

impl Services {
    /// All organizers by name.
    pub async fn organizers(&self) -> Result<Vec<Organizer>> {
        Ok(self.pg.organizers().await?)
    }

    /// Changes an organizer, or makes one of that slug. Documents that were issued stay as they are.
    ///
    /// # Errors
    /// `Invalid` names everything that will not do.
    pub async fn change_organizer(
        &self,
        slug: &str,
        change: OrganizerChange,
        actor: &str,
        reason: &str,
    ) -> Result<OrganizerId> {
        let known = self.organizers().await?.into_iter().find(|organizer| organizer.slug == slug);
        let mut organizer = known.unwrap_or_else(|| Organizer {
            id: OrganizerId(fresh_id()),
            slug: slug.to_owned(),
            name: String::new(),
            legal_name: String::new(),
            address: Vec::new(),
            tax_id: String::new(),
            invoice_prefix: String::new(),
            tax_rate: TaxRate::NONE,
        });
        let rate = change.tax_rate_bp.map(TaxRate::new).transpose();
        for (field, given) in [
            (&mut organizer.name, change.name),
            (&mut organizer.legal_name, change.legal_name),
            (&mut organizer.tax_id, change.tax_id),
            (&mut organizer.invoice_prefix, change.invoice_prefix),
        ] {
            if let Some(given) = given {
                given.trim().clone_into(field);
            }
        }
        if let Some(address) = change.address {
            organizer.address = address.iter().map(|line| line.trim().to_owned()).collect();
        }
        let mut problems = problems_of(&organizer);
        match rate {
            Ok(rate) => organizer.tax_rate = rate.unwrap_or(organizer.tax_rate),
            Err(error) => problems.push(problem("/tax_rate", format!("{error}."))),
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let cause = Cause::because(actor, reason, clock::now());
        match self.pg.upsert_organizer(&organizer, &cause).await {
            Err(StoreError::Duplicate { .. }) => {
                let taken = "Another organizer’s invoices begin so.".to_owned();
                Err(Error::Invalid(vec![problem("/invoice_prefix", taken)]))
            }
            done => Ok(done?),
        }
    }
}

fn problem(pointer: &str, message: String) -> Invalid {
    Invalid { pointer: pointer.to_owned(), message }
}

fn problems_of(organizer: &Organizer) -> Vec<Invalid> {
    let mut problems = Vec::new();
    let words = |text: &str| !text.is_empty() && fits(text);
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let slug = organizer.slug.as_bytes();
    if slug.is_empty() || slug.len() > 60 || !slug.iter().copied().all(plain) {
        problems.push(problem("/slug", "Use 1 to 60 small letters, digits and hyphens.".into()));
    }
    for (pointer, text) in [("/name", &organizer.name), ("/legal_name", &organizer.legal_name)] {
        if !words(text) {
            problems.push(problem(pointer, format!("Use 1 to {WORDS_MAX} letters.")));
        }
    }
    let lines = &organizer.address;
    if lines.len() > ADDRESS_MAX || !lines.iter().all(|line| words(line)) {
        problems.push(problem("/address", format!("Use up to {ADDRESS_MAX} lines of {WORDS_MAX} letters.")));
    }
    if !fits(&organizer.tax_id) {
        problems.push(problem("/tax_id", format!("Use up to {WORDS_MAX} letters.")));
    }
    let prefix = organizer.invoice_prefix.as_bytes();
    let capital = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    if !(2..=8).contains(&prefix.len()) || !prefix[0].is_ascii_uppercase() || !prefix.iter().all(capital) {
        problems.push(problem(
            "/invoice_prefix",
            "Use a capital letter, then 1 to 7 capital letters and digits.".into(),
        ));
    }
    problems
}

fn fits(text: &str) -> bool {
    text.chars().count() <= WORDS_MAX && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organizer() -> Organizer {
        Organizer {
            id: OrganizerId(uuid::Uuid::nil()),
            slug: "small-house".into(),
            name: "The Small House".into(),
            legal_name: "The Small House Ltd".into(),
            address: vec!["1 Test Street".into()],
            tax_id: String::new(),
            invoice_prefix: "TSH".into(),
            tax_rate: TaxRate::NONE,
        }
    }

    #[test]
    fn everything_that_will_not_do_is_named() {
        assert_eq!(problems_of(&organizer()), []);
        let pointers = |organizer: &Organizer| {
            problems_of(organizer).into_iter().map(|p| p.pointer).collect::<Vec<_>>().join(" ")
        };
        for prefix in ["", "T", "tsh", "1TS", "TSHTSHTSH", "TS-"] {
            let organizer = Organizer { invoice_prefix: prefix.into(), ..organizer() };
            assert_eq!(pointers(&organizer), "/invoice_prefix", "{prefix}");
        }
        let nothing = Organizer {
            slug: "Small House".into(),
            name: String::new(),
            legal_name: "x".repeat(201),
            address: vec![String::new()],
            tax_id: "a\nb".into(),
            ..organizer()
        };
        assert_eq!(pointers(&nothing), "/slug /name /legal_name /address /tax_id");
    }
}
