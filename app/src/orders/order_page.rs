//! The page of an order: waits for the payment, then shows the tickets; says what an end without tickets means for
//! the money. It can be reloaded at any time.

use super::{
    ask_again::ask_again,
    find_page::FindTicketsLink,
    money_back::{MoneyBackNotices, WriteToUs, money_title},
    stage::{Origin, Stage, Standing, reason_words},
};
use crate::{
    checkout::summary::contained,
    components::{
        loaded::loaded,
        notice::{ErrorNotice, Notice, returned_error},
    },
    error::AppError,
    format::{counted, venue_time},
    request,
};
use axum::http::header::HeaderName;
use domain::{payment::Dispute, tax::RateTotal};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use protocol::api::{EventSummary, OrderView, SaleStatus};
use services::{OrderAuth, OrderPage as Page, ReceiptName, clock};

/// How often the page looks for a decline after the buyer came back without paying.
const TRIES_FOR_A_DECLINE: u32 = 4;

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

async fn page(id: String, key: Option<String>) -> Result<impl IntoView, AppError> {
    let page = load(&id, key.as_deref()).await?;
    let origin = match (request::query("through"), request::query("back")) {
        (Some(_), _) => Origin::ThroughPayment,
        (None, Some(_)) => Origin::BackFromPayment,
        (None, None) => Origin::Anywhere,
    };
    let stage = Stage::of(Standing::from(&page), origin);
    match stage {
        Stage::Waiting => ask_again(&id, u32::MAX),
        // The bank's no may still be on its way to us.
        Stage::Unpaid if origin == Origin::BackFromPayment => ask_again(&id, TRIES_FOR_A_DECLINE),
        _ => {}
    }
    Ok(view! { <OrderViewPage page stage key=key.unwrap_or_default()/> })
}

#[component]
fn OrderViewPage(page: Page, stage: Stage, key: String) -> impl IntoView {
    let when = venue_time(page.event.starts_at, &page.event.venue.timezone, clock::now());
    let cancelled = page.event.status == SaleStatus::Cancelled;
    let title = match stage {
        Stage::Paid if cancelled => "This event is cancelled",
        Stage::Paid => "Your tickets are here",
        Stage::Waiting => "Waiting for your payment",
        Stage::Unpaid => "Not paid yet",
        Stage::Declined => "The payment did not go through",
        Stage::Refunding => money_title(&page.refunds),
        Stage::Over => "This order has ended",
    };
    let number = page.order.number.clone();
    let over = why_over(&page.order.status);
    view! {
        <Title text=title/>
        <Meta name="robots" content="noindex"/>
        <div class="order">
            <p class="eyebrow">"Order "{number}</p>
            <h1>{title}</h1>
            // Of an order that is over, its own words are the better answer.
            {returned_error().filter(|error| stage.is_open() || error.code() != "hold_expired").map(|error| view! { <ErrorNotice code=error.code().to_owned()/> })}
            {(cancelled && matches!(stage, Stage::Paid | Stage::Refunding)).then(|| view! { <EventCancelled/> })}
            {match stage {
                Stage::Paid => view! { <Paid page=page.clone() key=key.clone()/> }.into_any(),
                Stage::Waiting | Stage::Unpaid | Stage::Declined => view! { <Unpaid page=page.clone() key=key.clone() stage/> }.into_any(),
                Stage::Refunding => view! {
                    <MoneyBackNotices refunds=page.refunds.clone() twice=false cancelled number=page.order.number.clone()/>
                    <WayOn event=page.event.clone()/>
                }.into_any(),
                Stage::Over => view! {
                    <Notice tone="plain" title=over_title(&page)>
                        <p>{over}</p>
                        <p>"No money was taken. Should a payment still arrive, you get the same seats if they are free, and otherwise all of it back."</p>
                    </Notice>
                    <WayOn event=page.event.clone()/>
                }.into_any(),
            }}
            <Receipts id=page.order.id.to_string() key receipts=page.receipts/>
            <OrderLines order=page.order event=page.event when taxes=page.taxes/>
        </div>
    }
}

#[component]
fn Paid(page: Page, key: String) -> impl IntoView {
    let base = format!("/orders/{}/tickets", page.order.id);
    let query = serde_urlencoded::to_string([("key", &key)]).unwrap_or_default();
    let good: Vec<_> = page.order.tickets.into_iter().filter(|ticket| ticket.state != "voided").collect();
    let cancelled = page.event.status == SaleStatus::Cancelled;
    let settled = !cancelled && page.dispute != Some(Dispute::Lost);
    let count = u32::try_from(good.len()).unwrap_or(u32::MAX);
    let all = format!("{base}?{query}");
    view! {
        {settled.then(|| view! {
            <Notice tone="good" title="Paid, and all yours">
                <p>{format!("{} for {}. They are on their way to your mail, and the address of this page opens them again.", counted(count, "ticket", "tickets"), page.event.name)}</p>
            </Notice>
        })}
        <Disputed dispute=page.dispute/>
        <MoneyBackNotices refunds=page.refunds twice=true cancelled number=page.order.number/>
        <ul class="ticket-links" role="list">
            {good.into_iter().map(|ticket| view! {
                <li><a href=format!("{base}/{}?{query}", ticket.id)><b>{ticket.label}</b><span class="muted">{ticket.tier_name}</span><span aria-hidden="true">"→"</span></a></li>
            }).collect_view()}
        </ul>
        <p class="actions">
            <a class="button" href=all>"Show all tickets"</a>
            <a class="button quiet" href=format!("/orders/{}/tickets.pdf?{query}", page.order.id)>"PDF to print"</a>
            <a class="button quiet" href=format!("/orders/{}/tickets.pdf?size=phone&{query}", page.order.id)>"PDF for the phone"</a>
            <a class="button quiet" href=format!("/orders/{}/calendar.ics?{query}", page.order.id)>"Add to calendar"</a>
        </p>
        <FindTicketsLink/>
    }
}

#[component]
fn Unpaid(page: Page, key: String, stage: Stage) -> impl IntoView {
    let until = page.order.pay_before.map(|at| venue_time(at, &page.event.venue.timezone, clock::now()));
    let until = move || until.clone().map(|at| view! { " until "<b>{at}</b> });
    let id = page.order.id.to_string();
    let pay = match stage {
        Stage::Declined => "Try another card",
        _ => "Go to the payment page",
    };
    // Who has just paid only has to wait.
    let quiet = stage == Stage::Waiting;
    view! {
        {match stage {
            Stage::Declined => view! {
                <Notice tone="bad" title="Your bank declined the payment">
                    <p>{page.declined.as_deref().map(reason_words)}</p>
                    <p>"No money was taken. Your seats are still held for you"{until()}": try another card, or give them back."</p>
                </Notice>
            }.into_any(),
            Stage::Unpaid => view! {
                <Notice tone="plain" title="No money was taken">
                    <p>"Your seats are still held for you"{until()}". Pay for them, or give them back."</p>
                </Notice>
            }.into_any(),
            // No payment page is open yet: the provider is slow, or it is this buyer's turn only in a while.
            _ if page.payment_url.is_none() => view! {
                <Notice tone="plain" title="Your payment is being prepared">
                    <p>"Many people pay at this moment, so it takes a little longer. This page goes on by itself; it is safe to close it: its address opens your order again."</p>
                    <p>"Your seats are held for you"{until()}". No money was taken before this page says so."</p>
                </Notice>
            }.into_any(),
            _ => view! {
                <Notice tone="plain" title="We are asking the bank">
                    <p>"If you have paid, this page shows your tickets within seconds, by itself. It is safe to close it: its address opens your order again."</p>
                    <p>"Your seats are held for you"{until()}". Money is taken once at most: you get the tickets for it, or all of it back."</p>
                </Notice>
            }.into_any(),
        }}
        <div class="actions">
            {match page.payment_url {
                Some(url) => Some(view! { <a class="button" class:quiet=quiet href=url rel="noreferrer">{pay}</a> }.into_any()),
                None if page.can_pay_again => Some(view! {
                    <form method="post" action="/do/pay_order">
                        <input r#type="hidden" name="order" value=id.clone()/>
                        <input r#type="hidden" name="key" value=key.clone()/>
                        <button class="button" r#type="submit">{pay}</button>
                    </form>
                }.into_any()),
                None => None,
            }}
            <form method="post" action="/do/abandon_order">
                <input r#type="hidden" name="order" value=id/>
                <input r#type="hidden" name="key" value=key/>
                <button class="button quiet" r#type="submit">"Do not pay, give the seats back"</button>
            </form>
        </div>
    }
}

fn over_title(page: &Page) -> &'static str {
    match (page.seats_released, page.order.tickets.is_empty()) {
        (true, _) => "The seats are free again",
        (false, true) => "Nothing was bought",
        (false, false) => "The tickets were given back",
    }
}

/// Why an order ended without tickets.
fn why_over(status: &str) -> &'static str {
    match status {
        "completed" => "All of its tickets were given back. They had cost nothing.",
        "expired" => "The time to pay was over before a payment arrived.",
        _ => "The order was given up before it was paid.",
    }
}

#[component]
fn EventCancelled() -> impl IntoView {
    view! {
        <Notice tone="bad" title="The event is cancelled">
            <p>"You get the whole price back, fees included, on the card you paid with; there is nothing you need to do. This page shows when the money is on its way. "<a href="/help#refunds">"How refunds work"</a></p>
        </Notice>
    }
}

/// The buyer's bank wants the money back, or has taken it.
#[component]
fn Disputed(dispute: Option<Dispute>) -> impl IntoView {
    let (title, meaning) = match dispute {
        Some(Dispute::Open) => (
            "Your bank asks for the money of this order back",
            "Somebody told it that this payment was not wanted. Your tickets are good until it has decided. Was it a mistake? Tell your bank, or ",
        ),
        Some(Dispute::Lost) => (
            "Your bank took the money of this order back",
            "So the tickets are not paid for, and the organizer may void them; this page would say so. If you mean to come, ",
        ),
        Some(Dispute::None | Dispute::Won) | None => return None,
    };
    Some(view! { <Notice tone="warn" title><p>{meaning}<WriteToUs/>"."</p></Notice> })
}

/// Back to the seats, or to other events where this one is not to be had any more.
#[component]
fn WayOn(event: EventSummary) -> impl IntoView {
    let (href, text) = match event.status {
        SaleStatus::Cancelled | SaleStatus::Ended => ("/".to_owned(), "See other events"),
        _ => (format!("/events/{}/seats", event.slug), "Choose seats again"),
    };
    view! { <p class="actions"><a class="button" href=href>{text}</a></p> }
}

/// The invoice, and what was credited since.
#[component]
fn Receipts(id: String, key: String, receipts: Vec<ReceiptName>) -> impl IntoView {
    (!receipts.is_empty()).then(|| {
        let link = move |receipt: ReceiptName| {
            let query = [("number", receipt.name.as_str()), ("key", key.as_str())];
            let query = serde_urlencoded::to_string(query).unwrap_or_default();
            let href = format!("/orders/{id}/receipt.pdf?{query}");
            let what = if receipt.credit_note { "Credit note (PDF)" } else { "Receipt (PDF)" };
            let which = format!("{}, {}", receipt.name, receipt.total);
            view! { <li><a href=href><b>{what}</b><span class="muted">{which}</span><span aria-hidden="true">"→"</span></a></li> }
        };
        view! { <ul class="ticket-links receipts" role="list">{receipts.into_iter().map(link).collect_view()}</ul> }
    })
}

#[component]
fn OrderLines(order: OrderView, event: EventSummary, when: String, taxes: Vec<RateTotal>) -> impl IntoView {
    view! {
        <section class="summary" aria-labelledby="order-lines">
            <h2 id="order-lines">"What you ordered"</h2>
            <p class="summary-event"><b>{event.name}</b><br/>{when}<br/>{event.venue.name}", "{event.venue.city}</p>
            <ul class="lines" role="list">
                {order.lines.into_iter().map(|line| view! {
                    <li class="line"><span>{line.label}<small class="muted">{line.tier_name}</small></span><b>{line.total.to_string()}</b></li>
                }).collect_view()}
            </ul>
            <dl class="totals">
                <div class="total"><dt>"Total, fees included"</dt><dd>{order.total_amount.to_string()}</dd></div>
                {taxes.into_iter().map(contained).collect_view()}
            </dl>
        </section>
    }
}
