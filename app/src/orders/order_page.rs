//! The page of an order: waits for the payment, then shows the tickets; says what an end without tickets means for
//! the money. It can be reloaded at any time.

use crate::{
    components::{
        loaded::loaded,
        notice::{ErrorNotice, Notice, returned_error},
    },
    error::AppError,
    format::{counted, venue_time},
    request,
};
use axum::http::header::HeaderName;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use protocol::api::{EventSummary, OrderView};
use services::{OrderAuth, OrderPage as Page, clock};

/// How often a waiting page asks again.
const ASK_AGAIN_SECONDS: &str = "3";

/// The page.
#[component]
pub fn OrderPage() -> impl IntoView {
    loaded(page(request::param("id"), request::query("key")))
}

/// The order, if the key opens it.
pub(super) async fn load(id: &str, key: Option<&str>) -> Result<Page, AppError> {
    request::private_page();
    request::add_header(HeaderName::from_static("referrer-policy"), "same-origin");
    let id = id.parse().map_err(|_| AppError::not_found())?;
    let key = key.ok_or_else(|| AppError::new(401, "unauthorized", "Proof needed", "The key is missing."))?;
    request::services()?.order(id, OrderAuth::Key(key)).await?.ok_or_else(AppError::not_found)
}

/// What a buyer wants to know first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Paid,
    Waiting,
    Declined,
    Refunding,
    Over,
}

impl Stage {
    fn of(order: &OrderView) -> Self {
        match (order.status.as_str(), order.payment_status.as_str()) {
            ("completed", _) => Self::Paid,
            ("placed", "failed") => Self::Declined,
            ("placed", _) => Self::Waiting,
            (_, "captured") => Self::Refunding,
            _ => Self::Over,
        }
    }
}

async fn page(id: String, key: Option<String>) -> Result<impl IntoView, AppError> {
    let page = load(&id, key.as_deref()).await?;
    let stage = Stage::of(&page.order);
    if stage == Stage::Waiting {
        // As a header, not in the document: the page stays free of timed refreshes for who reads it.
        request::add_header(HeaderName::from_static("refresh"), ASK_AGAIN_SECONDS);
    }
    Ok(view! { <OrderViewPage page stage key=key.unwrap_or_default()/> })
}

#[component]
fn OrderViewPage(page: Page, stage: Stage, key: String) -> impl IntoView {
    let when = venue_time(page.event.starts_at, &page.event.venue.timezone, clock::now());
    let title = match stage {
        Stage::Paid => "Your tickets are here",
        Stage::Waiting => "Waiting for your payment",
        Stage::Declined => "The payment did not go through",
        Stage::Refunding => "Your money is on its way back",
        Stage::Over => "This order has ended",
    };
    let number = page.order.number.clone();
    view! {
        <Title text=title/>
        <Meta name="robots" content="noindex"/>
        <div class="order">
            <p class="eyebrow">"Order "{number}</p>
            <h1>{title}</h1>
            {returned_error().map(|error| view! { <ErrorNotice code=error.code().to_owned()/> })}
            {match stage {
                Stage::Paid => view! { <Paid page=page.clone() key/> }.into_any(),
                Stage::Waiting | Stage::Declined => view! { <Unpaid page=page.clone() key declined=stage == Stage::Declined/> }.into_any(),
                Stage::Refunding => view! {
                    <Notice tone="warn" title="Your payment came after the seats were gone">
                        <p>"The whole amount goes back to the card you paid with. It usually arrives within five working days; there is nothing you need to do."</p>
                    </Notice>
                    <BackToSeats event=page.event.clone()/>
                }.into_any(),
                Stage::Over => view! {
                    <Notice tone="plain" title=if page.seats_released { "The seats are free again" } else { "Nothing was bought" }>
                        <p>"No money was taken. Should a payment still arrive, it is sent back in full."</p>
                    </Notice>
                    <BackToSeats event=page.event.clone()/>
                }.into_any(),
            }}
            <OrderLines order=page.order event=page.event when/>
        </div>
    }
}

#[component]
fn Paid(page: Page, key: String) -> impl IntoView {
    let base = format!("/orders/{}/tickets", page.order.id);
    let query = serde_urlencoded::to_string([("key", &key)]).unwrap_or_default();
    let count = u32::try_from(page.order.tickets.len()).unwrap_or(u32::MAX);
    let all = format!("{base}?{query}");
    view! {
        <Notice tone="good" title="Paid, and all yours">
            <p>{format!("{} for {}. Keep the address of this page: it opens them again.", counted(count, "ticket", "tickets"), page.event.name)}</p>
        </Notice>
        <ul class="ticket-links" role="list">
            {page.order.tickets.into_iter().map(|ticket| view! {
                <li><a href=format!("{base}/{}?{query}", ticket.id)><b>{ticket.label}</b><span class="muted">{ticket.tier_name}</span><span aria-hidden="true">"→"</span></a></li>
            }).collect_view()}
        </ul>
        <p class="actions">
            <a class="button" href=all>"Show all tickets"</a>
            <a class="button quiet" href=format!("/events/{}/calendar.ics", page.event.slug)>"Add to calendar"</a>
        </p>
    }
}

#[component]
fn Unpaid(page: Page, key: String, declined: bool) -> impl IntoView {
    let until = page.order.pay_before.map(|at| venue_time(at, &page.event.venue.timezone, clock::now()));
    view! {
        {if declined {
            view! {
                <Notice tone="bad" title="Your bank said no">
                    <p>"No money was taken. Your seats are still held, so you can try another card."</p>
                </Notice>
            }.into_any()
        } else {
            view! {
                <Notice tone="plain" title="We are asking the bank">
                    <p>"If you have paid, this page shows your tickets within seconds, by itself. It is safe to close it: its address opens your order again."</p>
                </Notice>
            }.into_any()
        }}
        {until.map(|until| view! { <p class="muted">"Your seats are held until "{until}"."</p> })}
        <div class="actions">
            {page.payment_url.map(|url| view! {
                <a class="button" href=url rel="noreferrer">{if declined { "Try another card" } else { "Go to the payment page" }}</a>
            })}
            <form method="post" action="/do/abandon_order">
                <input r#type="hidden" name="order" value=page.order.id.to_string()/>
                <input r#type="hidden" name="key" value=key/>
                <button class="button quiet" r#type="submit">"Do not pay, give the seats back"</button>
            </form>
        </div>
    }
}

#[component]
fn BackToSeats(event: EventSummary) -> impl IntoView {
    view! { <p class="actions"><a class="button" href=format!("/events/{}/seats", event.slug)>"Choose seats again"</a></p> }
}

#[component]
fn OrderLines(order: OrderView, event: EventSummary, when: String) -> impl IntoView {
    view! {
        <section class="summary" aria-labelledby="order-lines">
            <h2 id="order-lines">"What you ordered"</h2>
            <p class="summary-event"><b>{event.name}</b><br/>{when}<br/>{event.venue.name}", "{event.venue.city}</p>
            <ul class="lines" role="list">
                {order.lines.into_iter().map(|line| view! {
                    <li class="line"><span>{line.label}<small class="muted">{line.tier_name}</small></span><b>{line.total.to_string()}</b></li>
                }).collect_view()}
            </ul>
            <dl class="totals"><div class="total"><dt>"Total, fees included"</dt><dd>{order.total_amount.to_string()}</dd></div></dl>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        ids::OrderId,
        money::{Currency, Money},
    };

    #[test]
    fn money_without_tickets_is_never_called_over() {
        let order = |status: &str, payment: &str| OrderView {
            id: OrderId(Default::default()),
            number: String::new(),
            event_id: String::new(),
            status: status.into(),
            payment_status: payment.into(),
            refund_status: "none".into(),
            lines: vec![],
            total_amount: Money::zero(Currency::EUR),
            tickets: vec![],
            pay_before: None,
        };
        for (status, payment, stage) in [
            ("completed", "captured", Stage::Paid),
            ("placed", "pending", Stage::Waiting),
            ("placed", "captured", Stage::Waiting),
            ("placed", "failed", Stage::Declined),
            ("expired", "captured", Stage::Refunding),
            ("cancelled", "none", Stage::Over),
        ] {
            assert_eq!(Stage::of(&order(status, payment)), stage, "{status} {payment}");
        }
    }
}
