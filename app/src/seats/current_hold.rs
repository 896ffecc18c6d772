//! What this browser holds: after a refresh, after going back, in a second tab.

use crate::error::AppError;
use domain::ids::EventId;
use leptos::prelude::*;
use protocol::api::HoldView;

/// The buyer's hold; `None` when there is none, or its time is over.
#[server(prefix = "/do", endpoint = "current_hold")]
pub async fn current_hold(
    /// Which event.
    event: EventId,
) -> Result<Option<HoldView>, AppError> {
    use crate::request;
    let services = request::services()?;
    let sale = request::sale(&services, event).await?;
    Ok(services.current_hold(&sale, &request::buyer()?).await?)
}
