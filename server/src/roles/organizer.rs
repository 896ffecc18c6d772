//! Who sells, from the command line: what stands on invoices.

use super::with_services;
use crate::config::Config;
use anyhow::anyhow;
use services::{Error, OrganizerChange};

/// Shows all organizers.
///
/// # Errors
/// When the stores do not answer.
pub async fn list(config: Config) -> anyhow::Result<()> {
    with_services(config, async |_, services| {
        for organizer in services.organizers().await? {
            println!(
                "{}  {} ({}), invoices {}, VAT {}",
                organizer.slug,
                organizer.name,
                organizer.legal_name,
                organizer.invoice_prefix,
                organizer.tax_rate.to_string().replace('\u{a0}', " "),
            );
        }
        Ok(())
    })
    .await
}

/// Changes an organizer, or makes one.
///
/// # Errors
/// When something of it will not do.
pub async fn set(config: Config, slug: &str, change: OrganizerChange, reason: &str) -> anyhow::Result<()> {
    with_services(config, async |_, services| {
        match services.change_organizer(slug, change, "operator", reason).await {
            Err(Error::Invalid(problems)) => {
                let words = problems.into_iter().map(|p| format!("{}: {}", p.pointer, p.message));
                return Err(anyhow!(words.collect::<Vec<_>>().join(" ")));
            }
            done => done?,
        };
        println!("{slug} is written. Documents that were issued stay as they are.");
        Ok(())
    })
    .await
}
