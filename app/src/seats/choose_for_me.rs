//! The form "Choose for me", where no script runs.

use crate::{error::AppError, request};
use domain::ids::{EventId, ZoneId};
use leptos::prelude::*;
use protocol::api::BestAvailableWish;

/// Holds the best free block instead of the present selection; the browser comes back to the page it was on. An empty `zone` is any; any text in `accessible` is yes.
#[server(prefix = "/do", endpoint = "choose_for_me")]
pub async fn choose_for_me(
    /// Which event.
    event: EventId,
    /// How many seats.
    quantity: u32,
    /// Only in this zone.
    #[server(default)]
    zone: String,
    /// Wheelchair and companion places.
    #[server(default)]
    accessible: String,
) -> Result<(), AppError> {
    let wish = BestAvailableWish {
        quantity,
        zone_id: (!zone.is_empty()).then_some(ZoneId(zone)),
        accessible: !accessible.is_empty(),
    };
    let services = request::services()?;
    let sale = request::sale(&services, event).await?;
    services.choose_for_me(&sale, &request::buyer()?, &wish).await?;
    request::back_or(&format!("/events/{}/seats", sale.row.summary.slug));
    Ok(())
}
