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
    use services::HoldAuth;
    let buyer = request::buyer()?;
    Ok(request::services()?.extend_hold(Some(event), None, HoldAuth::Buyer(&buyer)).await?)
}
