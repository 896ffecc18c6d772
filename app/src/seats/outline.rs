//! The seats as a list: the way without JavaScript, with a keyboard, with a screen reader. One section is open at
//! a time, so the page never holds seventy thousand nodes. With JavaScript the island keeps it in step.

use crate::{
    components::swatch::ZoneSwatch,
    format::{counted, price_range},
};
use domain::seat::SeatState;
use leptos::prelude::*;
use protocol::api::{EventDetail, HoldView};
use services::{RowSeats, SeatChoice, SectionOutline, SectionSeats};
use std::collections::BTreeSet;

/// The list and, when tickets can be had, its form.
#[component]
pub fn Outline(
    /// Which event.
    event: EventDetail,
    /// Its sections.
    sections: Vec<SectionOutline>,
    /// The open one with its rows.
    section: Option<SectionSeats>,
    /// What the buyer holds.
    hold: Option<HoldView>,
    /// Tickets can be had.
    open: bool,
) -> impl IntoView {
    let own: BTreeSet<u32> = hold.iter().flat_map(|hold| hold.seats.iter().map(|seat| seat.ix)).collect();
    let shown = section.iter().flat_map(|section| &section.rows).flat_map(|row| &row.seats);
    let shown: Vec<u32> = shown.map(|seat| seat.ix).filter(|ix| own.contains(ix)).collect();
    let open_ix = section.as_ref().map(|section| section.ix);
    let zones: Vec<String> = event.zones.iter().map(|zone| zone.id.0.clone()).collect();
    let submit = open && (section.is_some() || !event.areas.is_empty());
    let mut section = section;
    let items = sections.into_iter().map(|line| {
        let rows = section.take_if(|section| section.ix == line.ix);
        view! { <SectionItem line rows own=own.clone() zones=zones.clone() open/> }
    });
    let items = items.collect_view();
    view! {
        <section id="list" class="outline" aria-labelledby="list-heading">
            <h2 id="list-heading">"All seats as a list"</h2>
            <p class="muted">{if open {
                "Open a section, tick your seats, then continue. The list shows the same seats as the map."
            } else {
                "Open a section to see its seats. None can be taken now."
            }}</p>
            <form method="post" action="/do/hold_seats" id="list-form" data-section=open_ix.map(|ix| ix.to_string())>
                <input r#type="hidden" name="event" value=event.summary.id.to_string()/>
                {shown.into_iter().map(|ix| view! { <input r#type="hidden" name="shown[]" value=ix.to_string()/> }).collect_view()}
                <AreaFields event=event.clone() hold=hold open/>
                <ul class="sections" role="list">{items}</ul>
                {submit.then(|| view! {
                    <div class="outline-submit"><button class="button" r#type="submit">"Hold these and go to checkout"</button></div>
                })}
            </form>
        </section>
    }
}

#[component]
fn SectionItem(
    line: SectionOutline,
    rows: Option<SectionSeats>,
    own: BTreeSet<u32>,
    zones: Vec<String>,
    open: bool,
) -> impl IntoView {
    let is_open = rows.is_some();
    let anchor = format!("section-{}", line.ix);
    let href = if is_open { "?#list".to_owned() } else { format!("?section={}#{anchor}", line.ix) };
    let level = (!line.name.contains(&line.level)).then_some(line.level);
    let free = if line.free == 0 {
        "none free now".to_owned()
    } else {
        format!("{} free", counted(line.free, "seat", "seats"))
    };
    view! {
        <li class="section" id=anchor class:open=is_open>
            <a class="section-link" href=href aria-current=is_open.then_some("true") data-section=line.ix.to_string()>
                <span class="section-name">{line.name}{level.map(|level| view! { <small class="muted">" "{level}</small> })}</span>
                <span class="section-price">{price_range(line.price_from, line.price_to)}</span>
                <span class="section-free" class:none=line.free == 0>{free}</span>
            </a>
            {rows.map(|section| {
                let rows = section.rows.into_iter();
                view! {
                    <div class="rows">
                        {rows.map(|row| view! { <RowFields row own=own.clone() zones=zones.clone() open/> }).collect_view()}
                    </div>
                }
            })}
        </li>
    }
}

#[component]
fn RowFields(row: RowSeats, own: BTreeSet<u32>, zones: Vec<String>, open: bool) -> impl IntoView {
    let label = row.label.clone();
    view! {
        <fieldset class="row">
            <legend>"Row "{row.label}</legend>
            <div class="row-seats">
                {row.seats.into_iter().map(|seat| {
                    let mine = own.contains(&seat.ix);
                    view! { <SeatField seat row=label.clone() mine zones=zones.clone() open/> }
                }).collect_view()}
            </div>
        </fieldset>
    }
}

#[component]
fn SeatField(seat: SeatChoice, row: String, mine: bool, zones: Vec<String>, open: bool) -> impl IntoView {
    let free = seat.state == SeatState::Available;
    let state = if mine { "yours" } else { state_word(seat.state) };
    let zone = zones.iter().position(|id| *id == seat.zone_id.0).unwrap_or_default();
    let extras: String = seat.attributes.iter().map(|name| format!(", {}", attribute_words(name))).collect();
    let spoken = format!("Row {row} seat {}, {}{extras}, ", seat.number, seat.total);
    let accessible = seat.attributes.iter().any(|name| name == "wheelchair");
    view! {
        <label class="seat" class:mine=mine class:taken=!free && !mine>
            <input
                r#type="checkbox"
                name="seats[]"
                value=seat.ix.to_string()
                data-seat=seat.ix.to_string()
                checked=mine
                disabled=!open || (!free && !mine)
            />
            <span class="visually-hidden">{spoken}<span data-state="">{state}</span></span>
            <span class="seat-face" aria-hidden="true">
                <ZoneSwatch ix=zone/>
                <b>{seat.number}</b>
                {accessible.then_some("♿\u{fe0e}")}
            </span>
        </label>
    }
}

#[component]
fn AreaFields(event: EventDetail, hold: Option<HoldView>, open: bool) -> impl IntoView {
    let max = event.rules.seats_per_hold_max;
    let zones = event.zones;
    (!event.areas.is_empty()).then(|| {
        let areas = event.areas.into_iter().map(|area| {
            let held = hold.iter().flat_map(|hold| &hold.areas).find(|held| held.area_id == area.id).map_or(0, |held| held.quantity);
            let zone = zones.iter().position(|zone| zone.id == area.zone_id).unwrap_or_default();
            let price = zones.get(zone).and_then(|zone| zone.tiers.first()).map(|tier| tier.total.to_string());
            let id = format!("area-{}", area.id);
            let free = open.then(|| counted(area.available, "place free", "places free"));
            let facts: Vec<String> = price.map(|price| format!("{price} each")).into_iter().chain(free).collect();
            view! {
                <li class="area-line">
                    <label for=id.clone()>
                        <ZoneSwatch ix=zone/>{area.name}
                        <small class="muted">{facts.join(", ")}</small>
                    </label>
                    {open.then(|| view! {
                        <input id=id name=format!("areas[{}]", area.id) data-area=area.id.0.clone() r#type="number" inputmode="numeric" min="0" max=max.min(area.available + held).to_string() value=held.to_string()/>
                    })}
                </li>
            }
        });
        view! {
            <fieldset class="area-fields">
                <legend>"Places without a numbered seat"</legend>
                <ul role="list">{areas.collect_view()}</ul>
            </fieldset>
        }
    })
}

fn state_word(state: SeatState) -> &'static str {
    match state {
        SeatState::Available => "available",
        SeatState::Held => "held by somebody",
        SeatState::Sold => "sold",
        SeatState::Blocked => "not for sale",
    }
}

fn attribute_words(name: &str) -> &str {
    match name {
        "wheelchair" => "wheelchair place",
        "companion" => "companion place",
        "restricted_view" => "restricted view",
        "aisle" => "aisle",
        "step_free" => "step-free",
        other => other,
    }
}
