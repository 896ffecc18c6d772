//! When, where, doors, calendar.

use crate::format::{address_line, clock_time};
use leptos::prelude::*;
use protocol::api::EventSummary;

/// The facts under the name.
#[component]
pub fn EventFacts(
    /// Which event.
    summary: EventSummary,
    /// Its start in words.
    when: String,
) -> impl IntoView {
    let venue = summary.venue;
    let doors = summary.doors_at.map(|at| clock_time(at, &venue.timezone));
    let place = address_line(&venue.address, &venue.city);
    view! {
        <dl class="facts">
            <div><dt>"When"</dt><dd><time datetime=summary.starts_at.to_rfc3339()>{when}</time></dd></div>
            {doors.map(|doors| view! { <div><dt>"Doors"</dt><dd>{doors}</dd></div> })}
            <div><dt>"Where"</dt><dd>{venue.name}<br/><span class="muted">{place}</span></dd></div>
        </dl>
        <p><a href=format!("/events/{}/calendar.ics", summary.slug)>"Add to calendar"</a></p>
    }
}
