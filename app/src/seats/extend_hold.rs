//! The form "I need longer".

use crate::{error::AppError, request};
use domain::ids::EventId;
use leptos::prelude::*;

/// Renews the buyer's hold, as often as the event allows.
#[server(prefix = "/do", endpoint = "extend_hold")]
pub async fn extend_hold(
    /// Which event.
    event: EventId,
) -> Result<(), AppError> {
    let services = request::services()?;
    let sale = request::sale(&services, event).await?;
    services.extend_of_buyer(&sale, &request::buyer()?).await?;
    request::back_or(&format!("/events/{}/checkout", sale.row.summary.slug));
    Ok(())
}
