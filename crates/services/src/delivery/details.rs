//! What a message says beyond the booking, read off its fact and the stores when it is sent.

use super::notice::{Notice, read};
use crate::{Result, Services, clock};
use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{PaymentId, RefundId};
use notifications::{Details, Template, moment, time_of_day};
use serde::Deserialize;
use store_pg::{
    facts::Fact,
    orders::{Order, OrderStatus},
    payments::PaymentState,
};

/// How long a link of a lost ticket opens its order.
pub(super) const LINK_MINUTES: i64 = 30;

/// Where an event was before it was changed, as the fact keeps it.
#[derive(Deserialize)]
struct Before {
    starts_at: DateTime<Utc>,
    venue: String,
}

impl Services {
    /// Whether the buyer is to be told at all.
    pub(super) async fn concerns_buyer(&self, fact: &Fact, notice: &Notice, order: &Order) -> Result<bool> {
        match notice.template {
            // Of money that came too late they were told when it came.
            Template::RefundPending => {
                let Some(payment) = read::<PaymentId>(&fact.payload, "payment") else { return Ok(true) };
                let payment = self.pg.payment_by_id(payment).await?;
                Ok(payment.is_none_or(|payment| payment.state != PaymentState::Surplus))
            }
            Template::HoldLapsing => Ok(still_to_pay(order)),
            Template::TicketsResent => Ok(order.status == OrderStatus::Completed),
            _ => Ok(true),
        }
    }

    /// What the message to the buyer of `order` says beyond the booking.
    pub(super) async fn details(&self, fact: &Fact, notice: &Notice, order: &Order) -> Result<Details> {
        let mut details = Details { twice: order.status == OrderStatus::Completed, ..Details::default() };
        match notice.template {
            Template::LatePayment => {
                if let Some(payment) = read::<PaymentId>(&fact.payload, "payment") {
                    details.amount = self.pg.payment_by_id(payment).await?.map(|payment| payment.amount);
                }
            }
            Template::RefundPending | Template::RefundDone | Template::RefundFailed => {
                let id = read::<RefundId>(&fact.payload, "refund");
                let refunds = self.pg.refunds_of_order(order.id).await?;
                details.amount = refunds.into_iter().find(|r| Some(r.id) == id).map(|r| r.amount);
                if let (Template::RefundDone, Some(id)) = (notice.template, id) {
                    details.receipt = self.credit_note_of(order, id).await?;
                }
            }
            Template::Tickets | Template::TicketsResent => {
                details.receipt = self.invoice_of(order).await?;
            }
            Template::TicketLink => {
                let until = clock::now() + TimeDelta::minutes(LINK_MINUTES);
                details.link = Some(self.ticket_link(order.id, until));
            }
            Template::HoldLapsing => {
                if let Some(sale) = self.sale_by_id(order.event).await? {
                    let timezone = &sale.row.summary.venue.timezone;
                    details.until = Some(time_of_day(order.pay_before, timezone));
                }
            }
            Template::EventChanged => {
                if let Some(before) = read::<Before>(&fact.payload, "before")
                    && let Some(sale) = self.sale_by_id(order.event).await?
                {
                    let timezone = &sale.row.summary.venue.timezone;
                    details.before =
                        Some(format!("{}, {}", moment(before.starts_at, timezone), before.venue));
                }
            }
            _ => {}
        }
        Ok(details)
    }
}

/// The order waits for its payment, and there is time left.
pub(super) fn still_to_pay(order: &Order) -> bool {
    order.status == OrderStatus::Placed && clock::now() < order.pay_before
}
