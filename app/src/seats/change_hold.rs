//! A tap on the map or in the list.

use crate::error::AppError;
use domain::ids::{EventId, TierId};
use leptos::{prelude::*, server_fn::codec::Json};
use protocol::api::{AreaQuantity, HoldView};
use std::collections::BTreeMap;

/// Takes and gives back seats (positions in the plan), sets places of areas and tiers, all or nothing.
/// `None` when nothing is held any more.
#[server(prefix = "/do", endpoint = "change_hold", input = Json)]
pub async fn change_hold(
    /// Which event.
    event: EventId,
    /// Seats to take.
    add: Vec<u32>,
    /// Seats to give back.
    remove: Vec<u32>,
    /// Places of areas, as they shall be.
    areas: Vec<AreaQuantity>,
    /// Tiers by seat or area.
    tiers: BTreeMap<String, TierId>,
) -> Result<Option<HoldView>, AppError> {
    use crate::request;
    let change = services::HoldChange { add_seats: add, remove_seats: remove, set_areas: areas, tiers };
    let services = request::services()?;
    let sale = request::sale(&services, event).await?;
    Ok(services.change_hold(&sale, &request::buyer()?, &change).await?)
}
