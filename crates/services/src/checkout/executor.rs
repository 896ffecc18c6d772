//! Carries the machine's commands out and feeds the answers back, until nothing is left to do.
//!
//! The state is stored before its commands run; every command is repeatable; so a process may die at any line and
//! another takes up where it was ([`Services::retry_open_checkouts`]).

use super::state::{Running, payment_id};
use crate::{Error, Result, Services, clock, tickets};
use domain::{
    checkout::{Command, Input, Phase, Reason, step},
    ids::{OrderId, PaymentId},
};
use payments::{
    Charge, ChargeOutcome, GatewayError, IntentId, OpenSession, SessionId, SessionLine, SessionState,
};
use std::collections::VecDeque;
use store_pg::{
    StoreError,
    audit::Cause,
    orders::{
        Order, Place,
        commit::{Capture, CapturedPayment, Commit},
    },
    payments::{Begun, Closing, Payment, PaymentKind, PaymentState},
    reservations::release::{Ending, Release},
};
use store_redis::SettleOutcome;

/// The failure of a payment that the provider would not open at all.
pub(super) const PROVIDER_REFUSED: &str = "provider_refused";
/// The failure of a payment that was never sent: the provider is busy or away.
pub(super) const PROVIDER_BUSY: &str = "provider_unavailable";
/// Stripe closes a page by itself after 30 minutes at the earliest; we close it by call much sooner.
const SESSION_LIFE_MINUTES: i64 = 35;
/// Two processes that move one order at once take turns.
const TURNS_MAX: u32 = 12;

/// An idempotency key, the digest of its request, and the payment method in it.
type Remembered = (String, String, Option<String>);

impl Services {
    /// Gives an input to an order's checkout and does what follows.
    pub(crate) async fn drive(&self, order: OrderId, input: Input) -> Result<Running> {
        self.drive_remembering(order, input, None).await
    }

    pub(super) async fn drive_remembering(
        &self,
        id: OrderId,
        input: Input,
        mut remember: Option<Remembered>,
    ) -> Result<Running> {
        let mut inputs = VecDeque::from([input]);
        let mut running = Running::load(self, id).await?;
        let mut turns = 0;
        while let Some(input) = inputs.pop_front() {
            if !matches!(input, Input::Begin(_)) {
                running.reserved_at_least();
            }
            let (state, commands) = step(&running.state, input);
            let changed = state != running.state || remember.is_some();
            let mut next = running.clone();
            next.state = state;
            if let Some(remember) = remember.clone() {
                next.remember(remember);
            }
            if changed && !next.store(self, id).await? {
                turns += 1;
                if turns > TURNS_MAX {
                    return Err(Error::Busy { retry_after_ms: 500 });
                }
                running = Running::load(self, id).await?;
                inputs.push_front(input);
                continue;
            }
            remember = None;
            running = next;
            for command in commands {
                if let Some(answer) = self.execute(id, &running, command).await? {
                    inputs.push_back(answer);
                }
            }
        }
        Ok(running)
    }

    async fn execute(&self, id: OrderId, running: &Running, command: Command) -> Result<Option<Input>> {
        let order = self.pg.order_by_id(id).await?.ok_or(Error::NotFound("order"))?;
        tracing::debug!(order = %id, ?command, "checkout");
        match command {
            // The order exists only once its seats are claimed; a later round claims within the commit.
            Command::ReserveSeats { round } => Ok(Some(Input::Reserved { round })),
            Command::OpenSession { attempt } => self.open_session(&order, attempt).await,
            Command::Charge { attempt } => self.charge(&order, running, attempt).await,
            Command::ExpireSession { attempt } => self.expire_session(&order, running, attempt).await,
            Command::CommitOrder { round, attempt } => {
                self.commit_order(&order, running, round, attempt).await
            }
            Command::SettleHold { round } => {
                self.settle(&order, true).await.map(|()| Some(Input::Settled { round }))
            }
            Command::ReleaseSeats { round, reason } => self.give_back(&order, round, reason).await,
            Command::Refund { attempt } => self.refund(&order, attempt).await,
        }
    }

    async fn open_session(&self, order: &Order, attempt: u32) -> Result<Option<Input>> {
        let Some(payment) = self.begin_attempt(order, attempt, PaymentKind::Hosted).await? else {
            return Ok(Some(Input::SessionFailed { attempt }));
        };
        let url = self.order_url(order.id);
        let open = OpenSession {
            order: order.id,
            lines: session_lines(order)?,
            email: order.contact.email.clone(),
            success_url: format!("{url}&through=1"),
            cancel_url: format!("{url}&back=1"),
            idempotency_key: payment.id.to_string(),
            expires_at: payment.created_at + chrono::TimeDelta::minutes(SESSION_LIFE_MINUTES),
        };
        let cause = Cause::by("checkout", clock::now());
        match self.gateway.open_session(&open).await {
            Ok(session) => {
                self.pg
                    .payment_opened(payment.id, Some(session.id.as_str()), None, Some(&session.url), &cause)
                    .await?;
                Ok(Some(Input::SessionOpened { attempt }))
            }
            Err(error) => self.not_opened(payment.id, attempt, &error).await,
        }
    }

    /// The provider gave no page: refused and never sent are an end, silence is not.
    async fn not_opened(
        &self,
        payment: PaymentId,
        attempt: u32,
        error: &GatewayError,
    ) -> Result<Option<Input>> {
        tracing::warn!(%payment, %error, "no answer from the payment provider");
        let failure = match error {
            GatewayError::Rejected { .. } => PROVIDER_REFUSED,
            GatewayError::Busy { .. } => PROVIDER_BUSY,
            GatewayError::ProviderBusy { .. } | GatewayError::Unreachable(_) => {
                return Ok(Some(Input::Unknown { attempt }));
            }
        };
        self.close(payment, Closing::Failed(failure)).await?;
        Ok(Some(Input::SessionFailed { attempt }))
    }

    async fn charge(&self, order: &Order, running: &Running, attempt: u32) -> Result<Option<Input>> {
        let Some(payment) = self.begin_attempt(order, attempt, PaymentKind::Direct).await? else {
            return Ok(Some(Input::Declined { attempt }));
        };
        let Some(token) = running.payment_token.clone() else {
            self.close(payment.id, Closing::Failed(PROVIDER_REFUSED)).await?;
            return Ok(Some(Input::Declined { attempt }));
        };
        match self.gateway.charge(&charge_of(order, payment.id, token)).await {
            Ok(outcome) => self.charged(payment.id, attempt, outcome).await,
            Err(error) if error.outcome_unknown() => Ok(Some(Input::Unknown { attempt })),
            Err(error) => {
                tracing::warn!(payment = %payment.id, %error, "charge refused by the provider");
                let failure = if matches!(error, GatewayError::Rejected { .. }) {
                    "payment_method_invalid"
                } else {
                    PROVIDER_BUSY
                };
                self.close(payment.id, Closing::Failed(failure)).await?;
                Ok(Some(Input::Declined { attempt }))
            }
        }
    }

    async fn charged(
        &self,
        payment: PaymentId,
        attempt: u32,
        outcome: ChargeOutcome,
    ) -> Result<Option<Input>> {
        let cause = Cause::by("checkout", clock::now());
        Ok(Some(match outcome {
            ChargeOutcome::Captured { intent } => {
                self.pg.payment_opened(payment, None, Some(intent.as_str()), None, &cause).await?;
                Input::Captured { attempt }
            }
            ChargeOutcome::Declined { code, .. } => {
                self.close(payment, Closing::Failed(&code)).await?;
                Input::Declined { attempt }
            }
            ChargeOutcome::RequiresAction { intent } => {
                self.pg.payment_opened(payment, None, Some(intent.as_str()), None, &cause).await?;
                Input::ChallengeRequired { attempt }
            }
            ChargeOutcome::Processing { intent } => {
                self.pg.payment_opened(payment, None, Some(intent.as_str()), None, &cause).await?;
                self.pg.payment_processing(payment, &cause).await?;
                Input::ChargePending { attempt }
            }
        }))
    }

    /// Makes sure that an attempt can take no money. No answer from the provider is no answer: a worker asks again.
    async fn expire_session(&self, order: &Order, running: &Running, attempt: u32) -> Result<Option<Input>> {
        let id = payment_id(order.id, attempt);
        let Some(payment) = self.pg.payment_by_id(id).await? else {
            return Ok(Some(Input::SessionClosed { attempt }));
        };
        match payment.state {
            PaymentState::Captured | PaymentState::Surplus => return Ok(Some(Input::Captured { attempt })),
            PaymentState::Failed | PaymentState::Expired => {
                return Ok(Some(Input::SessionClosed { attempt }));
            }
            PaymentState::Creating | PaymentState::Open | PaymentState::Processing => {}
        }
        match payment.kind {
            PaymentKind::Direct => self.finish_charge(order, running, &payment, attempt).await,
            PaymentKind::Hosted => self.finish_session(order, &payment, attempt).await,
        }
    }

    /// The same charge with the same key gives the outcome of the first.
    async fn finish_charge(
        &self,
        order: &Order,
        running: &Running,
        payment: &Payment,
        attempt: u32,
    ) -> Result<Option<Input>> {
        let outcome = match (&payment.intent_id, &running.payment_token) {
            (Some(intent), _) => self.gateway.intent(&IntentId(intent.clone())).await?,
            (None, Some(token)) => self.gateway.charge(&charge_of(order, payment.id, token.clone())).await?,
            (None, None) => return Err(Error::internal("a charge without its payment method")),
        };
        match outcome {
            ChargeOutcome::Captured { .. } => self.charged(payment.id, attempt, outcome).await,
            // Nobody has the key to finish the challenge of a charge by call: it can take nothing any more.
            ChargeOutcome::Declined { .. } | ChargeOutcome::RequiresAction { .. } => {
                self.close(payment.id, Closing::Failed("authentication_required")).await?;
                Ok(Some(Input::SessionClosed { attempt }))
            }
            ChargeOutcome::Processing { .. } => Ok(None),
        }
    }

    async fn finish_session(&self, order: &Order, payment: &Payment, attempt: u32) -> Result<Option<Input>> {
        let Some(session) = payment.session_id.clone() else {
            // The answer was lost: the same key gives the same page, which can then be closed.
            self.open_session(order, attempt).await?;
            let again = self.pg.payment_by_id(payment.id).await?.and_then(|p| p.session_id);
            return match again {
                Some(session) => self.close_page(payment.id, SessionId(session), attempt).await,
                None => Ok(None),
            };
        };
        self.close_page(payment.id, SessionId(session), attempt).await
    }

    async fn close_page(
        &self,
        payment: PaymentId,
        session: SessionId,
        attempt: u32,
    ) -> Result<Option<Input>> {
        Ok(match self.gateway.expire_session(&session).await? {
            SessionState::Expired => {
                self.close(payment, Closing::Expired).await?;
                Some(Input::SessionClosed { attempt })
            }
            SessionState::Paid { intent, .. } => {
                let cause = Cause::by("checkout", clock::now());
                self.pg.payment_opened(payment, None, Some(intent.as_str()), None, &cause).await?;
                Some(Input::Captured { attempt })
            }
            SessionState::Open | SessionState::Processing { .. } => None,
        })
    }

    async fn commit_order(
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
            match self.pg.commit_captured(&capture, &cause).await {
                Ok(Commit::Late(_)) => self.pg.commit_late(&capture, &cause).await,
                done => done,
            }
        };
        match commit {
            Ok(Commit::Issued(_) | Commit::Already { .. }) => Ok(Some(Input::Committed { round })),
            // The seats are somebody else's, or the hold went on with another order: this money goes back.
            Ok(Commit::Late(_))
            | Err(
                StoreError::SeatTaken { .. }
                | StoreError::AreaFull { .. }
                | StoreError::NotForSale
                | StoreError::WrongState { .. }
                | StoreError::AmountMismatch,
            ) => Ok(Some(Input::CommitRefused { round })),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells Redis how the reservation ended. When Redis lost the event, the rebuild reads it from PostgreSQL.
    async fn settle(&self, order: &Order, sold: bool) -> Result<()> {
        let told = self.redis.settle(order.event, order.hold, &seats(order), sold).await?;
        if told == SettleOutcome::NotLoaded
            && let Some(sale) = self.sale_by_id(order.event).await?
        {
            self.load(&sale).await?;
        }
        Ok(())
    }

    async fn give_back(&self, order: &Order, round: u32, reason: Reason) -> Result<Option<Input>> {
        let ending = if reason == Reason::Deadline { Ending::Expired } else { Ending::Cancelled };
        let why = match reason {
            Reason::Abandoned => "the buyer left",
            Reason::Deadline => "not paid in time",
            Reason::SeatsLost => "the seats were lost",
        };
        let cause = Cause { actor: "checkout", reason: why, at: clock::now() };
        match self.pg.release_order(order.id, ending, &cause).await {
            Ok(Release::Freed { .. } | Release::Already) => {
                self.settle(order, false).await?;
                Ok(Some(Input::Released { round }))
            }
            Ok(Release::Completed) => Ok(None),
            Err(StoreError::PaymentOpen) => {
                Err(Error::internal("seats were to be released under an open payment"))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The payment of an attempt; `None` when the order is over (its hold had run out, and another request for it
    /// gave it up): nothing may be charged any more.
    async fn begin_attempt(&self, order: &Order, attempt: u32, kind: PaymentKind) -> Result<Option<Payment>> {
        let id = payment_id(order.id, attempt);
        if let Some(known) = self.pg.payment_by_id(id).await? {
            return Ok(Some(known));
        }
        let cause = Cause::by("checkout", clock::now());
        match self.pg.begin_payment(id, order.id, kind, &cause).await {
            Ok(Begun::New(payment)) => Ok(Some(payment)),
            Ok(Begun::Live(other)) if other.id == id => Ok(Some(other)),
            Ok(Begun::Live(other)) => Err(Error::internal(format!("payment {} is still open", other.id))),
            Err(StoreError::WrongState { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn close(&self, payment: PaymentId, closing: Closing<'_>) -> Result<()> {
        self.pg.close_payment(payment, closing, &Cause::by("checkout", clock::now())).await?;
        Ok(())
    }
}

fn charge_of(order: &Order, payment: PaymentId, payment_method: String) -> Charge {
    Charge {
        order: order.id,
        amount: order.total,
        payment_method,
        email: order.contact.email.clone(),
        description: format!("Order {}", order.number),
        idempotency_key: payment.to_string(),
    }
}

/// What the hosted page lists: equal lines together, all-in.
fn session_lines(order: &Order) -> Result<Vec<SessionLine>> {
    let mut lines: Vec<SessionLine> = Vec::new();
    for line in &order.lines {
        let unit = line.price.plus(line.fee).map_err(Error::internal)?;
        let name = format!("{} ({})", tickets::place_label(line), line.tier_name);
        match lines.iter_mut().find(|l| l.name == name && l.unit == unit) {
            Some(same) => same.quantity += 1,
            None => lines.push(SessionLine { name, unit, quantity: 1 }),
        }
    }
    Ok(lines)
}

/// The seats of an order, sorted.
fn seats(order: &Order) -> Vec<domain::seat::SeatIx> {
    let seat = |place| if let Place::Seat(ix) = place { Some(ix) } else { None };
    let mut seats: Vec<_> = order.lines.iter().filter_map(|line| seat(line.place)).collect();
    seats.sort_unstable();
    seats
}

impl Services {
    /// The buyer gives back what is in checkout: possible while no money can come.
    pub(crate) async fn leave_checkout(&self, hold: domain::ids::HoldId) -> Result<bool> {
        let Some(order) = self.pg.order_by_hold(hold).await? else { return Ok(false) };
        let running = self.drive(order.id, Input::Abandon).await?;
        // The provider's word that the page is closed may be faster than its answer to us: the seats go back there.
        let running = self.come_to_rest(order.id, running).await?;
        Ok(matches!(running.state.phase, Phase::Closed(_)))
    }
}
