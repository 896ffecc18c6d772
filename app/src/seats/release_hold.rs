//! The form "Clear": everything goes back.

use crate::{error::AppError, request};
use domain::ids::EventId;
use leptos::prelude::*;

/// Gives the whole hold back; nothing happens when there is none.
#[server(prefix = "/do", endpoint = "release_hold")]
pub async fn release_hold(
    /// Which event.
    event: EventId,
) -> Result<(), AppError> {
    let services = request::services()?;
    let sale = request::sale(&services, event).await?;
    services.release_of_buyer(&sale, &request::buyer()?).await?;
    request::back_or(&format!("/events/{}/seats", sale.row.summary.slug));
    Ok(())
}
