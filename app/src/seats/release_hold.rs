//! "Clear": everything goes back.

use crate::error::AppError;
use domain::ids::EventId;
use leptos::prelude::*;

/// Gives the whole hold back; nothing happens when there is none.
#[server(prefix = "/do", endpoint = "release_hold")]
pub async fn release_hold(
    /// Which event.
    event: EventId,
) -> Result<(), AppError> {
    use crate::request;
    use services::HoldAuth;
    let buyer = request::buyer()?;
    Ok(request::services()?.release_hold(Some(event), None, HoldAuth::Buyer(&buyer)).await?)
}
