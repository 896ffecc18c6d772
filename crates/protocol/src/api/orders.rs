//! Orders and tickets over HTTP.

use super::strict;
use chrono::{DateTime, Utc};
use domain::{
    ids::{OrderId, RefundId, SeatId, TicketId},
    money::Money,
};
use serde::{Deserialize, Serialize};

/// Who buys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Buyer {
    /// Name on the order.
    pub name: String,
    /// Where the tickets go.
    pub email: String,
    /// For messages on the day.
    #[serde(default)]
    pub phone: Option<String>,
    /// Send the way to the tickets as a text message as well; only with `phone`.
    #[serde(default)]
    pub text_me: bool,
    /// Send one mail before the time to pay is over. The site's own form asks it.
    #[cfg_attr(feature = "openapi", schema(ignore))]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub remind_me: bool,
}

/// `POST /api/v1/reservations/{hold_id}/commit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CommitRequest {
    /// The same again gives the same order. The header `Idempotency-Key` serves as well.
    #[serde(default)]
    pub idempotency_key: String,
    /// Who buys.
    #[serde(deserialize_with = "strict::object")]
    pub buyer: Buyer,
    /// A payment method of the provider (`pm_card_visa`): charged at once. Without: a hosted payment page.
    #[serde(default)]
    pub payment_token: Option<String>,
    /// Where the hosted page sends the buyer afterwards; must be on this site's origin.
    #[serde(default)]
    pub return_url: Option<String>,
}

/// 200 of commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Committed {
    /// The order.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub order_id: OrderId,
    /// Its page, with the key that opens it.
    pub order_url: String,
    /// `paid`.
    pub status: String,
    /// What was bought.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub seats: Vec<SeatId>,
    /// The tickets.
    pub tickets: Vec<TicketView>,
}

/// 202 of commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AwaitingPayment {
    /// The order.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub order_id: OrderId,
    /// Its page, with the key that opens it.
    pub order_url: String,
    /// `awaiting_payment`: the buyer is to pay; `processing`: the payment is being prepared or made, the order's page
    /// tells how it went on.
    pub status: String,
    /// The hosted payment page; the order's page while there is none.
    pub payment_url: String,
    /// When the seats go back.
    pub pay_before: DateTime<Utc>,
}

/// A ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TicketView {
    /// Its id.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: TicketId,
    /// The seat; absent for area places.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub seat_id: Option<SeatId>,
    /// "Stalls, row C, seat 12", or the area's name.
    pub label: String,
    /// The door that leads there; absent where the house names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// The tier's name.
    pub tier_name: String,
    /// A compact ES256 JWT, the text of the QR code.
    pub code: String,
    /// `issued`, `transferred`, `voided`, `admitted`.
    pub state: String,
}

/// What was ordered, one line a ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderLineView {
    /// The seat; absent for area places.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub seat_id: Option<SeatId>,
    /// "Stalls, row C, seat 12", or the area's name.
    pub label: String,
    /// The tier's name.
    pub tier_name: String,
    /// Before fees.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub price: Money,
    /// Fees.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub fee: Money,
    /// What was paid.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub total: Money,
}

/// `GET /api/v1/orders/{id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderView {
    /// The order.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: OrderId,
    /// What people read out on the phone.
    pub number: String,
    /// The event's id.
    pub event_id: String,
    /// `placed`, `completed`, `cancelled`, `expired`.
    pub status: String,
    /// `none`, `pending`, `captured`, `failed`.
    pub payment_status: String,
    /// `none`, `partial`, `full`.
    pub refund_status: String,
    /// Lines.
    pub lines: Vec<OrderLineView>,
    /// What was paid for all.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub total_amount: Money,
    /// Tickets, once issued.
    pub tickets: Vec<TicketView>,
    /// When an unpaid order lapses.
    pub pay_before: Option<DateTime<Utc>>,
}

/// `POST /api/v1/orders/{id}/refund`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RefundRequest {
    /// These tickets; all that are good when absent.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<String>>))]
    pub ticket_ids: Option<Vec<TicketId>>,
    /// Why, in the buyer's words; at most 500 characters.
    pub reason: String,
    /// The same again gives the same refund. The header `Idempotency-Key` serves as well.
    #[serde(default)]
    pub idempotency_key: String,
}

/// 200 of refund.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundView {
    /// The refund; null when the tickets cost nothing.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub refund_id: Option<RefundId>,
    /// What goes back.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub amount: Money,
    /// What does not, of what was paid for the tickets.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub kept_fees: Money,
    /// `pending`, `approval_required`, `succeeded`, `failed`.
    pub status: String,
    /// When banks have booked it at the latest.
    pub arrives_by: DateTime<Utc>,
}

/// `GET /api/v1/orders/{id}/refund-quote`: what a refund would be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundQuote {
    /// The tickets that would be void.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub ticket_ids: Vec<TicketId>,
    /// What would go back.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub amount: Money,
    /// What would not.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub kept_fees: Money,
    /// The last moment in which it is possible.
    pub refundable_until: DateTime<Utc>,
    /// When banks have booked it at the latest, if it is asked for now.
    pub arrives_by: DateTime<Utc>,
}
