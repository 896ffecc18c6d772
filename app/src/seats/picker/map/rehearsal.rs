//! The map is drawn once before it is there.
//!
//! A browser compiles a function of a WASM program when it is first called. Four hundred of them lie between a house's
//! drawing and its first picture, and the drawing takes a while to come; so meanwhile a house of a few seats is read,
//! drawn where nobody sees it, and thrown away.

use domain::money::{Currency, Money};
use seatmap::zones::ZoneInfo;
use seatmap_web::{
    config::{MapCallbacks, MapConfig},
    view::SeatMapHandle,
};
use wasm_bindgen::{JsCast as _, JsValue};

/// `rehearsal.json` as an asset; a test of this module's parent keeps them together.
const HOUSE: &[u8] = include_bytes!("rehearsal.bin");

/// Reads, draws, and forgets the small house.
///
/// # Errors
/// When the browser cannot draw; then it will say so of the map itself.
pub fn rehearse() -> Result<(), JsValue> {
    let plan = protocol::geometry::decode_drawing(HOUSE).map_err(|_| "no rehearsal")?;
    let price = Money::zero(Currency::EUR);
    let zones = (0_u8..2).map(|category| ZoneInfo {
        name: String::new(),
        categories: vec![category],
        price_from: price,
        price_to: price,
    });
    let config = MapConfig { zones: zones.collect(), ..MapConfig::default() };
    let host = leptos::prelude::document().create_element("div")?.unchecked_into();
    let map = SeatMapHandle::mount(host, plan, config, MapCallbacks::default())?;
    map.draw_now();
    map.destroy();
    Ok(())
}
