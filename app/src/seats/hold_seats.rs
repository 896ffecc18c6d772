//! The form of the list: what is ticked in the open section becomes the hold, then checkout.

use crate::{error::AppError, request};
use domain::ids::{AreaId, EventId, SeatId};
use leptos::prelude::*;
use protocol::api::{AreaQuantity, HoldView};
use services::HoldChange;
use std::collections::{BTreeMap, BTreeSet};

/// Makes the hold equal to what is ticked: seats of this section that are held and no longer ticked go back, seats
/// of other sections stay. Sent twice, it changes nothing the second time.
#[server(prefix = "/do", endpoint = "hold_seats")]
pub async fn hold_seats(
    /// Which event.
    event: EventId,
    /// Ticked seats, by position.
    #[server(default)]
    seats: Vec<u32>,
    /// Seats that the form showed as the buyer's.
    #[server(default)]
    shown: Vec<u32>,
    /// Places of areas, as typed.
    #[server(default)]
    areas: BTreeMap<String, String>,
    /// Seats by id, offered instead of lost ones.
    #[server(default)]
    take: Vec<SeatId>,
    /// `stay` on the map; on to checkout otherwise.
    #[server(default)]
    go: String,
) -> Result<(), AppError> {
    let (services, buyer) = (request::services()?, request::buyer()?);
    let sale = request::sale(&services, event).await?;
    let offered = take.iter().filter_map(|id| sale.house.plan.seat_ix(id)).map(|seat| seat.0);
    let ticked: Vec<u32> = seats.into_iter().chain(offered).collect();
    let held = services.current_hold(&sale, &buyer).await?;
    let change = difference(held.as_ref(), &ticked, &shown, &areas);
    let held = if is_empty(&change) { held } else { services.change_hold(&sale, &buyer, &change).await? };
    if held.is_none() && go != "stay" {
        return Err(AppError::new(422, "nothing_chosen", "Nothing chosen", "No seat is chosen yet."));
    }
    let page = if go == "stay" { "seats" } else { "checkout" };
    request::see_other(&format!("/events/{}/{page}", sale.row.summary.slug));
    Ok(())
}

fn difference(
    held: Option<&HoldView>,
    ticked: &[u32],
    shown: &[u32],
    areas: &BTreeMap<String, String>,
) -> HoldChange {
    let own: BTreeSet<u32> = held.iter().flat_map(|hold| hold.seats.iter().map(|seat| seat.ix)).collect();
    let ticked: BTreeSet<u32> = ticked.iter().copied().collect();
    let gone = shown.iter().filter(|ix| own.contains(ix) && !ticked.contains(ix));
    let quantity_of = |id: &str| {
        held.iter()
            .flat_map(|hold| &hold.areas)
            .find(|area| area.area_id.0 == id)
            .map_or(0, |area| area.quantity)
    };
    let wanted = areas.iter().filter_map(|(id, text)| Some((id, text.trim().parse::<u32>().ok()?)));
    let set_areas = wanted
        .filter(|(id, quantity)| quantity_of(id) != *quantity)
        .map(|(id, quantity)| AreaQuantity { area_id: AreaId(id.clone()), quantity })
        .collect();
    HoldChange {
        add_seats: ticked.difference(&own).copied().collect(),
        remove_seats: gone.copied().collect(),
        set_areas,
        tiers: BTreeMap::new(),
    }
}

fn is_empty(change: &HoldChange) -> bool {
    change.add_seats.is_empty() && change.remove_seats.is_empty() && change.set_areas.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use domain::{
        ids::HoldId,
        money::{Currency, Money},
    };
    use protocol::api::HeldSeat;

    fn held(seats: &[u32]) -> HoldView {
        let nothing = Money::zero(Currency::EUR);
        let seat = |ix: &u32| HeldSeat {
            id: SeatId(format!("S-{ix}")),
            ix: *ix,
            label: String::new(),
            zone_id: "z".into(),
            tier_id: "t".into(),
            tier_name: String::new(),
            price: nothing,
            fee: nothing,
            total: nothing,
        };
        HoldView {
            hold_id: HoldId(Default::default()),
            hold_token: None,
            expires_at: DateTime::UNIX_EPOCH,
            server_time: DateTime::UNIX_EPOCH,
            seats: seats.iter().map(seat).collect(),
            areas: vec![],
            total_amount: nothing,
            extensions_left: 0,
            singles: vec![],
        }
    }

    #[test]
    fn only_seats_of_the_open_section_are_given_back() {
        let change = difference(Some(&held(&[1, 2, 90])), &[2, 3], &[1, 2], &BTreeMap::new());
        assert_eq!((change.add_seats, change.remove_seats), (vec![3], vec![1]), "90 is of another section");
    }

    #[test]
    fn the_same_form_twice_changes_nothing() {
        let areas = BTreeMap::from([("floor".to_owned(), "0".to_owned()), ("bar".to_owned(), String::new())]);
        assert!(is_empty(&difference(Some(&held(&[2, 3])), &[2, 3], &[1], &areas)));
        let change = difference(None, &[], &[], &BTreeMap::from([("floor".to_owned(), "2".to_owned())]));
        assert_eq!(change.set_areas, vec![AreaQuantity { area_id: "floor".into(), quantity: 2 }]);
    }
}
