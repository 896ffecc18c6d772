//! A ticket that looks like one.

use super::qr::qr_path;
use crate::format::{address_line, clock_time, long_day, zone_city};
use leptos::prelude::*;
use protocol::api::{EventSummary, TicketView};

/// The ticket: on a phone one screen, on paper one page.
#[component]
pub fn TicketCard(
    /// Which event.
    event: EventSummary,
    /// Whose name it bears.
    holder: String,
    /// The order's number.
    order: String,
    /// The ticket.
    ticket: TicketView,
) -> impl IntoView {
    let timezone = event.venue.timezone.clone();
    let doors = event.doors_at.map(|at| clock_time(at, &timezone));
    let (around, seat) = split_label(&ticket.label);
    let valid = matches!(ticket.state.as_str(), "issued" | "transferred");
    let place = address_line(&event.venue.address, &event.venue.city);
    view! {
        <article class="ticket" class:void=!valid>
            <div class="ticket-main">
                <p class="eyebrow">"Parterre ticket"</p>
                <h2 class="ticket-event">{event.name}</h2>
                <p class="ticket-when">
                    <b>{long_day(event.starts_at, &timezone)}</b><br/>
                    {clock_time(event.starts_at, &timezone)}
                    <span class="muted">{format!(" ({} time)", zone_city(&timezone))}</span>
                </p>
                <p class="ticket-where">{event.venue.name}<br/><span class="muted">{place}</span></p>
                <p class="ticket-seat">
                    {(!around.is_empty()).then(|| view! { <span>{around}</span> })}
                    <strong>{seat}</strong>
                </p>
                <dl class="ticket-facts">
                    {ticket.gate.map(|gate| view! { <div><dt>"Gate"</dt><dd>{gate}</dd></div> })}
                    {doors.map(|doors| view! { <div><dt>"Doors"</dt><dd>{doors}</dd></div> })}
                    <div><dt>"Price"</dt><dd>{ticket.tier_name}</dd></div>
                    <div><dt>"Name"</dt><dd>{holder}</dd></div>
                    <div><dt>"Order"</dt><dd>{order}</dd></div>
                </dl>
            </div>
            <div class="ticket-stub">
                {if valid {
                    view! { <QrImage code=ticket.code/> }.into_any()
                } else {
                    view! { <p class="ticket-state">{state_words(&ticket.state)}</p> }.into_any()
                }}
                <p class="muted small">"This code opens the door once. Do not show it in public."</p>
            </div>
        </article>
    }
}

#[component]
fn QrImage(code: String) -> impl IntoView {
    match qr_path(&code) {
        Some((edge, path)) => view! {
            <svg class="qr" viewBox=format!("0 0 {edge} {edge}") role="img" aria-label="Entry code" shape-rendering="crispEdges">
                <rect width=edge.to_string() height=edge.to_string() fill="#fff"></rect>
                <path d=path fill="#000"></path>
            </svg>
        }
        .into_any(),
        None => view! { <p class="ticket-state">"The code cannot be drawn; show your order number at the door."</p> }.into_any(),
    }
}

/// `Stalls, row C, seat 12` as what stands small and what stands large.
fn split_label(label: &str) -> (String, String) {
    match label.rsplit_once(", ") {
        Some((around, seat)) => {
            (around.to_owned(), seat.strip_prefix("seat ").map_or(seat.to_owned(), |n| format!("Seat {n}")))
        }
        None => (String::new(), label.to_owned()),
    }
}

fn state_words(state: &str) -> &'static str {
    match state {
        "admitted" => "Used: this ticket has opened the door.",
        _ => "Not valid any more. What became of its money stands on the order’s page.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seat_stands_large() {
        assert_eq!(split_label("Stalls, row C, seat 12"), ("Stalls, row C".into(), "Seat 12".into()));
        assert_eq!(split_label("Floor"), (String::new(), "Floor".into()));
    }
}
