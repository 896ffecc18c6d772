//! `/api/v1/events/{id}/best-available`: what "choose for me" would take.

use super::sale_of;
use crate::http::{
    params::{Params, Segment},
    problem::Answer,
    state::AppState,
};
use axum::{Json, extract::State};
use domain::ids::ZoneId;
use protocol::api::{BestAvailable, BestAvailableWish};
use serde::Deserialize;

/// What is wished.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WishQuery {
    quantity: u32,
    zone: Option<String>,
    accessible: Option<bool>,
}

/// The seats that would be taken; holds nothing.
#[utoipa::path(get, operation_id = "get_best_available", path = "/api/v1/events/{id}/best-available", tag = "catalogue",
    params(("id" = String, Path), ("quantity" = u32, Query), ("zone" = Option<String>, Query), ("accessible" = Option<bool>, Query)),
    responses((status = 200, body = BestAvailable), (status = 409, body = protocol::api::Problem)))]
pub async fn show(
    State(state): State<AppState>,
    Segment(id): Segment,
    Params(query): Params<WishQuery>,
) -> Answer<Json<BestAvailable>> {
    let sale = sale_of(&state, &id).await?;
    let zone_id = query.zone.filter(|zone| !zone.is_empty()).map(ZoneId);
    let wish = BestAvailableWish {
        quantity: query.quantity,
        zone_id,
        accessible: query.accessible.unwrap_or_default(),
    };
    Ok(Json(state.services.best_available(&sale, &wish).await?))
}
