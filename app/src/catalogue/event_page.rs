//! The page of an event.

use super::{
    event_facts::EventFacts,
    event_prices::{EventBar, EventPrices},
    structured::json_ld,
};
use crate::{
    components::{
        loaded::loaded,
        status::{StatusNotice, halted},
    },
    error::AppError,
    format::venue_time,
    request,
};
use leptos::prelude::*;
use leptos_meta::{Link, Meta, Title};
use protocol::api::EventDetail;
use services::clock;

/// The page.
#[component]
pub fn EventPage() -> impl IntoView {
    loaded(page(request::param("slug")))
}

async fn page(slug: String) -> Result<impl IntoView, AppError> {
    let services = request::services()?;
    let event = services.event(&slug).await?.ok_or_else(AppError::not_found)?;
    let halted = halted(&services, &event.summary).await?;
    Ok(view! { <EventView event halted/> })
}

#[component]
fn EventView(event: EventDetail, halted: Option<String>) -> impl IntoView {
    let now = clock::now();
    let summary = event.summary.clone();
    let when = venue_time(summary.starts_at, &summary.venue.timezone, now);
    let paragraphs = event.description.split("\n\n").filter(|text| !text.trim().is_empty());
    let paragraphs = paragraphs.map(|text| view! { <p>{text.trim().to_owned()}</p> }).collect_view();
    view! {
        <HeadTags event=event.clone() when=when.clone()/>
        <article class="event">
            <div class="event-top">
                <header class="event-head">
                    <img class="event-poster" src=format!("/posters/{}.svg", summary.slug) alt="" width="300" height="420"/>
                    <div>
                        <p class="eyebrow">{super::filters::title_case(&summary.category)}</p>
                        <h1>{summary.name.clone()}</h1>
                        {(!summary.subtitle.is_empty()).then(|| view! { <p class="lede">{summary.subtitle.clone()}</p> })}
                        <EventFacts summary=summary.clone() when/>
                    </div>
                </header>
                <StatusNotice event=summary.clone() halted now/>
            </div>
            <aside class="event-side" aria-label="Prices and seats">
                <EventPrices event=event.clone()/>
            </aside>
            <div class="event-rest">
                <section class="prose" aria-labelledby="about">
                    <h2 id="about">"About the evening"</h2>
                    {paragraphs}
                </section>
                <PlanPreview event=event.clone()/>
                <Practicalities event/>
            </div>
        </article>
        <EventBar summary/>
    }
}

#[component]
fn HeadTags(event: EventDetail, when: String) -> impl IntoView {
    let origin = request::origin();
    let summary = &event.summary;
    let address = format!("{origin}/events/{}", summary.slug);
    let about = format!("{when}, {}, {}.", summary.venue.name, summary.venue.city);
    view! {
        <Title text=summary.name.clone()/>
        <Meta name="description" content=about.clone()/>
        <Meta property="og:type" content="website"/>
        <Meta property="og:title" content=summary.name.clone()/>
        <Meta property="og:description" content=about/>
        <Meta property="og:url" content=address.clone()/>
        <Meta property="og:image" content=format!("{origin}/posters/{}.svg", summary.slug)/>
        <Link rel="canonical" href=address/>
        <script r#type="application/ld+json" inner_html=json_ld(&event, &origin)></script>
    }
}

#[component]
fn PlanPreview(event: EventDetail) -> impl IntoView {
    let slug = event.summary.slug.clone();
    view! {
        <section class="plan-preview" aria-labelledby="plan-heading">
            <h2 id="plan-heading">"The house"</h2>
            <a href=format!("/events/{slug}/seats") aria-label="Open the seat map">
                <img src=format!("/events/{slug}/plan.svg") alt=format!("Seating plan of {}", event.summary.venue.name) loading="lazy" width="800" height="560"/>
            </a>
        </section>
    }
}

#[component]
fn Practicalities(event: EventDetail) -> impl IntoView {
    let max = event.rules.seats_per_hold_max;
    let minutes = event.rules.hold_ttl_seconds / 60;
    view! {
        <section class="practical" aria-labelledby="practical-heading">
            <h2 id="practical-heading">"Good to know"</h2>
            <dl>
                <dt>"Your seats"</dt>
                <dd>{format!("You may hold up to {max} at once. They are yours for {minutes} minutes while you pay.")}</dd>
                {event.rules.no_single_seat.then(|| view! {
                    <dt>"Side by side"</dt>
                    <dd>"A choice may not leave one seat alone between taken ones, unless the house is almost full."</dd>
                })}
                <dt>"Access"</dt>
                <dd>"Wheelchair, companion and step-free places are on the same map at the same time as all others. "<a href="/help#access">"More about access"</a></dd>
                <dt>"Refunds"</dt>
                <dd>"If the event is cancelled or moved, you get the whole price back, fees included. "<a href="/help#refunds">"All refund rules"</a></dd>
            </dl>
        </section>
    }
}
