//! `/api/v1/orders`: what became of an order, and giving tickets of it back, for whoever holds its hold's token or its
//! own key.

use crate::http::{
    params::{Bearer, IdempotencyKey, Params, Segment},
    problem::{Answer, Body, Refused},
    state::AppState,
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use domain::ids::{OrderId, TicketId};
use protocol::api::{RefundQuote, RefundRequest, RefundView};
use serde::Deserialize;
use services::OrderAuth;

/// The order's own key, as in its page's address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyQuery {
    key: Option<String>,
}

/// The order.
#[utoipa::path(get, operation_id = "get_order", path = "/api/v1/orders/{id}", tag = "orders",
    params(("id" = String, Path), ("key" = Option<String>, Query)), security((), ("hold_token" = [])),
    responses((status = 200, body = protocol::api::OrderView), (status = 401, body = protocol::api::Problem), (status = 404, body = protocol::api::Problem)))]
pub async fn show(
    State(state): State<AppState>,
    Segment(id): Segment,
    Params(query): Params<KeyQuery>,
    bearer: Bearer,
) -> Answer<Response> {
    let (id, auth) = (order_id(&id)?, proof(query.key.as_deref(), &bearer)?);
    let page = state.services.order(id, auth).await?.ok_or(services::Error::NotFound("order"))?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(page.order)).into_response())
}

/// Which tickets a quote is for, and the order's own key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuoteQuery {
    key: Option<String>,
    /// Separated by commas; all that are good when absent.
    ticket_ids: Option<String>,
}

/// What a refund would be.
#[utoipa::path(get, operation_id = "quote_refund", path = "/api/v1/orders/{id}/refund-quote", tag = "orders",
    params(("id" = String, Path), ("key" = Option<String>, Query), ("ticket_ids" = Option<String>, Query)),
    security((), ("hold_token" = [])),
    responses((status = 200, body = RefundQuote), (status = 401, body = protocol::api::Problem),
        (status = 404, body = protocol::api::Problem), (status = 409, body = protocol::api::Problem)))]
pub async fn quote(
    State(state): State<AppState>,
    Segment(id): Segment,
    Params(query): Params<QuoteQuery>,
    bearer: Bearer,
) -> Answer<Json<RefundQuote>> {
    let (id, auth) = (order_id(&id)?, proof(query.key.as_deref(), &bearer)?);
    let tickets = query.ticket_ids.as_deref().filter(|list| !list.is_empty()).map(tickets).transpose()?;
    Ok(Json(state.services.refund_quote(id, auth, tickets).await?))
}

/// Gives tickets back: they are void at once, and what was paid for them goes back.
#[utoipa::path(post, operation_id = "refund_order", path = "/api/v1/orders/{id}/refund", tag = "orders",
    params(("id" = String, Path), ("key" = Option<String>, Query)), security((), ("hold_token" = [])),
    request_body = RefundRequest,
    responses((status = 200, body = RefundView), (status = 401, body = protocol::api::Problem),
        (status = 404, body = protocol::api::Problem), (status = 409, body = protocol::api::Problem),
        (status = 422, body = protocol::api::Problem)))]
pub async fn refund(
    State(state): State<AppState>,
    Segment(id): Segment,
    Params(query): Params<KeyQuery>,
    bearer: Bearer,
    key: IdempotencyKey,
    Body(mut request): Body<RefundRequest>,
) -> Answer<Json<RefundView>> {
    key.or_as(&mut request.idempotency_key);
    let (id, auth) = (order_id(&id)?, proof(query.key.as_deref(), &bearer)?);
    Ok(Json(state.services.return_tickets(id, auth, &request).await?))
}

fn order_id(text: &str) -> Answer<OrderId> {
    text.parse().map_err(|_| Refused::from(services::Error::NotFound("order")))
}

fn proof<'a>(key: Option<&'a str>, bearer: &'a Bearer) -> Answer<OrderAuth<'a>> {
    match (key, &bearer.0) {
        (Some(key), _) => Ok(OrderAuth::Key(key)),
        (None, Some(token)) => Ok(OrderAuth::HoldToken(token)),
        (None, None) => Err(services::Error::Unauthorized.into()),
    }
}

fn tickets(list: &str) -> Answer<Vec<TicketId>> {
    let each = list.split(',').map(|id| id.trim().parse::<TicketId>());
    each.collect::<Result<_, _>>().map_err(|_| services::Error::NotFound("ticket").into())
}
