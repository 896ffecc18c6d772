//! "Choose for me": an equal way to good seats. A plain form where no script runs.

use super::desk::Desk;
use leptos::{ev::SubmitEvent, prelude::*};

/// Party size, zone, accessible.
#[component]
pub fn WishForm(
    /// The island.
    desk: Desk,
) -> impl IntoView {
    let event = desk.event.get_value();
    let quantity = RwSignal::new(2_u32);
    let zone = RwSignal::new(String::new());
    let accessible = RwSignal::new(false);
    let max = event.seats_max;
    let submit = move |submitted: SubmitEvent| {
        submitted.prevent_default();
        desk.choose(quantity.get_untracked(), zone.get_untracked(), accessible.get_untracked());
    };
    let zones = event.zones.iter().map(|zone| {
        let from = zone.tiers.first().map(|tier| format!(", {}", tier.total)).unwrap_or_default();
        view! { <option value=zone.id.0.clone()>{format!("{}{from}", zone.name)}</option> }
    });
    let zones = zones.collect_view();
    // What is held goes back for what is chosen: the button says so.
    let deed = move || if desk.holding.get() { "Choose for me instead" } else { "Choose for me" };
    view! {
        <form class="wish" method="post" action="/do/choose_for_me" on:submit=submit>
            <input r#type="hidden" name="event" value=event.id.to_string()/>
            <div class="wish-line">
                <label for="party">"How many?"</label>
                <select id="party" name="quantity" on:change=move |change| quantity.set(event_target_value(&change).parse().unwrap_or(2))>
                    {(1..=max).map(|n| view! { <option value=n.to_string() selected=n == 2>{n.to_string()}</option> }).collect_view()}
                </select>
                <label class="visually-hidden" for="wish-zone">"Zone"</label>
                <select id="wish-zone" name="zone" on:change=move |change| zone.set(event_target_value(&change))>
                    <option value="">"Best seats anywhere"</option>
                    {zones}
                </select>
            </div>
            <label class="check">
                <input r#type="checkbox" name="accessible" value="true" on:change=move |change| accessible.set(event_target_checked(&change))/>
                <span>"Wheelchair and companion places"</span>
            </label>
            <button class="button quiet wide" r#type="submit" disabled=desk.busy>{deed}</button>
        </form>
    }
}
