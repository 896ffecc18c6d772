//! What support does: find an order, read all that is on record about it, and help. Whoever calls these has shown who
//! they are; what changes something takes a [`Hand`].

mod search;

pub use search::{Found, Search};

use crate::{Error, Result, Services, clock, staff::Hand, tickets::place_label};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    checkout::{Input, Phase},
    ids::{OrderId, TicketId},
    money::Money,
};
use store_pg::{StoreError, orders::OrderStatus, support::Find, tickets::TicketState};

pub use store_pg::{
    dead_letters::DeadLetter,
    orders::{PaymentStatus, RefundStatus},
    payments::{Payment, PaymentState},
    refunds::Refund,
    support::{Entry, FoundOrder, Source, StuckFact},
};

/// Rows of one page.
const PAGE: u32 = 25;
/// A provider fact that is older and not applied hangs.
const HANGS_AFTER: TimeDelta = TimeDelta::seconds(30);

/// A ticket as support sees it: never its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketLine {
    /// Its name; `None` while it is not issued.
    pub ticket: Option<TicketId>,
    /// Seat, row, section.
    pub place: String,
    /// What was paid for.
    pub tier: String,
    /// Price and fee.
    pub total: Money,
    /// Where it stands; `None` while it is not issued.
    pub state: Option<TicketState>,
}

/// All that is on record about an order.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderFile {
    /// The order itself.
    pub order: FoundOrder,
    /// The buyer's phone.
    pub buyer_phone: Option<String>,
    /// Deadline of the payment.
    pub pay_before: DateTime<Utc>,
    /// Each line with its ticket.
    pub lines: Vec<TicketLine>,
    /// Attempts to pay, the oldest first.
    pub payments: Vec<Payment>,
    /// Money on its way back, the oldest first.
    pub refunds: Vec<Refund>,
    /// What happened, the oldest first.
    pub timeline: Vec<Entry>,
    /// The venue's time zone.
    pub timezone: String,
}

impl OrderFile {
    /// Whether there are tickets that can be sent again.
    pub fn can_resend(&self) -> bool {
        self.order.status == OrderStatus::Completed
    }

    /// Whether there is money that can go back.
    pub fn can_refund(&self) -> bool {
        let order = &self.order;
        order.status == OrderStatus::Completed
            && order.payment_status == PaymentStatus::Captured
            && order.refund_status != RefundStatus::Full
    }

    /// Whether it holds seats that can be given back.
    pub fn can_release(&self) -> bool {
        self.order.status == OrderStatus::Placed
    }
}

/// What came of giving seats back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Released {
    /// The seats are free.
    Done,
    /// The provider has not said yet that no money can come; the seats go when it does.
    UnderWay,
    /// It was paid meanwhile: the tickets are the buyer's.
    Paid,
}

/// What waits for somebody to look at it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// What workers gave up on, the newest first.
    pub dead_letters: Vec<DeadLetter>,
    /// Where that list goes on.
    pub next: Option<i64>,
    /// What the provider said and could not be applied, the oldest first.
    pub stuck: Vec<StuckFact>,
}

impl Services {
    /// An order with all that is on record about it.
    pub async fn order_file(&self, id: OrderId) -> Result<Option<OrderFile>> {
        let Some(order) = self.pg.order_by_id(id).await? else { return Ok(None) };
        let Some(row) = self.pg.find_orders(&Find::Id(id.0), None, 1).await?.pop() else { return Ok(None) };
        let tickets = self.pg.tickets_of_order(id).await?;
        let timezone = self.sale_by_id(order.event).await?.map(|s| s.row.summary.venue.timezone.clone());
        let lines = order.lines.iter().map(|line| {
            // The newest ticket of a line is the one that counts.
            let ticket = tickets.iter().rfind(|ticket| ticket.line == line.id);
            Ok(TicketLine {
                ticket: ticket.map(|ticket| ticket.id),
                place: place_label(line),
                tier: line.tier_name.clone(),
                total: line.price.plus(line.fee).map_err(Error::internal)?,
                state: ticket.map(|ticket| ticket.state),
            })
        });
        Ok(Some(OrderFile {
            lines: lines.collect::<Result<_>>()?,
            order: row,
            buyer_phone: order.contact.phone.clone(),
            pay_before: order.pay_before,
            payments: self.pg.payments_of_order(id).await?,
            refunds: self.pg.refunds_of_order(id).await?,
            timeline: self.pg.timeline(id).await?,
            timezone: timezone.unwrap_or_else(|| "UTC".to_owned()),
        }))
    }

    /// Has the tickets of an order sent to its buyer again.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it has none.
    pub async fn resend_tickets(&self, order: OrderId, by: &Hand) -> Result<()> {
        match self.pg.ask_for_tickets_again(order, &by.cause()).await {
            Err(StoreError::WrongState { .. }) => {
                Err(Error::invalid("/order", "This order has no tickets that could be sent."))
            }
            other => Ok(other.map(drop)?),
        }
    }

    /// Takes all tickets of an order back that still admit, and gives what was paid for them back.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there is nothing to give back.
    pub async fn refund_for_buyer(&self, order: OrderId, by: &Hand) -> Result<()> {
        let cause = by.cause();
        match self.request_refund(order, None, cause.reason, cause.actor).await {
            Err(Error::NotRefundable { .. }) => {
                Err(Error::invalid("/order", "This order has no money that could go back."))
            }
            other => other.map(drop),
        }
    }

    /// Gives the seats of an order back that was not paid: the payment is closed at the provider first (INV-6).
    ///
    /// # Errors
    /// [`Error::Invalid`] when it does not wait for its payment any more.
    pub async fn release_for_buyer(&self, id: OrderId, by: &Hand) -> Result<Released> {
        let order = self.pg.order_by_id(id).await?.ok_or(Error::NotFound("order"))?;
        if order.status != OrderStatus::Placed {
            return Err(Error::invalid("/order", "This order holds no seats that could be given back."));
        }
        self.pg.note_on_order(id, "release_asked", &by.cause()).await?;
        let running = self.drive(id, Input::Abandon).await?;
        let running = self.come_to_rest(id, running).await?;
        Ok(match running.state.phase {
            Phase::Closed(_) | Phase::Refused => Released::Done,
            Phase::Completed => Released::Paid,
            _ => Released::UnderWay,
        })
    }

    /// What waits for somebody to look at it; `before` is where the list of dead letters goes on.
    pub async fn trouble(&self, before: Option<i64>) -> Result<Trouble> {
        let mut dead_letters = self.pg.dead_letters(before, PAGE + 1).await?;
        let more = dead_letters.len() > PAGE as usize;
        dead_letters.truncate(PAGE as usize);
        let next = dead_letters.last().filter(|_| more).map(|letter| letter.id);
        let stuck = self.pg.stuck_facts(clock::now() - HANGS_AFTER, PAGE).await?;
        Ok(Trouble { dead_letters, next, stuck })
    }

    /// Has a dead letter tried anew. `false` when that was done before.
    pub async fn replay_dead_letter(&self, letter: i64, by: &Hand) -> Result<bool> {
        Ok(self.pg.replay(letter, &by.cause()).await?)
    }

    /// Applies what the provider said once more. `false` when it was applied meanwhile.
    ///
    /// # Errors
    /// What applying it came to.
    pub async fn retry_provider_fact(&self, id: &str, by: &Hand) -> Result<bool> {
        let Some(fact) = self.pg.retry_fact(id, &by.cause()).await? else { return Ok(false) };
        if let Err(error) = self.apply_stored(&fact).await {
            self.pg.mark_failed(&fact.id, &error.to_string()).await?;
            return Err(error);
        }
        Ok(true)
    }
}
