//! The map's place on the page, with what lies over it: legend, zoom, the state of the line.

use super::{
    desk::{Desk, Line, Phase},
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
    view! {
        <div class="stage" data-phase=move || match desk.phase.get() { Phase::Loading => "loading", Phase::Ready => "ready", Phase::Failed => "failed" }>
            <div class="map-place"><div id="map" class="map"></div></div>
            <div id="map-tooltip" class="tooltip" hidden=true></div>
            <p id="map-hint" class="map-hint" hidden=true>"Hold Ctrl or ⌘ and turn the wheel to zoom"</p>
            <canvas id="minimap" class="minimap" aria-hidden="true"></canvas>
            {move || (desk.phase.get() == Phase::Loading).then(|| view! { <Skeleton/> })}
            {move || (desk.phase.get() == Phase::Failed).then(|| view! {
                <div class="stage-failed">
                    <p>"The map could not be loaded. The list below shows the same seats."</p>
                    <a class="button" href="#list">"Go to the list"</a>
                </div>
            })}
            <Legend desk/>
            <div class="zoom" role="group" aria-label="Zoom">
                <button aria-label="Closer" on:click=move |_| map::zoom_in()>"+"</button>
                <button aria-label="Further away" on:click=move |_| map::zoom_out()>"−"</button>
                <button aria-label="Whole house" class="zoom-fit" on:click=move |_| map::fit()>
                    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4" fill="none" stroke="currentColor" stroke-width="1.6"></path></svg>
                </button>
            </div>
            {move || (desk.phase.get() == Phase::Ready).then(|| match desk.line.get() {
                Line::Live => view! { <p class="line-state live" title="You see every change as it happens">"Live"</p> }.into_any(),
                Line::Stale => view! { <p class="line-state stale" role="status">"Reconnecting, this may be a little old"</p> }.into_any(),
                Line::Offline => view! { <p class="line-state offline" role="status">"You are offline"</p> }.into_any(),
            })}
        </div>
    }
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
        let chosen = Memo::new(move |_| desk.wanted.with(|wanted| wanted.zones.contains(&number)));
        let price = zone.tiers.first().map(|tier| tier.total.to_string());
        let with_places: Vec<usize> =
            (0..).zip(&areas).filter(|(_, area)| area.zone == zone.id).map(|(at, _)| at).collect();
        let free = Memo::new(move |_| {
            let seats = desk.counts.with(|counts| counts.as_ref()?.by_zone.get(ix).copied())?;
            let places = desk.places.with(|places| with_places.iter().filter_map(|at| places.get(*at)).sum::<u32>());
            Some(seats.saturating_add(places))
        });
        view! {
            <li>
                <button
                    class="legend-entry"
                    aria-pressed=move || if chosen.get() { "true" } else { "false" }
                    on:click=move |_| {
                        desk.wanted.update(|wanted| match wanted.zones.iter().position(|zone| *zone == number) {
                            Some(at) => { wanted.zones.remove(at); }
                            None => wanted.zones.push(number),
                        });
                        desk.wanted.with_untracked(|wanted| map::filter(desk, wanted));
                    }
                >
                    <ZoneSwatch ix/>
                    <span>{zone.name}</span>
                    <b>{price}</b>
                    <small>{move || free.get().map(grouped)}</small>
                </button>
            </li>
        }
    });
    let entries = entries.collect_view();
    let filtered =
        Memo::new(move |_| desk.wanted.with(|wanted| !wanted.zones.is_empty() || wanted.accessible));
    view! {
        <div class="legend" role="group" aria-label="Prices: press one to see only its seats">
            <ul role="list">
                {entries}
                <li>
                    <button
                        class="legend-entry"
                        aria-pressed=move || if desk.wanted.with(|wanted| wanted.accessible) { "true" } else { "false" }
                        on:click=move |_| {
                            desk.wanted.update(|wanted| wanted.accessible = !wanted.accessible);
                            desk.wanted.with_untracked(|wanted| map::filter(desk, wanted));
                        }
                    >
                        <span aria-hidden="true">"♿\u{fe0e}"</span>
                        <span>"Accessible seats"</span>
                        <small>{move || desk.counts.with(|counts| counts.as_ref().map(|counts| grouped(counts.accessible)))}</small>
                    </button>
                </li>
                <li class="legend-key"><span class="key-taken" aria-hidden="true"></span>"Taken"</li>
                <li class="legend-key"><span class="key-mine" aria-hidden="true"></span>"Yours"</li>
                {move || filtered.get().then(|| view! {
                    <li>
                        <button class="legend-entry reset" on:click=move |_| { desk.wanted.set(Default::default()); desk.wanted.with_untracked(|wanted| map::filter(desk, wanted)); }>
                            "Any seat"
                            <small>{move || desk.counts.with(|counts| counts.as_ref().map(|counts| counted(counts.matching, "matches", "match")))}</small>
                        </button>
                    </li>
                })}
            </ul>
        </div>
    }
}
