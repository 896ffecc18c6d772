//! Back from the payment page without paying: the seats are given back.

use crate::{error::AppError, request};
use domain::ids::OrderId;
use leptos::prelude::*;

/// Closes the payment first, then gives the seats back; the order page then says what came of it.
#[server(prefix = "/do", endpoint = "abandon_order")]
pub async fn abandon_order(
    /// Which order.
    order: OrderId,
    /// The key of its page.
    key: String,
) -> Result<(), AppError> {
    request::services()?.abandon(order, &key).await?;
    request::see_other(&order_address(&order.to_string(), &key));
    Ok(())
}

/// The page of an order.
pub fn order_address(order: &str, key: &str) -> String {
    let key = serde_urlencoded::to_string([("key", key)]).unwrap_or_default();
    format!("/orders/{order}?{key}")
}
