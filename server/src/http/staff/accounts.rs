//! Who works here; for admins.

use super::{
    orders::refused,
    page, see_other,
    session::{Act, Member},
};
use crate::http::{problem::Refused, state::AppState};
use app::staff::{Told, accounts_page};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use services::Error;
use uuid::Uuid;

/// `GET /staff/accounts`
pub async fn show(State(state): State<AppState>, member: Member) -> Response {
    if let Some(refused) = member.not_admin() {
        return refused;
    }
    list(&state, &member, StatusCode::OK, None).await
}

/// `POST /staff/accounts/{id}/disable`
pub async fn disable(State(state): State<AppState>, Path(id): Path<String>, act: Act) -> Response {
    if let Some(refused) = act.member.not_admin() {
        return refused;
    }
    let Ok(id) = id.parse::<Uuid>() else { return StatusCode::NOT_FOUND.into_response() };
    let done = async { state.services.disable_staff(id, &act.hand()?).await };
    match done.await {
        Ok(_) => see_other("/staff/accounts"),
        Err(Error::Invalid(problems)) => {
            list(&state, &act.member, StatusCode::UNPROCESSABLE_ENTITY, Some(refused(&problems))).await
        }
        Err(error) => Refused::from(error).into_response(),
    }
}

async fn list(state: &AppState, member: &Member, status: StatusCode, told: Option<Told>) -> Response {
    match state.services.staff().await {
        Ok(accounts) => page(status, accounts_page(&member.desk(), accounts, told)),
        Err(error) => Refused::from(error).into_response(),
    }
}
