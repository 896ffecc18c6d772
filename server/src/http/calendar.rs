//! The event as a calendar entry.

use super::{problem::Answer, state::AppState};
use axum::{
    Router,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use icalendar::{Calendar, Component, Event, EventLike};
use services::Error;

/// `/events/{slug}/calendar.ics`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/events/{slug}/calendar.ics", get(calendar))
}

async fn calendar(State(state): State<AppState>, Path(slug): Path<String>) -> Answer<Response> {
    let sale = state.services.sale(&slug).await?.ok_or(Error::NotFound("event"))?;
    let event = &sale.row.summary;
    let url = format!("{}/events/{}", state.services.base_url(), event.slug);
    let address = app::format::address_line(&event.venue.address, &event.venue.city);
    let place = format!("{}, {address}", event.venue.name);
    let entry = Event::new()
        .uid(&format!("{}@parterre", event.id))
        .summary(&event.name)
        .description(&format!("{}\n{url}", event.subtitle))
        .location(&place)
        .url(&url)
        .starts(event.starts_at)
        .ends(event.ends_at)
        .timestamp(sale_stamp(&sale))
        .done();
    let text = Calendar::new().push(entry).done().to_string();
    let name = format!("attachment; filename=\"{}.ics\"", event.slug);
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, text).into_response())
}

/// The entry is the same as long as the event is: calendars compare stamps.
fn sale_stamp(sale: &services::Sale) -> chrono::DateTime<chrono::Utc> {
    sale.row.summary.on_sale_at
}
