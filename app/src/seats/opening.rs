//! What the island begins with, packed into the page beside it. An island's own properties would travel as JSON,
//! and bring the reader that [`super::wire`] does without.

use super::wire::{Held, PickerEvent};
use serde::{Deserialize, Serialize};

/// Id of the element that carries it.
const ELEMENT: &str = "opening";

/// The seat page as the server rendered it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// The event.
    pub event: PickerEvent,
    /// What the buyer holds.
    pub hold: Option<Held>,
}

/// The island with what it begins with.
#[cfg(feature = "ssr")]
#[leptos::component]
pub fn OpenedPicker(
    /// What it begins with.
    opening: Opening,
) -> impl leptos::IntoView {
    use super::picker::SeatPicker;
    use leptos::prelude::*;
    let packed = pack(&opening);
    provide_context(opening);
    view! {
        <div id=ELEMENT hidden=true data-packed=packed></div>
        <SeatPicker/>
    }
}

#[cfg(feature = "ssr")]
fn pack(opening: &Opening) -> String {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    // Sizes are bounded by the plan's limits, so this cannot fail; an island without data shows the list alone.
    postcard::to_allocvec(opening).map(|bytes| BASE64_STANDARD.encode(bytes)).unwrap_or_default()
}

/// On the server: what the page was given.
#[cfg(not(feature = "hydrate"))]
pub fn read() -> Option<Opening> {
    leptos::prelude::use_context()
}

/// In the browser: what the page carries.
#[cfg(feature = "hydrate")]
pub fn read() -> Option<Opening> {
    use leptos::prelude::{document, window};
    let packed = document().get_element_by_id(ELEMENT)?.get_attribute("data-packed")?;
    // `atob` gives one character a byte.
    let bytes: Vec<u8> = window().atob(&packed).ok()?.chars().map(|byte| byte as u8).collect();
    postcard::from_bytes(&bytes).ok()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::seats::wire::{PickerTier, PickerZone};
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use domain::money::{Currency, Money};

    #[test]
    fn what_is_packed_is_read_again() {
        let tier =
            PickerTier { id: "adult".into(), name: "Adult".into(), total: Money::new(4_800, Currency::CHF) };
        let zone = PickerZone {
            id: "stalls".into(),
            name: "Ställs".into(),
            categories: vec!["a".into()],
            tiers: vec![tier],
        };
        let event = PickerEvent {
            id: domain::ids::EventId(Default::default()),
            slug: "an-evening".into(),
            name: "An evening".into(),
            open: true,
            plan_url: "/plans/1".into(),
            zones: vec![zone],
            areas: vec![],
            seats_max: 10,
        };
        let opening = Opening { event, hold: None };
        let bytes = BASE64_STANDARD.decode(pack(&opening)).unwrap();
        assert_eq!(postcard::from_bytes::<Opening>(&bytes).unwrap(), opening);
    }
}
