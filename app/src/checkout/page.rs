//! The checkout page.

use super::{
    form::CheckoutForm, kept_form::KeptForm, kept_order::KeptOrder, nothing_held::NothingHeld,
    place_order::back_to_form, summary::Summary,
};
use crate::{
    components::{
        loaded::loaded,
        notice::{ErrorNotice, Notice, returned_error},
        status::{StatusNotice, halted, sells},
    },
    error::AppError,
    format::{clock_time, countdown, venue_time, zone_city},
    request,
};
use domain::{seat::SeatIx, tax::RateTotal};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use protocol::api::{EventDetail, EventSummary, HoldView};
use services::{Sale, clock};

/// The page.
#[component]
pub fn CheckoutPage() -> impl IntoView {
    loaded(page(request::param("slug")))
}

async fn page(slug: String) -> Result<impl IntoView, AppError> {
    request::private_page();
    let services = request::services()?;
    let sale = services.sale(&slug).await?.ok_or_else(AppError::not_found)?;
    let event = services.event(&slug).await?.ok_or_else(AppError::not_found)?;
    let hold = match request::buyer() {
        Ok(buyer) => services.current_hold(&sale, &buyer).await?,
        Err(_) => None,
    };
    let order = KeptOrder::read(&services, &event.summary).await;
    let Some(hold) = hold else {
        // What was typed waits for the next seats.
        let was = seats_of(request::query("was"));
        let ids: Vec<_> = was
            .iter()
            .filter_map(|ix| sale.house.plan.seat(SeatIx(*ix)).map(|seat| seat.id.clone()))
            .collect();
        let order = order.filter(|order| order.is_about(&ids));
        return Ok(view! { <NothingHeld event=event.summary was order/> }.into_any());
    };
    let kept = KeptForm::read();
    KeptForm::forget();
    let halted = halted(&services, &event.summary).await?;
    let tax = sale.contained_tax(hold.total_amount);
    let alone = left_alone(&sale, &hold);
    Ok(view! { <Checkout event hold tax kept order halted alone/> }.into_any())
}

/// The seats in the address; as many as a hold may have.
fn seats_of(was: Option<String>) -> Vec<u32> {
    let most = domain::limits::HOLD_SEATS_MAX as usize;
    was.iter().flat_map(|text| text.split(',')).filter_map(|ix| ix.parse().ok()).take(most).collect()
}

#[component]
fn Checkout(
    event: EventDetail,
    hold: HoldView,
    tax: Option<RateTotal>,
    kept: KeptForm,
    order: Option<KeptOrder>,
    halted: Option<String>,
    alone: Vec<Alone>,
) -> impl IntoView {
    let now = clock::now();
    let open = sells(&event.summary);
    let summary = event.summary;
    let when = venue_time(summary.starts_at, &summary.venue.timezone, now);
    let problem = returned_error()
        .map(|error| error.code().to_owned())
        .or((!kept.problem.is_empty()).then(|| kept.problem.clone()));
    let wrong = kept.has_errors();
    let title = match (wrong, &problem) {
        (true, _) => "Please check the form: checkout",
        (false, Some(_)) => "Not ordered yet: checkout",
        (false, None) => "Checkout",
    };
    let attempt = hex::encode(clock::random::<16>());
    view! {
        <Title text=title/>
        <Meta name="robots" content="noindex"/>
        <div class="checkout">
            <header class="checkout-head">
                <h1>"Checkout"</h1>
                <Deadline hold=hold.clone() event=summary.clone()/>
            </header>
            {(!open).then(|| view! { <StatusNotice event=summary.clone() halted elsewhere=true now/> })}
            // What stands below in full is not said twice.
            {problem.filter(|code| (open || code != "not_on_sale") && (alone.is_empty() || code != "rule_broken")).map(|code| view! { <ErrorNotice code/> })}
            {order.filter(|order| order.stage.is_open()).map(|order| view! { <OpenOrder order/> })}
            {wrong.then(|| view! { <Notice tone="bad" title="Please look at the marked fields"><p>"Nothing was ordered, no money was taken, and your seats are still held."</p></Notice> })}
            <LeftAlone event=summary.clone() alone/>
            <div class="checkout-columns">
                <div class="checkout-side">
                    <Summary event=summary.clone() when hold=hold.clone() tax/>
                    <p><a href=format!("/events/{}/seats", summary.slug)>"Change seats"</a></p>
                </div>
                {open.then(|| view! { <CheckoutForm event=summary hold kept attempt/> })}
            </div>
        </div>
    }
}

/// These seats are in an order already, which is paid on its own page.
#[component]
fn OpenOrder(order: KeptOrder) -> impl IntoView {
    view! {
        <Notice tone="plain" title="You have ordered these seats already">
            <p>"You pay for them once at most. The order’s page says what is paid, and leads to the payment. "<a href=order.address>"To your order"</a></p>
        </Notice>
    }
}

/// A seat that the choice would leave between taken ones.
struct Alone {
    id: String,
    label: String,
}

fn left_alone(sale: &Sale, hold: &HoldView) -> Vec<Alone> {
    let house = &sale.house;
    let seats = hold.singles.iter().filter_map(|id| Some((id, house.plan.seat_ix(id)?)));
    seats.map(|(id, seat)| Alone { id: id.0.clone(), label: house.label(seat) }).collect()
}

/// Said before the form is sent: the order would be refused.
#[component]
fn LeftAlone(event: EventSummary, alone: Vec<Alone>) -> impl IntoView {
    (!alone.is_empty()).then(|| {
        let labels: Vec<String> = alone.iter().map(|seat| seat.label.clone()).collect();
        view! {
            <Notice tone="warn" title="This choice leaves one seat alone">
                <p>
                    "Beside your seats, "<b>{labels.join("; ")}</b>
                    " would be left between taken ones, and the house does not sell that while other seats are free. No money was taken. Take it too, or move your seats by one."
                </p>
                <form method="post" action="/do/hold_seats" class="actions">
                    <input r#type="hidden" name="event" value=event.id.to_string()/>
                    {alone.iter().map(|seat| view! { <input r#type="hidden" name="take[]" value=seat.id.clone()/> }).collect_view()}
                    <button class="button small" r#type="submit">"Take it too"</button>
                    <a href=format!("/events/{}/seats", event.slug)>"Change seats"</a>
                </form>
            </Notice>
        }
    })
}

/// Until when the seats are held: as text from the server, and ticking where scripts run. It turns louder for the
/// last two minutes, and the page moves on by itself when the time is over.
const TICK: &str = "(()=>{const e=document.getElementById('left');if(!e)return;const end=performance.now()+Number(e.dataset.leftMs);\
const t=()=>{const s=Math.max(0,Math.ceil((end-performance.now())/1000));\
e.textContent=Math.floor(s/60)+':'+String(s%60).padStart(2,'0');e.closest('.deadline').classList.toggle('low',s<=120);\
if(s===0)location.replace(e.dataset.over);else setTimeout(t,500)};t()})()";

#[component]
fn Deadline(hold: HoldView, event: EventSummary) -> impl IntoView {
    let timezone = event.venue.timezone;
    let left_ms = (hold.expires_at - hold.server_time).num_milliseconds();
    let until = clock_time(hold.expires_at, &timezone);
    let seats: Vec<u32> = hold.seats.iter().map(|seat| seat.ix).collect();
    view! {
        <div class="deadline" class:low=left_ms < 120_000>
            <p>
                "Held for you for "
                <b id="left" data-left-ms=left_ms.to_string() data-over=back_to_form(&event.slug, &seats)>{countdown(left_ms)}</b>
                <small class="muted">{format!(" until {until} ({} time)", zone_city(&timezone))}</small>
            </p>
            {(hold.extensions_left > 0).then(|| view! {
                <form method="post" action="/do/extend_hold">
                    <input r#type="hidden" name="event" value=event.id.to_string()/>
                    <button class="link" r#type="submit">"I need longer"</button>
                </form>
            })}
        </div>
        <script nonce=leptos::nonce::use_nonce() inner_html=TICK></script>
    }
}
