//! How an order ends in the stores: committed with its tickets, or its seats given back.

use crate::{
    Error, Result, Services,
    checkout::state::{Running, payment_id},
    clock, tickets,
};
use domain::{
    checkout::{Input, Phase, Reason, answers},
    seat::SeatIx,
};
use store_pg::{
    StoreError,
    audit::Cause,
    orders::{
        Order, Place,
        commit::{Capture, CapturedPayment, Commit},
    },
    reservations::release::{Ending, Release},
};
use store_redis::SettleOutcome;

impl Services {
    pub(super) async fn commit_order(
        &self,
        order: &Order,
        running: &Running,
        round: u32,
        attempt: Option<u32>,
    ) -> Result<Option<Input>> {
        let sale = self.sale_by_id(order.event).await?.ok_or(Error::NotFound("event"))?;
        let payment = match attempt {
            Some(attempt) => self.pg.payment_by_id(payment_id(order.id, attempt)).await?,
            None => None,
        };
        let payment = payment.map(|p| CapturedPayment { id: p.id, intent: p.intent_id, amount: p.amount });
        let capture =
            Capture { order: order.id, payment, tickets: tickets::new_tickets(&self.tickets, &sale, order)? };
        let cause = Cause::by("checkout", clock::now());
        let late = round > 1 || running.state.phase == Phase::Reacquiring;
        let commit = if late {
            self.pg.commit_late(&capture, &cause).await
        } else {
            match self.commits.commit(capture.clone()).await {
                Ok(Commit::Late(_)) => self.pg.commit_late(&capture, &cause).await,
                done => done,
            }
        };
        let end = match commit {
            Ok(Commit::Issued(_)) => answers::Commit::Issued,
            Ok(Commit::Already { .. }) => answers::Commit::Already,
            // The seats are somebody else's, or the hold went on with another order: this money goes back.
            Ok(Commit::Late(_))
            | Err(
                StoreError::SeatTaken { .. }
                | StoreError::AreaFull { .. }
                | StoreError::NotForSale
                | StoreError::WrongState { .. }
                | StoreError::AmountMismatch,
            ) => answers::Commit::Refused,
            Err(error) => return Err(error.into()),
        };
        Ok(Some(answers::committed(end, round)))
    }

    /// Tells Redis how the reservation ended. When Redis lost the event, whoever loads it reads it from PostgreSQL, and
    /// tells it again if that was too early ([`Services::load`]).
    pub(super) async fn settle(&self, order: &Order, sold: bool) -> Result<()> {
        let told = self.redis.settle(order.event, order.hold, &seats(order), sold).await?;
        if told == SettleOutcome::NotLoaded
            && let Some(sale) = self.sale_by_id(order.event).await?
        {
            self.load(&sale).await?;
        }
        Ok(())
    }

    pub(super) async fn give_back(
        &self,
        order: &Order,
        running: &Running,
        round: u32,
        reason: Reason,
    ) -> Result<Option<Input>> {
        let ending = if reason == Reason::Deadline { Ending::Expired } else { Ending::Cancelled };
        let why = match reason {
            Reason::Abandoned => "the buyer left",
            Reason::Deadline => "not paid in time",
            Reason::SeatsLost => "the seats were lost",
        };
        for payment in self.pg.payments_of_order(order.id).await? {
            let Some(session) = super::hosted::stray_page(&payment) else { continue };
            let attempt = running.attempt_of(order.id, payment.id).unwrap_or_default();
            if let Some(Input::Captured { .. }) = self.close_page(payment.id, session, attempt).await? {
                return Ok(Some(Input::Captured { attempt }));
            }
        }
        let cause = Cause::because("checkout", why, clock::now());
        match self.pg.release_order(order.id, ending, &cause).await {
            Ok(Release::Freed { .. } | Release::Already) => {
                self.settle(order, false).await?;
                Ok(Some(answers::released(answers::Release::Freed, round)))
            }
            Ok(Release::Completed) => Ok(Some(answers::released(answers::Release::Completed, round))),
            Err(StoreError::PaymentOpen) => {
                Err(Error::internal("seats were to be released under an open payment"))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The seats of an order, sorted.
fn seats(order: &Order) -> Vec<SeatIx> {
    let seat = |place| if let Place::Seat(ix) = place { Some(ix) } else { None };
    let mut seats: Vec<_> = order.lines.iter().filter_map(|line| seat(line.place)).collect();
    seats.sort_unstable();
    seats
}
