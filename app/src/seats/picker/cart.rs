//! The buyer's seats: each with its price, its tier, a way out.

use super::desk::{Deed, Desk};
use crate::{
    components::swatch::ZoneSwatch,
    format::counted,
    seats::wire::{Held, PickerEvent, PickerTier},
};
use leptos::prelude::*;

/// The lines of the hold, and what is on its way.
#[component]
pub fn Cart(
    /// The island.
    desk: Desk,
) -> impl IntoView {
    let open = desk.event.with_value(|event| event.open);
    let empty = if open {
        "Choose a seat to hold it for you, or let us choose. Nothing is charged until you pay."
    } else {
        "You can look around; seats cannot be taken now."
    };
    let coming =
        Memo::new(move |_| u32::try_from(desk.pending.with(|pending| pending.add.len())).unwrap_or_default());
    view! {
        <div class="cart">
            <p class="cart-empty" hidden=desk.holding>{empty}</p>
            {move || desk.hold.get().map(|hold| view! { <Lines desk hold/> })}
            {move || Some(coming.get()).filter(|coming| *coming > 0).map(|coming| view! {
                <p class="line pending" aria-hidden="true"><span>"Holding "{counted(coming, "seat", "seats")}" …"</span></p>
            })}
            <AreaSteppers desk/>
        </div>
    }
}

/// A held seat, or held places.
struct CartLine {
    /// Id of the seat or the area.
    id: String,
    label: String,
    zone: usize,
    tiers: Vec<PickerTier>,
    tier: String,
    tier_name: String,
    total: String,
    /// What gives it back.
    back: Deed,
    /// The same as a field of the form.
    back_field: (String, String),
}

/// Seats first, then places.
fn lines(event: &PickerEvent, hold: Held) -> Vec<CartLine> {
    let seats = hold.seats.into_iter().map(|seat| CartLine {
        zone: event.zone_ix(&seat.zone),
        tiers: event.tiers(&seat.zone),
        id: seat.id.0,
        label: seat.label,
        tier: seat.tier.0,
        tier_name: seat.tier_name,
        total: seat.total.to_string(),
        back: Deed::Tap(seat.ix),
        back_field: ("shown[]".to_owned(), seat.ix.to_string()),
    });
    let areas = hold.areas.into_iter().map(|area| {
        let zone = event.areas.iter().find(|a| a.id == area.id).map(|a| &a.zone);
        CartLine {
            zone: zone.map_or(0, |zone| event.zone_ix(zone)),
            tiers: zone.map_or_else(Vec::new, |zone| event.tiers(zone)),
            label: format!("{} × {}", area.quantity, area.label),
            tier: area.tier.0,
            tier_name: area.tier_name,
            total: area.total.to_string(),
            back_field: (format!("areas[{}]", area.id), "0".to_owned()),
            id: area.id.0.clone(),
            back: Deed::Places(area.id, 0),
        }
    });
    seats.chain(areas).collect()
}

#[component]
fn Lines(desk: Desk, hold: Held) -> impl IntoView {
    let heading = counted(hold.size(), "seat held for you", "seats held for you");
    let (event, lines) = desk.event.with_value(|event| (event.id.to_string(), lines(event, hold)));
    let lines = lines.into_iter().map(|line| view! { <Line desk event=event.clone() line/> }).collect_view();
    view! {
        <div class="cart-head">
            <h2 class="cart-heading">{heading}</h2>
            <form method="post" action="/do/release_hold">
                <input r#type="hidden" name="event" value=event/>
                <button
                    class="link"
                    disabled=desk.busy
                    on:click=move |click| { click.prevent_default(); desk.perform(Deed::Clear) }
                >"Clear all"</button>
            </form>
        </div>
        <ul class="lines" role="list">{lines}</ul>
    }
}

#[component]
fn Line(desk: Desk, event: String, line: CartLine) -> impl IntoView {
    let CartLine { id, label, zone, tiers, tier, tier_name, total, back, back_field } = line;
    let seat = if let Deed::Tap(seat) = back { Some(seat) } else { None };
    let leaving = Memo::new(move |_| {
        seat.is_some_and(|seat| desk.pending.with(|pending| pending.remove.contains(&seat)))
    });
    view! {
        <li class="line" class:pending=leaving>
            <span class="line-what">
                <ZoneSwatch ix=zone/>
                <span>{label.clone()}<TierChoice desk what=id label=label.clone() tiers chosen=tier name=tier_name/></span>
            </span>
            <b>{total}</b>
            <form method="post" action="/do/hold_seats">
                <input r#type="hidden" name="event" value=event/>
                <input r#type="hidden" name="go" value="stay"/>
                <input r#type="hidden" name=back_field.0 value=back_field.1/>
                <button
                    class="remove"
                    aria-label=format!("Give back {label}")
                    on:click=move |click| { click.prevent_default(); desk.perform(back.clone()) }
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
    let choice = tiers.len() > 1;
    let options = tiers.into_iter().map(|tier| {
        let selected = tier.id.0 == chosen;
        view! { <option value=tier.id.0 selected=selected>{tier.name}", "{tier.total.to_string()}</option> }
    });
    let options = options.collect_view();
    view! {
        {(!choice).then(|| view! { <small class="muted">{name}</small> })}
        {choice.then(|| view! {
            <select
                class="tier-choice"
                aria-label=format!("Price for {label}")
                on:change=move |change| desk.set_tier(what.clone(), event_target_value(&change))
            >{options}</select>
        })}
    }
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
        let none_held = Memo::new(move |_| desk.busy.get() || held.get() == 0);
        let none_free = Memo::new(move |_| desk.busy.get() || free.get() == 0);
        let places = Memo::new(move |_| counted(free.get(), "place free", "places free"));
        let set = move |places: u32| desk.perform(Deed::Places(id.get_value(), places));
        let ix = event.zone_ix(&area.zone);
        let price = event.zones.get(ix).and_then(|zone| zone.tiers.first()).map(|tier| format!("{} each, ", tier.total));
        let name = area.name.clone();
        view! {
            <li class="stepper">
                <span class="line-what"><ZoneSwatch ix/><span>{name.clone()}<small class="muted">{price}{places}</small></span></span>
                <button aria-label=format!("One place less in {name}") disabled=none_held on:click=move |_| set(held.get_untracked().saturating_sub(1))>"−"</button>
                <output>{held}</output>
                <button aria-label=format!("One place more in {name}") disabled=none_free on:click=move |_| set(held.get_untracked() + 1)>"+"</button>
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
