//! The map in the browser.

use super::rehearsal::rehearse;
use crate::seats::{
    picker::{
        desk::{Counts, Desk, Phase, Wanted},
        list, live_line,
        taps::Batch,
    },
    wire::PickerEvent,
};
use domain::{
    ids::AreaId,
    money::Money,
    plan::Plan,
    seat::{AreaIx, SeatIx, SeatState},
};
use leptos::{prelude::*, task::spawn_local};
use seatmap::{filters::Filters, space::Insets, zones::ZoneInfo};
use seatmap_web::{
    config::{HoverInfo, MapCallbacks, MapConfig},
    view::SeatMapHandle,
};
use std::cell::RefCell;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;

/// Height of what lies over the upper edge of the map.
fn legend_px() -> f32 {
    let legend = document().query_selector(".legend").ok().flatten();
    legend
        .and_then(|legend| legend.dyn_into::<HtmlElement>().ok())
        .map_or(0.0, |legend| legend.offset_height() as f32)
}

thread_local! {
    /// The page has one map, and what the browser gives cannot travel in signals.
    static MAP: RefCell<Option<SeatMapHandle>> = const { RefCell::new(None) };
}

fn with<T>(read: impl FnOnce(&SeatMapHandle) -> T) -> Option<T> {
    // A clone, so that what the map calls back may ask for it again.
    MAP.with_borrow(Clone::clone).map(|map| read(&map))
}

/// Fetches the drawing, mounts the map, opens the live line.
pub fn start(desk: Desk) {
    spawn_local(async move {
        match mount(desk).await {
            Ok(()) => desk.show(),
            Err(error) => {
                leptos::logging::error!("the map could not be mounted: {error:?}");
                desk.phase.set(Phase::Failed);
            }
        }
    });
}

async fn mount(desk: Desk) -> Result<(), JsValue> {
    let event = desk.event.get_value();
    let host = element("map").ok_or("no place for the map")?;
    let drawing = window().fetch_with_str(&event.plan_url);
    // If that fails the map will, too, and say so.
    let _ = rehearse();
    let plan = read_plan(drawing).await?;
    let areas: Vec<AreaId> = plan.areas.iter().map(|area| area.id.clone()).collect();
    let of_event = areas.iter().map(|id| event.areas.iter().position(|area| area.id == *id)).collect();
    let config = MapConfig {
        zones: zones_of(&event, &plan),
        insets: insets(),
        label: format!("Seat map of {}. Arrow keys walk from seat to seat, Enter holds one.", event.name),
        flat: false,
    };
    let map = SeatMapHandle::mount(host, plan, config, callbacks(desk, areas))?;
    if let Some(canvas) = element("minimap").and_then(|canvas| canvas.dyn_into().ok()) {
        map.attach_minimap(canvas)?;
    }
    MAP.set(Some(map.clone()));
    live_line::open(desk, map, of_event);
    Ok(())
}

/// What lies over the edges of the map now: the legend above, on phones the drawer below.
fn insets() -> Insets {
    let drawer = || {
        let stage = document().query_selector(".stage").ok()??.get_bounding_client_rect();
        let panel = document().query_selector(".panel").ok()??.get_bounding_client_rect();
        // Beside the map it covers nothing; over nearly all of it, there is no place left to keep free.
        let over = panel.left() < stage.right() - 1.0;
        Some((stage.bottom() - panel.top()).min(stage.height() * 0.6).max(0.0) as f32).filter(|_| over)
    };
    Insets { top: legend_px(), bottom: drawer().unwrap_or(0.0), ..Insets::default() }
}

/// The drawer stands elsewhere: once it has come to rest, the map keeps clear of it.
pub fn cover_changed() {
    set_timeout(
        || {
            with(|map| map.set_insets(insets()));
        },
        std::time::Duration::from_millis(230),
    );
}

async fn read_plan(drawing: js_sys::Promise) -> Result<Plan, JsValue> {
    let response: web_sys::Response = JsFuture::from(drawing).await?.unchecked_into();
    if !response.ok() {
        return Err("the drawing is not there".into());
    }
    let buffer = JsFuture::from(response.array_buffer()?).await?;
    let bytes = js_sys::Uint8Array::new(&buffer).to_vec();
    protocol::geometry::decode_drawing(&bytes).map_err(|_| "the drawing cannot be read".into())
}

fn element(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id).and_then(|element| element.dyn_into().ok())
}

/// The event's zones as the map knows them; one without a price on sale keeps its place in the list.
fn zones_of(event: &PickerEvent, plan: &Plan) -> Vec<ZoneInfo> {
    let currency = event.zones.iter().flat_map(|zone| &zone.tiers).map(|tier| tier.total.currency).next();
    let nothing = Money::zero(currency.unwrap_or(domain::money::Currency::EUR));
    let zones = event.zones.iter().map(|zone| {
        let prices = || zone.tiers.iter().map(|tier| tier.total);
        ZoneInfo {
            name: zone.name.clone(),
            categories: zone.categories.iter().filter_map(|key| plan.category_ix(key)).collect(),
            price_from: prices().min_by_key(|price| price.minor).unwrap_or(nothing),
            price_to: prices().max_by_key(|price| price.minor).unwrap_or(nothing),
        }
    });
    zones.collect()
}

fn callbacks(desk: Desk, areas: Vec<AreaId>) -> MapCallbacks {
    MapCallbacks {
        on_toggle: Box::new(move |seat| desk.tap(seat.0)),
        on_area: Box::new(move |area: AreaIx| {
            if let Some(id) = areas.get(area.index()) {
                let held = desk.places_held(id);
                desk.set_area(id.clone(), held + 1);
            }
        }),
        on_focus: Box::new(move |(_, text)| desk.say(text)),
        on_hover: Box::new(show_tooltip),
        on_hint: Box::new(|()| show_hint()),
        ..MapCallbacks::default()
    }
}

/// The words stand near the finger, never under it, and never outside the map.
fn show_tooltip(info: Option<HoverInfo>) {
    let (Some(tooltip), Some(map)) = (element("map-tooltip"), element("map")) else { return };
    let Some(info) = info else { return tooltip.set_hidden(true) };
    tooltip.set_text_content(Some(&info.text));
    tooltip.set_hidden(false);
    let (width, height) = (tooltip.offset_width() as f32, tooltip.offset_height() as f32);
    let left = (info.x - width / 2.0).min(map.offset_width() as f32 - width - 4.0).max(4.0);
    let above = info.y - info.clearance - height;
    let top = if above < legend_px() { info.y + info.clearance } else { above };
    let _ =
        tooltip.style().set_property("transform", &format!("translate({}px, {}px)", left as i32, top as i32));
}

fn show_hint() {
    let Some(hint) = element("map-hint") else { return };
    hint.set_hidden(false);
    set_timeout(move || hint.set_hidden(true), std::time::Duration::from_millis(1_600));
}

/// Marks the buyer's seats.
pub fn show(held: &[u32], pending: &Batch) {
    let seats = |all: &mut dyn Iterator<Item = &u32>| all.map(|ix| SeatIx(*ix)).collect::<Vec<_>>();
    let mine = seats(&mut held.iter());
    let (adding, leaving) = (seats(&mut pending.add.iter()), seats(&mut pending.remove.iter()));
    with(|map| map.set_selection(&mine, &adding, &leaving));
}

/// The map has changed: counts and list follow.
pub fn changed(desk: Desk, map: &SeatMapHandle) {
    let counts = map.counts();
    let counts = Counts { by_zone: counts.by_zone, accessible: counts.accessible, matching: counts.matching };
    if desk.counts.with_untracked(|shown| shown.as_ref() != Some(&counts)) {
        desk.counts.set(Some(counts));
    }
    desk.with_selection(list::show);
}

/// Shows the filter.
pub fn filter(desk: Desk, wanted: &Wanted) {
    let filters = Filters { zones: wanted.zones.clone(), price_max: None, accessible: wanted.accessible };
    with(|map| {
        map.set_filters(filters);
        changed(desk, map);
    });
}

/// Closer.
pub fn zoom_in() {
    with(SeatMapHandle::zoom_in);
}

/// Further away.
pub fn zoom_out() {
    with(SeatMapHandle::zoom_out);
}

/// All of it.
pub fn fit() {
    with(SeatMapHandle::fit);
}

/// Brings seats into view.
pub fn look_at(seats: &[u32]) {
    let seats: Vec<SeatIx> = seats.iter().map(|ix| SeatIx(*ix)).collect();
    if !seats.is_empty() {
        with(|map| {
            map.set_insets(insets());
            map.zoom_to_seats(&seats);
        });
    }
}

/// Seats in words; nothing before the drawing is there.
pub fn words_of(seats: &[u32]) -> String {
    let words = |map: &SeatMapHandle| {
        let words: Vec<String> = seats.iter().map(|seat| map.place_text(SeatIx(*seat))).collect();
        words.join("; ")
    };
    with(words).unwrap_or_default()
}

/// The live state of a seat.
pub fn state_of(seat: u32) -> Option<SeatState> {
    with(|map| map.seat_state(SeatIx(seat)))
}
