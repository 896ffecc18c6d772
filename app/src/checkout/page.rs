//! The checkout page.

use super::{form::CheckoutForm, kept_form::KeptForm, place_order::back_to_form, summary::Summary};
use crate::{
    components::{
        loaded::loaded,
        notice::{ErrorNotice, Notice, returned_error},
    },
    error::AppError,
    format::{clock_time, countdown, venue_time, zone_city},
    request,
};
use domain::tax::RateTotal;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use protocol::api::{EventDetail, EventSummary, HoldView};
use services::clock;

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
    let kept = KeptForm::read();
    KeptForm::forget();
    Ok(match hold {
        Some(hold) => {
            let tax = sale.contained_tax(hold.total_amount);
            view! { <Checkout event hold tax kept/> }.into_any()
        }
        None => view! { <NothingHeld event was=seats_of(request::query("was"))/> }.into_any(),
    })
}

/// The seats in the address; as many as a hold may have.
fn seats_of(was: Option<String>) -> Vec<u32> {
    let most = domain::limits::HOLD_SEATS_MAX as usize;
    was.iter().flat_map(|text| text.split(',')).filter_map(|ix| ix.parse().ok()).take(most).collect()
}

#[component]
fn Checkout(event: EventDetail, hold: HoldView, tax: Option<RateTotal>, kept: KeptForm) -> impl IntoView {
    let now = clock::now();
    let summary = event.summary;
    let when = venue_time(summary.starts_at, &summary.venue.timezone, now);
    let problem = returned_error()
        .map(|error| error.code().to_owned())
        .or((!kept.problem.is_empty()).then(|| kept.problem.clone()));
    let wrong = kept.has_errors();
    let attempt = hex::encode(clock::random::<16>());
    view! {
        <Title text=if wrong { "Please check the form: checkout" } else { "Checkout" }/>
        <Meta name="robots" content="noindex"/>
        <div class="checkout">
            <header class="checkout-head">
                <h1>"Checkout"</h1>
                <Deadline hold=hold.clone() event=summary.clone()/>
            </header>
            {problem.map(|code| view! { <ErrorNotice code/> })}
            {wrong.then(|| view! { <Notice tone="bad" title="Please look at the marked fields"><p>"Nothing was ordered yet and your seats are still held."</p></Notice> })}
            <LeftAlone event=summary.clone() hold=hold.clone()/>
            <div class="checkout-columns">
                <div class="checkout-side">
                    <Summary event=summary.clone() when hold=hold.clone() tax/>
                    <p><a href=format!("/events/{}/seats", summary.slug)>"Change seats"</a></p>
                </div>
                <CheckoutForm event=summary hold kept attempt/>
            </div>
        </div>
    }
}

/// Said before the form is sent: the order would be refused.
#[component]
fn LeftAlone(event: EventSummary, hold: HoldView) -> impl IntoView {
    let seats: Vec<String> = hold.singles.iter().map(|id| id.0.clone()).collect();
    (!seats.is_empty()).then(|| {
        view! {
            <Notice tone="warn" title="This choice leaves one seat alone">
                <p>
                    "Beside your seats, "<b>{seats.join(", ")}</b>
                    " would be left between taken ones, and the house does not sell that while other seats are free. Take it too, or move your seats by one."
                </p>
                <form method="post" action="/do/hold_seats" class="actions">
                    <input r#type="hidden" name="event" value=event.id.to_string()/>
                    {seats.iter().map(|id| view! { <input r#type="hidden" name="take[]" value=id.clone()/> }).collect_view()}
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

#[component]
fn NothingHeld(event: EventDetail, was: Vec<u32>) -> impl IntoView {
    let summary = event.summary;
    let lost = !was.is_empty();
    let title = if lost { "Your time for these seats is over" } else { "No seats are held for you" };
    view! {
        <Title text=title/>
        <Meta name="robots" content="noindex"/>
        <section class="page-error">
            <h1>{title}</h1>
            {if lost {
                view! { <p class="lede">"They are free again and no money was taken. Often nobody was faster: one press tries to take the same seats again."</p> }.into_any()
            } else {
                view! { <p class="lede">"Choose seats first; they are then held while you pay. No money was taken."</p> }.into_any()
            }}
            <div class="actions">
                {lost.then(|| view! {
                    <form method="post" action="/do/hold_seats">
                        <input r#type="hidden" name="event" value=summary.id.to_string()/>
                        {was.iter().map(|ix| view! { <input r#type="hidden" name="seats[]" value=ix.to_string()/> }).collect_view()}
                        <button class="button" r#type="submit">"Take the same seats again"</button>
                    </form>
                })}
                <a class="button quiet" href=format!("/events/{}/seats", summary.slug)>"Back to the map"</a>
            </div>
        </section>
    }
}
