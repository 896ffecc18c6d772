//! What waits for somebody to look at it.

use super::{
    orders::refused,
    page, see_other,
    session::{Act, Member},
};
use crate::http::{problem::Refused, state::AppState};
use app::staff::{Told, trouble_page};
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use services::Error;

/// Where the list goes on, and what the form before came to.
#[derive(Deserialize)]
pub struct At {
    before: Option<i64>,
    #[serde(default)]
    done: String,
}

/// `GET /staff/trouble`
pub async fn show(State(state): State<AppState>, member: Member, Query(at): Query<At>) -> Response {
    let told = match at.done.as_str() {
        "replay" => Some(Told::new(
            "good",
            "It is tried anew",
            "Should it fail again, it comes back here with its reason.",
        )),
        "retry" => Some(Told::new("good", "It is applied", "What the provider told has had its effect.")),
        "known" => {
            Some(Told::new("warn", "That was done already", "Somebody was faster. Nothing was changed."))
        }
        _ => None,
    };
    list(&state, &member, at.before, StatusCode::OK, told).await
}

/// `POST /staff/dead-letters/{id}/replay`
pub async fn replay(State(state): State<AppState>, Path(id): Path<String>, act: Act) -> Response {
    let Ok(letter) = id.parse() else { return StatusCode::NOT_FOUND.into_response() };
    let done = async { state.services.replay_dead_letter(letter, &act.hand()?).await };
    after(&state, &act.member, done.await, "replay").await
}

/// `POST /staff/provider-facts/{id}/retry`
pub async fn retry(State(state): State<AppState>, Path(id): Path<String>, act: Act) -> Response {
    let done = async { state.services.retry_provider_fact(&id, &act.hand()?).await };
    after(&state, &act.member, done.await, "retry").await
}

async fn after(state: &AppState, member: &Member, done: services::Result<bool>, word: &str) -> Response {
    let (status, told) = match done {
        Ok(true) => return see_other(&format!("/staff/trouble?done={word}")),
        Ok(false) => return see_other("/staff/trouble?done=known"),
        Err(Error::Invalid(problems)) => (StatusCode::UNPROCESSABLE_ENTITY, refused(&problems)),
        Err(Error::Internal { id }) => {
            let text = format!("It failed once more. The log has the cause under {id}.");
            (StatusCode::SERVICE_UNAVAILABLE, Told::new("bad", "It did not work", text))
        }
        Err(error) => {
            let text = format!("It failed once more: {error}.");
            (StatusCode::SERVICE_UNAVAILABLE, Told::new("bad", "It did not work", text))
        }
    };
    list(state, member, None, status, Some(told)).await
}

async fn list(
    state: &AppState,
    member: &Member,
    before: Option<i64>,
    status: StatusCode,
    told: Option<Told>,
) -> Response {
    match state.services.trouble(before).await {
        Ok(trouble) => page(status, trouble_page(&member.desk(), trouble, told)),
        Err(error) => Refused::from(error).into_response(),
    }
}
