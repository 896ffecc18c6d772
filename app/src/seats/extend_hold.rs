//! "I need longer".

use crate::error::AppError;
use domain::ids::EventId;
use leptos::prelude::*;
use protocol::api::Extended;

/// Renews the buyer's hold, as often as the event allows.
#[server(prefix = "/do", endpoint = "extend_hold")]
pub async fn extend_hold(
    /// Which event.
    event: EventId,
) -> Result<Extended, AppError> {
    use crate::request;
    let services = request::services()?;
    let sale = request::sale(&services, event).await?;
    Ok(services.extend_of_buyer(&sale, &request::buyer()?).await?)
}
