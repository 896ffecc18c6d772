//! The buyer's seats: each with its price, its tier, a way out.

use super::desk::Desk;
use crate::{
    components::swatch::ZoneSwatch,
    format::counted,
    seats::wire::{Held, HeldArea, HeldSeat, PickerEvent, PickerTier},
};
use leptos::prelude::*;

/// The lines of the hold, and what is on its way.
#[component]
pub fn Cart(
    /// The island.
    desk: Desk,
) -> impl IntoView {
    let open = desk.event.with_value(|event| event.open);
    view! {
        <div class="cart">
            {move || match desk.hold.get() {
                Some(hold) => view! { <Lines desk hold/> }.into_any(),
                None => view! {
                    <p class="cart-empty">{if open {
                        "Tap a seat to hold it for you, or let us choose. Nothing is charged until you pay."
                    } else {
                        "You can look around; seats cannot be taken now."
                    }}</p>
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
fn Lines(desk: Desk, hold: Held) -> impl IntoView {
    let event = desk.event.get_value();
    let heading = counted(hold.size(), "seat held for you", "seats held for you");
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
    let zone = event.zone_ix(&seat.zone);
    let tiers = event.tiers(&seat.zone);
    let leaving = Memo::new(move |_| desk.pending.with(|pending| pending.remove.contains(&seat.ix)));
    let label = seat.label.clone();
    view! {
        <li class="line" class:pending=move || leaving.get()>
            <span class="line-what">
                <ZoneSwatch ix=zone/>
                <span>{seat.label}<TierChoice desk what=seat.id.0.clone() label=label.clone() tiers chosen=seat.tier.0 name=seat.tier_name/></span>
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
    let zone = event.areas.iter().find(|a| a.id == area.id).map(|a| a.zone.clone());
    let (ix, tiers) = zone.map(|zone| (event.zone_ix(&zone), event.tiers(&zone))).unwrap_or_default();
    let id = area.id;
    let label = area.label.clone();
    view! {
        <li class="line">
            <span class="line-what">
                <ZoneSwatch ix/>
                <span>{format!("{} × {}", area.quantity, area.label)}<TierChoice desk what=id.0.clone() label=label.clone() tiers chosen=area.tier.0 name=area.tier_name/></span>
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
    tiers: Vec<PickerTier>,
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
    let steppers = event.areas.iter().enumerate().map(|(at, area)| {
        let id = StoredValue::new(area.id.clone());
        let held = Memo::new(move |_| {
            desk.hold.with(|hold| id.with_value(|id| hold.as_ref().map_or(0, |hold| hold.places(id))))
        });
        let free = Memo::new(move |_| desk.places.with(|places| places.get(at).copied().unwrap_or_default()));
        let ix = event.zone_ix(&area.zone);
        let price = event.zones.get(ix).and_then(|zone| zone.tiers.first()).map(|tier| format!("{} each, ", tier.total));
        let name = area.name.clone();
        view! {
            <li class="stepper">
                <span class="line-what"><ZoneSwatch ix/><span>{name.clone()}<small class="muted">{price}{move || counted(free.get(), "place free", "places free")}</small></span></span>
                <button aria-label=format!("One place less in {name}") disabled=move || desk.busy.get() || held.get() == 0 on:click=move |_| desk.set_area(id.get_value(), held.get_untracked().saturating_sub(1))>"−"</button>
                <output>{move || held.get()}</output>
                <button aria-label=format!("One place more in {name}") disabled=move || desk.busy.get() || free.get() == 0 on:click=move |_| desk.set_area(id.get_value(), held.get_untracked() + 1)>"+"</button>
            </li>
        }
    });
    let steppers = steppers.collect_view();
    (event.open && !event.areas.is_empty()).then(|| {
        view! {
            <div class="steppers needs-script">
                <h2 class="cart-heading">"Without a numbered seat"</h2>
                <ul role="list">{steppers}</ul>
            </div>
        }
    })
}
