//! "Choose for me".

use crate::error::AppError;
use domain::ids::EventId;
use leptos::prelude::*;
use protocol::api::HoldView;

/// Holds the best free block instead of the present selection. A plain form, too: then the browser comes back to
/// the page it was on. An empty `zone` is any; any text in `accessible` is yes.
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
) -> Result<HoldView, AppError> {
    use crate::request;
    use domain::ids::ZoneId;
    let wish = protocol::api::BestAvailableWish {
        quantity,
        zone_id: (!zone.is_empty()).then_some(ZoneId(zone)),
        accessible: !accessible.is_empty(),
    };
    let services = request::services()?;
    let sale = request::sale(&services, event).await?;
    Ok(services.choose_for_me(&sale, &request::buyer()?, &wish).await?)
}
