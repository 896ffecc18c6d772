//! The buyer's seats: each with its price, its tier, a way out.

use super::desk::{Desk, size};
use crate::{components::swatch::ZoneSwatch, format::counted, seats::props::PickerEvent};
use leptos::prelude::*;
use protocol::api::{HeldArea, HeldSeat, HoldView, TierView};

/// The lines of the hold, and what is on its way.
#[component]
pub fn Cart(
    /// The island.
    desk: Desk,
) -> impl IntoView {
    view! {
        <div class="cart">
            {move || match desk.hold.get() {
                Some(hold) => view! { <Lines desk hold/> }.into_any(),
                None => view! {
                    <p class="cart-empty">"Tap a seat to hold it for you, or let us choose. Nothing is charged until you pay."</p>
                }.into_any(),
            }}
            {move || {
                let coming = u32::try_from(desk.pending.with(|pending| pending.add.len())).unwrap_or_default();
                (coming > 0).then(|| view! {
                    <p class="line pending" aria-hidden="true"><span>{format!("Holding {} …", counted(coming, "seat", "seats"))}</span></p>
                })
            }}
            <AreaSteppers desk/>
        </div>
    }
}

#[component]
fn Lines(desk: Desk, hold: HoldView) -> impl IntoView {
    let event = desk.event.get_value();
    let heading = counted(size(&hold), "seat held for you", "seats held for you");
    let seats =
        hold.seats.into_iter().map(|seat| view! { <SeatLine desk event=event.clone() seat/> }).collect_view();
    let areas =
        hold.areas.into_iter().map(|area| view! { <AreaLine desk event=event.clone() area/> }).collect_view();
    view! {
        <div class="cart-head">
            <h2 class="cart-heading">{heading}</h2>
            <form method="post" action="/do/release_hold">
                <input r#type="hidden" name="event" value=event.id.to_string()/>
                <button
                    class="link"
                    disabled=move || desk.busy.get()
                    on:click=move |click| { click.prevent_default(); desk.clear() }
                >"Clear all"</button>
            </form>
        </div>
        <ul class="lines" role="list">{seats}{areas}</ul>
    }
}

#[component]
fn SeatLine(desk: Desk, event: PickerEvent, seat: HeldSeat) -> impl IntoView {
    let zone = event.zones.iter().position(|zone| zone.id == seat.zone_id).unwrap_or_default();
    let tiers = event.tiers(&seat.zone_id.0);
    let leaving = Memo::new(move |_| desk.pending.with(|pending| pending.remove.contains(&seat.ix)));
    let label = seat.label.clone();
    view! {
        <li class="line" class:pending=move || leaving.get()>
            <span class="line-what">
                <ZoneSwatch ix=zone/>
                <span>{seat.label}<TierChoice desk what=seat.id.0.clone() label=label.clone() tiers chosen=seat.tier_id.0 name=seat.tier_name/></span>
            </span>
            <b>{seat.total.to_string()}</b>
            <form method="post" action="/do/hold_seats">
                <input r#type="hidden" name="event" value=event.id.to_string()/>
                <input r#type="hidden" name="go" value="stay"/>
                <input r#type="hidden" name="shown[]" value=seat.ix.to_string()/>
                <button
                    class="remove"
                    aria-label=format!("Give back {label}")
                    on:click=move |click| { click.prevent_default(); desk.tap(seat.ix) }
                >"×"</button>
            </form>
        </li>
    }
}

#[component]
fn AreaLine(desk: Desk, event: PickerEvent, area: HeldArea) -> impl IntoView {
    let zone = event.zone_of_area(&area.area_id.0).map(|zone| zone.id.0.clone()).unwrap_or_default();
    let ix = event.zones.iter().position(|z| z.id.0 == zone).unwrap_or_default();
    let tiers = event.tiers(&zone);
    let id = area.area_id.0;
    let label = area.label.clone();
    view! {
        <li class="line">
            <span class="line-what">
                <ZoneSwatch ix/>
                <span>{format!("{} × {}", area.quantity, area.label)}<TierChoice desk what=id.clone() label=label.clone() tiers chosen=area.tier_id.0 name=area.tier_name/></span>
            </span>
            <b>{area.total.to_string()}</b>
            <form method="post" action="/do/hold_seats">
                <input r#type="hidden" name="event" value=event.id.to_string()/>
                <input r#type="hidden" name="go" value="stay"/>
                <input r#type="hidden" name=format!("areas[{id}]") value="0"/>
                <button
                    class="remove"
                    aria-label=format!("Give back {label}")
                    on:click=move |click| { click.prevent_default(); desk.set_area(id.clone(), 0) }
                >"×"</button>
            </form>
        </li>
    }
}

/// The tier as a choice, where there is one.
#[component]
fn TierChoice(
    desk: Desk,
    what: String,
    label: String,
    tiers: Vec<TierView>,
    chosen: String,
    name: String,
) -> impl IntoView {
    if tiers.len() < 2 {
        return view! { <small class="muted">{name}</small> }.into_any();
    }
    let options = tiers.into_iter().map(|tier| {
        let selected = tier.id.0 == chosen;
        view! { <option value=tier.id.0 selected=selected>{format!("{}, {}", tier.name, tier.total)}</option> }
    });
    let options = options.collect_view();
    view! {
        <select
            class="tier-choice"
            aria-label=format!("Price for {label}")
            on:change=move |change| desk.set_tier(what.clone(), event_target_value(&change))
        >{options}</select>
    }
    .into_any()
}

/// Places without a numbered seat: one more, one less.
#[component]
fn AreaSteppers(desk: Desk) -> impl IntoView {
    let event = desk.event.get_value();
    let steppers = event.areas.iter().map(|area| {
        let id = StoredValue::new(area.id.0.clone());
        let held = Memo::new(move |_| {
            desk.hold.with(|hold| {
                hold.iter().flat_map(|hold| &hold.areas).find(|held| id.with_value(|id| held.area_id.0 == *id)).map_or(0, |held| held.quantity)
            })
        });
        let zone = event.zones.iter().position(|zone| zone.id == area.zone_id).unwrap_or_default();
        let price = event.zones.get(zone).and_then(|zone| zone.tiers.first()).map(|tier| tier.total.to_string());
        let name = area.name.clone();
        view! {
            <li class="stepper">
                <span class="line-what"><ZoneSwatch ix=zone/><span>{name.clone()}<small class="muted">{price.map(|price| format!("{price} each"))}</small></span></span>
                <button aria-label=format!("One place less in {name}") disabled=move || desk.busy.get() || held.get() == 0 on:click=move |_| desk.set_area(id.get_value(), held.get_untracked().saturating_sub(1))>"−"</button>
                <output>{move || held.get()}</output>
                <button aria-label=format!("One place more in {name}") disabled=move || desk.busy.get() on:click=move |_| desk.set_area(id.get_value(), held.get_untracked() + 1)>"+"</button>
            </li>
        }
    });
    let steppers = steppers.collect_view();
    (!event.areas.is_empty()).then(|| {
        view! {
            <div class="steppers needs-script">
                <h2 class="cart-heading">"Without a numbered seat"</h2>
                <ul role="list">{steppers}</ul>
            </div>
        }
    })
}
