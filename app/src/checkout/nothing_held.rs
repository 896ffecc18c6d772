//! Checkout without seats: the time ran out, none were chosen, or they went into an order by now.

use super::kept_order::KeptOrder;
use crate::orders::stage::Stage;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use protocol::api::EventSummary;

/// What happened to the seats, what it means for the money, and the way on.
#[component]
pub fn NothingHeld(
    /// Which event.
    event: EventSummary,
    /// The seats that were held, by position.
    was: Vec<u32>,
    /// What this browser ordered.
    order: Option<KeptOrder>,
) -> impl IntoView {
    let lost = !was.is_empty();
    let (title, meaning) = match &order {
        Some(order) => of_order(order.stage),
        None if lost => (
            "Your time for these seats is over",
            "They are free again and no money was taken. Often nobody was faster: one press tries to take the same seats again.",
        ),
        None => (
            "No seats are held for you",
            "Choose seats first; they are then held while you pay. No money was taken.",
        ),
    };
    // Seats of an order that is open or paid are not free: asking for them again would only be refused.
    let again =
        lost && order.as_ref().is_none_or(|order| matches!(order.stage, Stage::Over | Stage::Refunding));
    let ordered = order.is_some();
    view! {
        <Title text=title/>
        <Meta name="robots" content="noindex"/>
        <section class="page-error">
            <h1>{title}</h1>
            <p class="lede">{meaning}</p>
            <div class="actions">
                {order.map(|order| view! { <a class="button" href=order.address>"To your order"</a> })}
                {again.then(|| view! {
                    <form method="post" action="/do/hold_seats">
                        <input r#type="hidden" name="event" value=event.id.to_string()/>
                        {was.iter().map(|ix| view! { <input r#type="hidden" name="seats[]" value=ix.to_string()/> }).collect_view()}
                        <button class=if ordered { "button quiet" } else { "button" } r#type="submit">"Take the same seats again"</button>
                    </form>
                })}
                <a class="button quiet" href=format!("/events/{}/seats", event.slug)>"Back to the map"</a>
            </div>
        </section>
    }
}

/// Seats that went into an order, by how it stands.
fn of_order(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::Paid => (
            "Your order is paid",
            "Nothing more is held for you, and nothing more was taken. The order’s page shows your tickets.",
        ),
        Stage::Waiting | Stage::Unpaid | Stage::Declined => (
            "Your seats are in an order",
            "They are held for it, and you pay once at most. Its page says what is paid, and leads to the payment.",
        ),
        Stage::Refunding => (
            "Your order has ended",
            "It has no seats any more, and its money goes back to you. Its page says how far that is.",
        ),
        Stage::Over => (
            "Your order has ended",
            "Its seats are free again and no money was taken. Often nobody was faster: choose them again.",
        ),
    }
}
