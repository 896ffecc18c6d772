//! Another try to pay an order.

use crate::{error::AppError, request};
use domain::ids::OrderId;
use leptos::prelude::*;

/// Opens a payment page, or goes back to the one that is open.
#[server(prefix = "/do", endpoint = "pay_order")]
pub async fn pay_order(
    /// Which order.
    order: OrderId,
    /// The key of its page.
    key: String,
) -> Result<(), AppError> {
    let address = request::services()?.pay_again(order, &key).await?;
    request::see_other(&address);
    Ok(())
}
