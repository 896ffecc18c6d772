//! Asks for the way back to lost tickets.

use crate::{error::AppError, request};
use axum::{extract::ConnectInfo, http::request::Parts};
use leptos::prelude::*;
use std::net::SocketAddr;

/// Where one asks, and where the answer is said.
pub const FIND_PATH: &str = "/tickets/find";

/// Sends a link to the buyer's address, if order number and address belong together. The answer never says whether
/// they do.
#[server(prefix = "/do", endpoint = "find_tickets")]
pub async fn find_tickets(
    /// The order's number, as typed.
    number: String,
    /// The buyer's address, as typed.
    email: String,
) -> Result<(), AppError> {
    let from = use_context::<Parts>()
        .and_then(|parts| parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip()));
    request::services()?.send_ticket_link(&number, &email, from).await?;
    request::see_other(&format!("{FIND_PATH}?sent=1"));
    Ok(())
}
