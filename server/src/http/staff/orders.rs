//! Orders: found, read, helped.

use super::{
    page, see_other,
    session::{Act, Member},
};
use crate::http::{problem::Refused, state::AppState};
use app::staff::{Told, order_page, search_page};
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::ids::OrderId;
use serde::Deserialize;
use services::{
    Error, clock,
    support::{Found, Released, Search},
};

/// What the search form says.
#[derive(Deserialize)]
pub struct Words {
    #[serde(default)]
    words: String,
    #[serde(default)]
    event: String,
    #[serde(default)]
    after: String,
}

/// What a page tells of the form before it.
#[derive(Deserialize)]
pub struct Done {
    #[serde(default)]
    done: String,
}

/// `GET /staff`
pub async fn search(
    State(state): State<AppState>,
    member: Member,
    Query(words): Query<Words>,
) -> Result<Response, Refused> {
    let search = Search { words: words.words, event: words.event, after: words.after };
    let (status, found, told) = match state.services.find_orders(&search).await {
        Ok(found) => (StatusCode::OK, found, None),
        Err(Error::Invalid(problems)) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Found { orders: Vec::new(), next: None },
            Some(refused(&problems)),
        ),
        Err(error) => return Err(error.into()),
    };
    Ok(page(status, search_page(&member.desk(), &search, found, told)))
}

/// `GET /staff/orders/{id}`
pub async fn show(
    State(state): State<AppState>,
    member: Member,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Response {
    let told = match done.done.as_str() {
        "resend" => Some(Told::new(
            "good",
            "The tickets are on their way again",
            "The timeline tells when they were sent.",
        )),
        "release" => Some(Told::new("good", "The seats are free", "No money was taken for them.")),
        "refund" => Some(Told::new(
            "good",
            "The money is on its way back",
            "The tickets are void and their seats free. The buyer is told by mail; the list of refunds shows how far it is.",
        )),
        "closing" => Some(Told::new(
            "warn",
            "The payment page is being closed",
            "The seats go back as soon as the provider has said that no money can come. Load this page again in a moment.",
        )),
        "paid" => Some(Told::new(
            "warn",
            "It was paid meanwhile",
            "Nothing was given back: the tickets are the buyer's.",
        )),
        _ => None,
    };
    file(&state, &member, &id, StatusCode::OK, told).await
}

/// `POST /staff/orders/{id}/resend`
pub async fn resend(State(state): State<AppState>, Path(id): Path<String>, act: Act) -> Response {
    let Ok(order) = id.parse::<OrderId>() else { return StatusCode::NOT_FOUND.into_response() };
    let done = async { state.services.resend_tickets(order, &act.hand()?).await };
    match done.await {
        Ok(()) => see_other(&format!("/staff/orders/{order}?done=resend")),
        Err(error) => sorry(&state, &act.member, &id, error).await,
    }
}

/// `POST /staff/orders/{id}/refund`
pub async fn refund(State(state): State<AppState>, Path(id): Path<String>, act: Act) -> Response {
    let Ok(order) = id.parse::<OrderId>() else { return StatusCode::NOT_FOUND.into_response() };
    let done = async { state.services.refund_for_buyer(order, &act.hand()?).await };
    match done.await {
        Ok(()) => see_other(&format!("/staff/orders/{order}?done=refund")),
        Err(error) => sorry(&state, &act.member, &id, error).await,
    }
}

/// `POST /staff/orders/{id}/release`
pub async fn release(State(state): State<AppState>, Path(id): Path<String>, act: Act) -> Response {
    let Ok(order) = id.parse::<OrderId>() else { return StatusCode::NOT_FOUND.into_response() };
    let done = async { state.services.release_for_buyer(order, &act.hand()?).await };
    let done = match done.await {
        Ok(Released::Done) => "release",
        Ok(Released::UnderWay) => "closing",
        Ok(Released::Paid) => "paid",
        Err(error) => return sorry(&state, &act.member, &id, error).await,
    };
    see_other(&format!("/staff/orders/{order}?done={done}"))
}

/// What was wrong with a form, on the page that it stood on; nothing was changed.
async fn sorry(state: &AppState, member: &Member, id: &str, error: Error) -> Response {
    match error {
        Error::Invalid(problems) => {
            file(state, member, id, StatusCode::UNPROCESSABLE_ENTITY, Some(refused(&problems))).await
        }
        Error::NotFound(_) => StatusCode::NOT_FOUND.into_response(),
        Error::Busy { .. } => {
            let told =
                Told::new("bad", "Busy", "Somebody else is at work on this order. Try again in a moment.");
            file(state, member, id, StatusCode::SERVICE_UNAVAILABLE, Some(told)).await
        }
        other => Refused::from(other).into_response(),
    }
}

async fn file(
    state: &AppState,
    member: &Member,
    id: &str,
    status: StatusCode,
    told: Option<Told>,
) -> Response {
    let Ok(order) = id.parse::<OrderId>() else { return StatusCode::NOT_FOUND.into_response() };
    match state.services.order_file(order).await {
        Ok(Some(file)) => page(status, order_page(&member.desk(), file, told, clock::now())),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => Refused::from(error).into_response(),
    }
}

/// The problems of a request as one message.
pub(super) fn refused(problems: &[services::Invalid]) -> Told {
    let text = problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join(" ");
    Told::new("bad", "Nothing was changed", text)
}
