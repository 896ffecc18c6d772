//! Keeps the list below the map in step: its boxes follow the live states, and a tick there is a tap.

use super::{desk::Desk, taps::Batch};

/// Listens to the list.
#[cfg(feature = "hydrate")]
pub fn start(desk: Desk) {
    use domain::ids::AreaId;
    use leptos::prelude::document;
    use wasm_bindgen::{JsCast as _, closure::Closure};
    let Some(form) = document().get_element_by_id("list-form") else { return };
    let on_change = Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| {
        let Some(input) =
            event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok())
        else {
            return;
        };
        if let Some(seat) = input.get_attribute("data-seat").and_then(|text| text.parse().ok()) {
            desk.tap(seat);
        } else if let Some(area) = input.get_attribute("data-area") {
            desk.set_area(AreaId(area), input.value().parse().unwrap_or(0));
        }
    });
    let _ = form.add_event_listener_with_callback("change", on_change.as_ref().unchecked_ref());
    on_change.forget();
}

/// Sets every box of the open section to what is true now.
#[cfg(feature = "hydrate")]
pub fn show(held: &[u32], pending: &Batch) {
    use domain::seat::SeatState;
    use leptos::prelude::document;
    use wasm_bindgen::JsCast as _;
    let Ok(boxes) = document().query_selector_all("#list-form input[data-seat]") else { return };
    for at in 0..boxes.length() {
        let Some(input) = boxes.item(at).and_then(|node| node.dyn_into::<web_sys::HtmlInputElement>().ok())
        else {
            continue;
        };
        let Some(seat) = input.get_attribute("data-seat").and_then(|text| text.parse::<u32>().ok()) else {
            continue;
        };
        let Some(state) = super::map::state_of(seat) else { continue };
        let mine = held.contains(&seat);
        let wanted = (mine && !pending.remove.contains(&seat)) || pending.add.contains(&seat);
        let free = state == SeatState::Available;
        input.set_checked(wanted);
        input.set_disabled(!free && !mine && !pending.add.contains(&seat));
        let Some(label) = input.parent_element() else { continue };
        let classes = label.class_list();
        let _ = classes.toggle_with_force("mine", mine);
        let _ = classes.toggle_with_force("taken", !free && !mine);
        let _ = classes.toggle_with_force("pending", wanted != mine);
        if let Ok(Some(word)) = label.query_selector("[data-state]") {
            word.set_text_content(Some(if mine { "yours" } else { state_word(state) }));
        }
    }
}

#[cfg(feature = "hydrate")]
fn state_word(state: domain::seat::SeatState) -> &'static str {
    use domain::seat::SeatState;
    match state {
        SeatState::Available => "available",
        SeatState::Held => "held by somebody",
        SeatState::Sold => "sold",
        SeatState::Blocked => "not for sale",
    }
}

/// Listens to the list; nothing on the server.
#[cfg(not(feature = "hydrate"))]
pub fn start(_: Desk) {}

/// Sets the boxes; nothing on the server.
#[cfg(not(feature = "hydrate"))]
pub fn show(_: &[u32], _: &Batch) {}
