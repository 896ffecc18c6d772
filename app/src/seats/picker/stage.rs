//! The map's place on the page, with what lies over it: legend, zoom, the state of the line.

use super::{
    desk::{Desk, Line, Phase, Wanted},
    map,
};
use crate::{
    components::swatch::ZoneSwatch,
    format::{counted, grouped},
};
use leptos::prelude::*;

/// The map fills it; until it is there a skeleton does.
#[component]
pub fn Stage(
    /// The island.
    desk: Desk,
) -> impl IntoView {
    let phase = Memo::new(move |_| match desk.phase.get() {
        Phase::Loading => "loading",
        Phase::Ready => "ready",
        Phase::Failed => "failed",
    });
    let loading = Memo::new(move |_| desk.phase.get() == Phase::Loading);
    let working = Memo::new(move |_| desk.phase.get() != Phase::Failed);
    view! {
        <div class="stage" data-phase=phase>
            <div class="map-place"><div id="map" class="map"></div></div>
            <div id="map-tooltip" class="tooltip" hidden=true></div>
            <p id="map-hint" class="map-hint" hidden=true>"Hold Ctrl or ⌘ and turn the wheel to zoom"</p>
            <canvas id="minimap" class="minimap" aria-hidden="true"></canvas>
            {move || loading.get().then(|| view! { <Skeleton/> })}
            <div class="stage-failed" hidden=working>
                <p>"The map could not be loaded. The list below shows the same seats."</p>
                <a class="button" href="#list">"Go to the list"</a>
            </div>
            <Legend desk/>
            <div class="zoom" role="group" aria-label="Zoom">
                <button aria-label="Closer" on:click=move |_| map::zoom_in()>"+"</button>
                <button aria-label="Further away" on:click=move |_| map::zoom_out()>"−"</button>
                <button aria-label="Whole house" class="zoom-fit" on:click=move |_| map::fit()>
                    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4" fill="none" stroke="currentColor" stroke-width="1.6"></path></svg>
                </button>
            </div>
            <LineState desk/>
        </div>
    }
}

/// How far the map can be trusted. Live is worth a glance, the rest is worth a word.
#[component]
fn LineState(desk: Desk) -> impl IntoView {
    let unknown = Memo::new(move |_| desk.phase.get() != Phase::Ready);
    let look = Memo::new(move |_| match desk.line.get() {
        Line::Live => "line-state live",
        Line::Stale => "line-state stale",
        Line::Offline => "line-state offline",
    });
    let words = Memo::new(move |_| match desk.line.get() {
        Line::Live => "Live",
        Line::Stale => "Reconnecting, this may be a little old",
        Line::Offline => "You are offline",
    });
    view! { <p class=look role="status" hidden=unknown>{words}</p> }
}

#[component]
fn Skeleton() -> impl IntoView {
    let rows = (0..7).map(|row| view! { <path d=format!("M{} {}Q200 {} {} {}", 40 - row * 4, 90 + row * 26, 40 + row * 30, 360 + row * 4, 90 + row * 26)></path> });
    view! {
        <div class="skeleton" aria-hidden="true">
            <svg viewBox="0 0 400 300" preserveAspectRatio="xMidYMid meet">
                <rect x="130" y="20" width="140" height="26" rx="8"></rect>
                {rows.collect_view()}
            </svg>
        </div>
    }
}

/// Zones by colour, shape, name and price; each is a filter, with its free seats.
#[component]
fn Legend(desk: Desk) -> impl IntoView {
    let (zones, areas) = desk.event.with_value(|event| (event.zones.clone(), event.areas.clone()));
    let entries = zones.into_iter().enumerate().map(|(ix, zone)| {
        let number = u8::try_from(ix).unwrap_or(u8::MAX);
        let chosen = Memo::new(move |_| pressed(desk.wanted.with(|wanted| wanted.zones.contains(&number))));
        let price = zone.tiers.first().map(|tier| tier.total.to_string());
        let with_places: Vec<usize> =
            (0..).zip(&areas).filter(|(_, area)| area.zone == zone.id).map(|(at, _)| at).collect();
        let free = Memo::new(move |_| {
            let seats = desk.counts.with(|counts| counts.as_ref()?.by_zone.get(ix).copied())?;
            let places =
                desk.places.with(|places| with_places.iter().filter_map(|at| places.get(*at)).sum::<u32>());
            Some(grouped(seats.saturating_add(places)))
        });
        view! {
            <li>
                <button class="legend-entry" aria-pressed=chosen on:click=move |_| desk.toggle_zone(number)>
                    <ZoneSwatch ix/>
                    <span>{zone.name}</span>
                    <b>{price}</b>
                    <small>{free}</small>
                </button>
            </li>
        }
    });
    let entries = entries.collect_view();
    let accessible = Memo::new(move |_| pressed(desk.wanted.with(|wanted| wanted.accessible)));
    let accessible_free = Memo::new(move |_| {
        desk.counts.with(|counts| counts.as_ref().map(|counts| grouped(counts.accessible)))
    });
    // A house without such places has no use for the filter.
    let none_accessible = Memo::new(move |_| {
        desk.counts.with(|counts| counts.as_ref().is_some_and(|counts| counts.accessible == 0))
            && !desk.wanted.with(|wanted| wanted.accessible)
    });
    let matching = Memo::new(move |_| {
        desk.counts.with(|counts| counts.as_ref().map(|counts| counted(counts.matching, "matches", "match")))
    });
    let all = Memo::new(move |_| desk.wanted.with(|wanted| *wanted == Wanted::default()));
    view! {
        <div class="legend" role="group" aria-label="Prices: press one to see only its seats">
            <ul role="list">
                {entries}
                <li hidden=none_accessible>
                    <button class="legend-entry" aria-pressed=accessible on:click=move |_| desk.toggle_accessible()>
                        <span aria-hidden="true">"♿\u{fe0e}"</span>
                        <span>"Accessible seats"</span>
                        <small>{accessible_free}</small>
                    </button>
                </li>
                <li class="legend-key"><span class="key-taken" aria-hidden="true"></span>"Taken"</li>
                <li class="legend-key"><span class="key-mine" aria-hidden="true"></span>"Yours"</li>
                <li hidden=all>
                    <button class="legend-entry reset" on:click=move |_| desk.want(Wanted::default())>
                        "Any seat"
                        <small>{matching}</small>
                    </button>
                </li>
            </ul>
        </div>
    }
}

fn pressed(chosen: bool) -> &'static str {
    if chosen { "true" } else { "false" }
}
