//! Reading an order: for whoever holds its key, or the token of its hold.

use crate::{
    Error, ReceiptName, Result, Services, checkout::is_the_banks, clock, digest, receipts::taxes_of,
    tickets::place_label,
};
use domain::{
    ids::{OrderId, OrderLineId, SeatId},
    money::Money,
    payment::Dispute,
    tax::RateTotal,
};
use protocol::api::{Buyer, EventSummary, OrderLineView, OrderView, TicketView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store_pg::{
    orders::{Order, OrderStatus, Place},
    payments::{Payment, PaymentState},
    refunds::RefundState,
    tickets::Ticket,
};
use subtle::ConstantTimeEq;

/// How a caller proves an order.
#[derive(Clone, Copy, Debug)]
pub enum OrderAuth<'a> {
    /// By the key in its page's address.
    Key(&'a str),
    /// By the token of the hold it came from.
    HoldToken(&'a str),
}

/// Everything an order's page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderPage {
    /// The order.
    pub order: OrderView,
    /// Its event.
    pub event: EventSummary,
    /// Who bought.
    pub buyer: Buyer,
    /// The seats went back: nothing can be paid any more.
    pub seats_released: bool,
    /// The hosted payment page, while it is open.
    pub payment_url: Option<String>,
    /// Why the bank declined the last try to pay, as the provider names it; the page may be open all the same.
    pub declined: Option<String>,
    /// No way to pay is open, but another may be opened.
    pub can_pay_again: bool,
    /// Money that goes back, the oldest first.
    pub refunds: Vec<MoneyBack>,
    /// The tax in its total by rate; empty where there is none.
    pub taxes: Vec<RateTotal>,
    /// Its invoice, and what was credited since.
    pub receipts: Vec<ReceiptName>,
    /// The bank wants the money back, or decided about that.
    pub dispute: Option<Dispute>,
}

/// A refund as its buyer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyBack {
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: RefundState,
    /// It came without seats; else tickets were given back.
    pub surplus: bool,
}

impl Services {
    /// An order; `None` when there is none. A wrong proof is refused.
    pub async fn order(&self, id: OrderId, auth: OrderAuth<'_>) -> Result<Option<OrderPage>> {
        let Some(order) = self.order_row(id, auth).await? else { return Ok(None) };
        let sale = self.sale_by_id(order.event).await?.ok_or(Error::NotFound("event"))?;
        let counts = self.availability(order.event).await.unwrap_or_default();
        let open = order.status == OrderStatus::Placed;
        let (mut payment, mut refunds, mut dispute) = (None, Vec::new(), None);
        if open {
            payment = self.pg.payments_of_order(id).await?.pop();
        } else {
            let stored = self.pg.refunds_of_order(id).await?;
            let pays = if stored.is_empty() { None } else { self.pg.captured_payment(id).await? };
            let back = |r: &store_pg::refunds::Refund| MoneyBack {
                amount: r.amount,
                state: r.state,
                surplus: Some(r.payment) != pays,
            };
            refunds.extend(stored.iter().map(back));
            dispute = self.pg.dispute_of_order(id).await?;
        }
        let live = payment.as_ref().is_some_and(can_succeed);
        let contact = &order.contact;
        Ok(Some(OrderPage {
            order: self.order_view(&order).await?,
            event: sale.summary(clock::now(), counts),
            buyer: Buyer {
                name: contact.name.clone(),
                email: contact.email.clone(),
                phone: contact.phone.clone(),
                text_me: contact.text_me,
                remind_me: contact.remind_me,
            },
            seats_released: matches!(order.status, OrderStatus::Cancelled | OrderStatus::Expired),
            can_pay_again: payment.is_some() && !live,
            declined: payment.as_ref().and_then(|p| p.failure.clone()).filter(|f| is_the_banks(f)),
            payment_url: payment.filter(|_| live).and_then(|p| p.url),
            refunds,
            taxes: taxes_of(&order)?,
            receipts: if open { Vec::new() } else { self.receipt_names(id).await? },
            dispute,
        }))
    }

    /// The stored order, for whoever proves it.
    pub(crate) async fn order_row(&self, id: OrderId, auth: OrderAuth<'_>) -> Result<Option<Order>> {
        let Some(order) = self.pg.order_by_id(id).await? else { return Ok(None) };
        let (given, known) = match auth {
            OrderAuth::Key(key) => (digest(key), &order.access_digest),
            OrderAuth::HoldToken(token) => {
                let claim = self.config.hold_secret.verify(token).ok_or(Error::Unauthorized)?;
                (claim.digest, &order.token_digest)
            }
        };
        if bool::from(given.as_bytes().ct_eq(known.as_bytes())) {
            Ok(Some(order))
        } else {
            Err(Error::Unauthorized)
        }
    }

    /// The order as outside programs read it.
    pub(crate) async fn order_view(&self, order: &Order) -> Result<OrderView> {
        let sale = self.sale_by_id(order.event).await?.ok_or(Error::NotFound("event"))?;
        let tickets = self.pg.tickets_of_order(order.id).await?;
        let by_line: HashMap<OrderLineId, &Ticket> = tickets.iter().map(|t| (t.line, t)).collect();
        let seat = |place: Place, id: &str| matches!(place, Place::Seat(_)).then(|| SeatId(id.to_owned()));
        let mut lines = Vec::with_capacity(order.lines.len());
        let mut views = Vec::with_capacity(tickets.len());
        for line in &order.lines {
            let total = line.price.plus(line.fee).map_err(Error::internal)?;
            lines.push(OrderLineView {
                seat_id: seat(line.place, &line.place_id),
                label: place_label(line),
                tier_name: line.tier_name.clone(),
                price: line.price,
                fee: line.fee,
                total,
            });
            if let Some(ticket) = by_line.get(&line.id) {
                views.push(TicketView {
                    id: ticket.id,
                    seat_id: seat(line.place, &line.place_id),
                    label: place_label(line),
                    gate: sale.house.gate(line.place).map(str::to_owned),
                    tier_name: line.tier_name.clone(),
                    code: ticket.code.clone(),
                    state: name_of(&ticket.state)?,
                });
            }
        }
        Ok(OrderView {
            id: order.id,
            number: order.number.clone(),
            event_id: order.event.to_string(),
            status: name_of(&order.status)?,
            payment_status: name_of(&order.payment_status)?,
            refund_status: name_of(&order.refund_status)?,
            lines,
            total_amount: order.total,
            tickets: views,
            pay_before: (order.status == OrderStatus::Placed).then_some(order.pay_before),
        })
    }
}

/// Whether money can still come from a payment.
fn can_succeed(payment: &Payment) -> bool {
    matches!(payment.state, PaymentState::Creating | PaymentState::Open | PaymentState::Processing)
}

/// A state by its name in the contract.
fn name_of(state: &impl Serialize) -> Result<String> {
    match serde_json::to_value(state) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        _ => Err(Error::internal("a state without a name")),
    }
}
