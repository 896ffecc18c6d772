//! Home: one line of promise, the search, the coming days, the events.

use super::{
    card::EventCard,
    filters::{Filters, title_case},
    rail::DayRail,
    search_form::SearchForm,
};
use crate::{components::loaded::loaded, error::AppError, request};
use leptos::prelude::*;
use leptos_meta::{Link, Meta, Title};
use protocol::api::{EventSummary, Page};
use services::{CatalogueQuery, Facets, clock};

/// Cards on one page.
const PAGE_CARDS: u32 = 24;

/// The page.
#[component]
pub fn HomePage() -> impl IntoView {
    loaded(home())
}

async fn home() -> Result<impl IntoView, AppError> {
    let filters = Filters::from_request();
    let services = request::services()?;
    let query = CatalogueQuery {
        q: (!filters.q.is_empty()).then(|| filters.q.clone()),
        from: filters.first_instant(),
        to: filters.end_instant(),
        city: (!filters.city.is_empty()).then(|| filters.city.clone()),
        category: (!filters.category.is_empty()).then(|| filters.category.clone()),
        price_max: filters.price,
        cursor: filters.cursor.clone(),
        limit: PAGE_CARDS,
        ..CatalogueQuery::default()
    };
    let events = services.search(&query).await?;
    let facets = services.facets().await?;
    Ok(view! { <Catalogue filters events facets/> })
}

#[component]
fn Catalogue(filters: Filters, events: Page<EventSummary>, facets: Facets) -> impl IntoView {
    let now = clock::now();
    let plain = filters.is_empty() && filters.cursor.is_none();
    let title = if filters.is_empty() { "Seats you choose yourself".to_owned() } else { found(&filters) };
    let heading = if filters.is_empty() { "Coming up".to_owned() } else { found(&filters) };
    let more = events.next_cursor.map(|cursor| Filters { cursor: Some(cursor), ..filters.clone() }.address());
    let empty = events.items.is_empty();
    view! {
        <Title text=title/>
        {(!plain).then(|| view! { <Meta name="robots" content="noindex, follow"/> })}
        {plain.then(|| view! { <Link rel="canonical" href=format!("{}/", request::origin())/> })}
        <section class="promise">
            <h1>"Your seat, your choice, one honest price."</h1>
            <p class="lede">"See every seat live, take the one you like, and pay what it says."</p>
        </section>
        <SearchForm filters=filters.clone() cities=facets.cities categories=facets.categories currencies=facets.currencies/>
        <DayRail today=now.date_naive() filters=filters.clone()/>
        <section class="results" aria-labelledby="results-heading">
            <div class="results-head">
                <h2 id="results-heading">{heading}</h2>
                <Chips filters=filters.clone()/>
            </div>
            {if empty {
                view! { <NothingFound filters/> }.into_any()
            } else {
                let cards = events.items.into_iter().enumerate();
                view! {
                    <ul class="cards" role="list">
                        {cards.map(|(at, event)| view! { <EventCard event now eager=at < 6/> }).collect_view()}
                    </ul>
                }.into_any()
            }}
            {more.map(|href| view! { <p class="more"><a class="button quiet" rel="next" href=href>"More events"</a></p> })}
        </section>
    }
}

#[component]
fn Chips(filters: Filters) -> impl IntoView {
    let chips = filters.chips();
    (!chips.is_empty()).then(|| {
        view! {
            <ul class="chips" role="list" aria-label="Active filters">
                {chips.into_iter().map(|(text, href)| view! {
                    <li><a class="chip" href=href><span class="visually-hidden">"Remove "</span>{text}<span aria-hidden="true">" ×"</span></a></li>
                }).collect_view()}
                <li><a class="chip reset" href="/">"Reset all"</a></li>
            </ul>
        }
    })
}

#[component]
fn NothingFound(filters: Filters) -> impl IntoView {
    let wider = Filters { from: None, to: None, price: None, cursor: None, ..filters.clone() };
    let has_wider = wider != filters && !wider.is_empty();
    view! {
        <div class="empty">
            <p class="empty-title">"Nothing matches this search."</p>
            <p>"Try another spelling, more days or another city."</p>
            <p class="actions">
                {has_wider.then(|| view! { <a class="button" href=wider.address()>"Any date and price"</a> })}
                <a class="button quiet" href="/">"See all events"</a>
            </p>
        </div>
    }
}

/// The search as a headline: "Concert in Berlin".
fn found(filters: &Filters) -> String {
    let what = match (filters.q.is_empty(), filters.category.is_empty()) {
        (false, _) => format!("“{}”", filters.q),
        (true, false) => title_case(&filters.category),
        (true, true) => "Events".to_owned(),
    };
    if filters.city.is_empty() { what } else { format!("{what} in {}", filters.city) }
}
