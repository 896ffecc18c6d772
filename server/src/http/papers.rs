//! What a buyer takes along: tickets and receipts as PDF, the evening for the calendar; and the way back for who lost them.

use super::{
    params::{Params, Segment},
    problem::{Answer, Refused},
    state::AppState,
};
use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use domain::ids::{OrderId, TicketId};
use serde::Deserialize;
use services::{Error, OrderAuth, PageSize, Paper};

/// `/orders/{id}/tickets.pdf`, `/orders/{id}/receipt.pdf`, `/orders/{id}/calendar.ics`, `/orders/{id}/ticket.pkpass`, `/tickets/open`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/orders/{id}/tickets.pdf", get(pdf))
        .route("/orders/{id}/receipt.pdf", get(receipt))
        .route("/orders/{id}/calendar.ics", get(calendar))
        .route("/orders/{id}/ticket.pkpass", get(pass))
        .route("/tickets/open", get(open))
}

const NO_TICKET: Error = Error::NotFound("ticket");

/// Which paper, and the order's own key, as in its page's address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaperQuery {
    key: Option<String>,
    /// One ticket alone.
    ticket: Option<String>,
    /// `a4` or `phone`.
    size: Option<String>,
}

impl PaperQuery {
    fn key(&self) -> Answer<OrderAuth<'_>> {
        let key = self.key.as_deref().ok_or(Error::Unauthorized)?;
        Ok(OrderAuth::Key(key))
    }

    fn ticket(&self) -> Answer<Option<TicketId>> {
        let parse = |text: &String| text.parse().map_err(|_| Refused::from(Error::NotFound("ticket")));
        self.ticket.as_ref().map(parse).transpose()
    }

    fn size(&self) -> Answer<PageSize> {
        let parse = |text: &String| {
            text.parse().map_err(|()| Refused::from(Error::invalid("/size", "The size is a4 or phone.")))
        };
        Ok(self.size.as_ref().map(parse).transpose()?.unwrap_or_default())
    }
}

async fn pdf(
    State(state): State<AppState>,
    Segment(id): Segment,
    Params(query): Params<PaperQuery>,
) -> Answer<Response> {
    let id = order_id(&id)?;
    let paper = state.services.tickets_pdf(id, query.key()?, query.ticket()?, query.size()?).await?;
    sent(paper.ok_or(NO_TICKET)?, "application/pdf", "inline")
}

/// Which document, and the order's own key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReceiptQuery {
    key: Option<String>,
    /// The name of one of its documents; without it, its invoice.
    number: Option<String>,
}

async fn receipt(
    State(state): State<AppState>,
    Segment(id): Segment,
    Params(query): Params<ReceiptQuery>,
) -> Answer<Response> {
    let id = order_id(&id)?;
    let key = query.key.as_deref().ok_or(Error::Unauthorized)?;
    let paper = state.services.receipt_pdf(id, OrderAuth::Key(key), query.number.as_deref()).await?;
    sent(paper.ok_or(Error::NotFound("receipt"))?, "application/pdf", "inline")
}

async fn calendar(
    State(state): State<AppState>,
    Segment(id): Segment,
    Params(query): Params<PaperQuery>,
) -> Answer<Response> {
    let id = order_id(&id)?;
    let paper = state.services.order_calendar(id, query.key()?, query.ticket()?).await?;
    sent(paper.ok_or(NO_TICKET)?, "text/calendar; charset=utf-8", "attachment")
}

async fn pass(
    State(state): State<AppState>,
    Segment(id): Segment,
    Params(query): Params<PaperQuery>,
) -> Answer<Response> {
    let id = order_id(&id)?;
    let ticket = query.ticket()?.ok_or(Error::NotFound("ticket"))?;
    let paper = state.services.wallet_pass(id, query.key()?, ticket).await?;
    sent(paper.ok_or(NO_TICKET)?, "application/vnd.apple.pkpass", "attachment")
}

fn order_id(text: &str) -> Answer<OrderId> {
    text.parse().map_err(|_| Error::NotFound("order").into())
}

fn sent(paper: Paper, kind: &'static str, place: &str) -> Answer<Response> {
    // Numbers are plain; whatever else one should have stays out of the header.
    let name: String =
        paper.name.chars().filter(|c| c.is_ascii_alphanumeric() || "-.".contains(*c)).collect();
    let disposition = format!("{place}; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, paper.bytes).into_response())
}

/// What proves the reader of a mail.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkQuery {
    t: String,
}

/// The link of a mail to who lost the tickets: leads to the order, or back to where another one is asked for.
async fn open(State(state): State<AppState>, Params(query): Params<LinkQuery>) -> Response {
    let path = match state.services.open_ticket_link(&query.t) {
        Ok(path) => path,
        Err(refusal) => {
            tracing::debug!(%refusal, "a link to lost tickets opens nothing");
            "/tickets/find?expired=1".to_owned()
        }
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    if let Ok(path) = HeaderValue::from_str(&path) {
        headers.insert(header::LOCATION, path);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
