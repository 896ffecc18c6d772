//! The seat page as the server renders it.

use super::{
    opening::{OpenedPicker, Opening},
    outline::Outline,
    wire::Held,
};
use crate::{
    components::{
        loaded::loaded,
        notice::{ErrorNotice, returned_error},
        status::{StatusNotice, halted},
    },
    error::AppError,
    format::venue_time,
    request,
    shell::HydrateIslands,
};
use domain::ids::{EventId, SeatId};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use protocol::api::{EventDetail, HoldView, SaleStatus};
use services::{Sale, SectionOutline, SectionSeats, clock};

/// The page.
#[component]
pub fn SeatsPage() -> impl IntoView {
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
    let sections = services.outline(&sale).await?;
    let section = match request::query("section").and_then(|text| text.parse().ok()) {
        Some(ix) => services.outline_section(&sale, ix).await?,
        None => None,
    };
    let halted = halted(&services, &event.summary).await?;
    let offer = returned_error().and_then(|error| error.alternative()).map(|ids| offered(&sale, ids));
    let opening =
        Opening { event: (&event).into(), hold: hold.clone().map(|hold| Held::of(hold, &sale.house.plan)) };
    Ok(view! { <SeatsView event halted hold offer=offer.unwrap_or_default() opening sections section/> })
}

/// The seats that are offered instead, by id and in words. The ids come out of the address: those that the house does
/// not have are left out, and so is more than one may hold.
fn offered(sale: &Sale, ids: Vec<String>) -> Vec<(String, String)> {
    let known = ids.into_iter().filter_map(|id| {
        let id = SeatId(id);
        let seat = sale.house.plan.seat_ix(&id)?;
        Some((id.0, sale.house.label(seat)))
    });
    known.take(sale.row.rules.seats_per_hold_max as usize).collect()
}

#[component]
fn SeatsView(
    event: EventDetail,
    halted: Option<String>,
    hold: Option<HoldView>,
    offer: Vec<(String, String)>,
    opening: Opening,
    sections: Vec<SectionOutline>,
    section: Option<SectionSeats>,
) -> impl IntoView {
    let now = clock::now();
    let summary = event.summary.clone();
    let open = summary.status == SaleStatus::OnSale;
    let when = venue_time(summary.starts_at, &summary.venue.timezone, now);
    view! {
        <Title text=format!("Seats for {}", summary.name)/>
        <Meta name="robots" content="noindex"/>
        <div class="seats-page">
            <header class="seats-head">
                <div>
                    <h1><a href=format!("/events/{}", summary.slug)>{summary.name.clone()}</a></h1>
                    <p class="muted">{when}", "{summary.venue.name.clone()}</p>
                </div>
                <p class="seats-jump"><a href="#list">"Seats as a list"</a></p>
            </header>
            <ReturnedNotice event=event.summary.id offer/>
            {(!open).then(|| view! { <StatusNotice event=summary.clone() halted elsewhere=true now/> })}
            <OpenedPicker opening/>
            <Outline event sections section hold open/>
        </div>
        <HydrateIslands/>
    }
}

/// What a form answered, with the offered seats one press away.
#[component]
fn ReturnedNotice(event: EventId, offer: Vec<(String, String)>) -> impl IntoView {
    returned_error().map(|error| {
        view! {
            <ErrorNotice code=error.code().to_owned()>
                {(!offer.is_empty()).then(|| {
                    let (ids, labels): (Vec<_>, Vec<_>) = offer.into_iter().unzip();
                    view! {
                        <form method="post" action="/do/hold_seats">
                            <input r#type="hidden" name="event" value=event.to_string()/>
                            {ids.into_iter().map(|id| view! { <input r#type="hidden" name="take[]" value=id/> }).collect_view()}
                            <p>"The nearest like it: "<b>{labels.join(" · ")}</b></p>
                            <button class="button" r#type="submit">"Take these"</button>
                        </form>
                    }
                })}
            </ErrorNotice>
        }
    })
}
