//! The entry of the browser half: starts the islands, nothing else.

use app as _;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by the page's script, before it wakes the islands one by one.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
