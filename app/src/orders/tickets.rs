//! Tickets to show or print.

use super::{order_page::load, ticket::TicketCard};
use crate::{components::loaded::loaded, error::AppError, request};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};

/// All tickets of an order, one a printed page.
#[component]
pub fn TicketsPage() -> impl IntoView {
    loaded(tickets(request::param("id"), request::query("key"), None))
}

/// One ticket.
#[component]
pub fn OneTicketPage() -> impl IntoView {
    loaded(tickets(request::param("id"), request::query("key"), Some(request::param("ticket"))))
}

async fn tickets(id: String, key: Option<String>, one: Option<String>) -> Result<impl IntoView, AppError> {
    let page = load(&id, key.as_deref()).await?;
    let mut tickets = page.order.tickets;
    if let Some(one) = &one {
        tickets.retain(|ticket| ticket.id.to_string() == *one);
    }
    if tickets.is_empty() {
        return Err(AppError::not_found());
    }
    let (event, holder, order) = (page.event, page.buyer.name, page.order.number);
    let mut query = serde_urlencoded::to_string([("key", key.unwrap_or_default())]).unwrap_or_default();
    let back = format!("/orders/{id}?{query}");
    let pass = one.as_ref().map(|one| format!("/orders/{id}/ticket.pkpass?{query}&ticket={one}"));
    let single = one.is_some();
    let trial = request::services()?.passes_are_for_trial();
    if let Some(one) = one {
        query.push_str(&format!("&ticket={one}"));
    }
    let calendar = format!("/orders/{id}/calendar.ics?{query}");
    let pdf = format!("/orders/{id}/tickets.pdf?{query}");
    let phone = format!("{pdf}&size=phone");
    let cards = tickets.into_iter().map(|ticket| {
        view! { <TicketCard event=event.clone() holder=holder.clone() order=order.clone() ticket/> }
    });
    Ok(view! {
        <Title text=format!("Tickets for {}", event.name)/>
        <Meta name="robots" content="noindex"/>
        <div class="tickets-page">
            <header class="tickets-head no-print">
                <h1>"Your tickets"</h1>
                <p class="actions"><a class="button quiet" href=back>"Back to the order"</a></p>
            </header>
            {cards.collect_view()}
            <footer class="tickets-foot no-print">
                <p class="actions">
                    <a class="button quiet" href=pdf>"PDF to print"</a>
                    <a class="button quiet" href=phone>"PDF for the phone"</a>
                    <a class="button quiet" href=calendar>"Add to calendar"</a>
                    {pass.map(|pass| view! { <a class="button quiet" href=pass>"Add to Apple Wallet"</a> })}
                </p>
                <p class="muted small">"One ticket a page, as PDF or with your browser’s print command."</p>
                {(trial && single).then(|| view! { <p class="muted small">"The pass for the wallet is signed with a trial certificate of this demo: phones refuse it."</p> })}
            </footer>
        </div>
    })
}
