//! Carries the machine's commands out and feeds the answers back, until nothing is left to do.
//!
//! The state is stored before its commands run; every command is repeatable; so a process may die at any line and
//! another takes up where it was ([`Services::retry_open_checkouts`]).

mod counts;
mod direct;
mod ending;
mod hosted;

use super::state::{Running, payment_id};
use crate::{Error, Result, Services, clock};
use domain::{
    checkout::{
        Command, Input, Phase,
        answers::{self, Charged, Page, Silence},
        step,
    },
    ids::{HoldId, OrderId, PaymentId},
};
use payments::{ChargeOutcome, GatewayError, SessionState};
use std::collections::VecDeque;
use store_pg::{
    StoreError,
    audit::Cause,
    orders::Order,
    payments::{Begun, Closing, Payment, PaymentKind},
};

/// The failure of a payment that the provider would not open at all.
pub(super) const PROVIDER_REFUSED: &str = "provider_refused";
/// The failure of a payment that was never sent: the provider is busy or away.
pub(super) const PROVIDER_BUSY: &str = "provider_unavailable";
/// Two processes that move one order at once take turns.
const TURNS_MAX: u32 = 12;

/// An idempotency key, the digest of its request, and the payment method in it.
pub(super) type Remembered = (String, String, Option<String>);

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
            counts::count(&running.state, &next.state, input);
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
            Command::ReleaseSeats { round, reason } => self.give_back(&order, running, round, reason).await,
            Command::Refund { attempt } => self.refund(&order, attempt).await,
        }
    }

    /// Makes sure that an attempt can take no money. No answer from the provider is no answer: a worker asks again.
    async fn expire_session(&self, order: &Order, running: &Running, attempt: u32) -> Result<Option<Input>> {
        let id = payment_id(order.id, attempt);
        let Some(payment) = self.pg.payment_by_id(id).await? else {
            self.never_begun(order, running, id).await?;
            return Ok(Some(Input::SessionClosed { attempt }));
        };
        if let Some(session) = hosted::stray_page(&payment) {
            return self.close_page(id, session, attempt).await;
        }
        if let Some(known) = answers::known(payment.state.into(), attempt) {
            return Ok(Some(known));
        }
        match payment.kind {
            PaymentKind::Direct => self.finish_charge(order, running, &payment, attempt).await,
            PaymentKind::Hosted => self.finish_session(order, &payment, attempt).await,
        }
    }

    /// An attempt that was given up before it was begun is written down as ended: whoever was slow to begin it finds it
    /// so, and does not stand in the way of the next one.
    async fn never_begun(&self, order: &Order, running: &Running, id: PaymentId) -> Result<()> {
        let kind = if running.state.direct { PaymentKind::Direct } else { PaymentKind::Hosted };
        match self.pg.begin_payment(id, order.id, kind, &Cause::by("checkout", clock::now())).await {
            Ok(Begun::New(payment)) => self.close(payment.id, Closing::Failed(PROVIDER_BUSY)).await,
            Ok(Begun::Live(_)) | Err(StoreError::WrongState { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The payment of an attempt, and whether nobody can have asked the provider for it before; `None` when the order
    /// is over (its hold had run out, and another request for it gave it up): nothing may be charged any more.
    async fn begin_attempt(
        &self,
        order: &Order,
        attempt: u32,
        kind: PaymentKind,
    ) -> Result<Option<(Payment, bool)>> {
        let id = payment_id(order.id, attempt);
        if let Some(known) = self.pg.payment_by_id(id).await? {
            return Ok(Some((known, false)));
        }
        let cause = Cause::by("checkout", clock::now());
        match self.pg.begin_payment(id, order.id, kind, &cause).await {
            Ok(Begun::New(payment)) => Ok(Some((payment, true))),
            Ok(Begun::Live(other)) if other.id == id => Ok(Some((other, false))),
            Ok(Begun::Live(other)) => Err(Error::internal(format!("payment {} is still open", other.id))),
            Err(StoreError::WrongState { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Nothing was sent: that is an end unless another process has begun to ask meanwhile, or had asked before.
    async fn never_sent(&self, payment: PaymentId) -> Result<Silence> {
        let cause = Cause::by("checkout", clock::now());
        let ended = self.pg.close_payment(payment, Closing::NeverSent(PROVIDER_BUSY), &cause).await?;
        Ok(if ended { Silence::NotSent } else { Silence::Unknown })
    }

    /// Whoever asks the provider for a payment that another process had begun says so first: from then on nobody can
    /// say that it was never sent. Answers the payment as it is now.
    async fn asked_again(&self, payment: Payment, first: bool) -> Result<Payment> {
        if first {
            return Ok(payment);
        }
        self.pg.payment_opened(payment.id, None, None, None, &Cause::by("checkout", clock::now())).await?;
        self.pg.payment_by_id(payment.id).await?.ok_or(Error::NotFound("payment"))
    }

    async fn close(&self, payment: PaymentId, closing: Closing<'_>) -> Result<()> {
        self.pg.close_payment(payment, closing, &Cause::by("checkout", clock::now())).await?;
        Ok(())
    }

    /// The buyer gives back what is in checkout: possible while no money can come.
    pub(crate) async fn leave_checkout(&self, hold: HoldId) -> Result<bool> {
        let Some(order) = self.pg.order_by_hold(hold).await? else { return Ok(false) };
        let running = self.drive(order.id, Input::Abandon).await?;
        // The provider's word that the page is closed may be faster than its answer to us: the seats go back there.
        let running = self.come_to_rest(order.id, running).await?;
        Ok(matches!(running.state.phase, Phase::Closed(_)))
    }
}

/// A page, in the machine's words.
pub(crate) fn page_of(state: &SessionState) -> Page {
    match state {
        SessionState::Open => Page::Open,
        SessionState::Processing { .. } => Page::Processing,
        SessionState::Paid { .. } => Page::Paid,
        SessionState::Expired => Page::Expired,
    }
}

/// A charge, in the machine's words.
pub(crate) fn charge_of_outcome(outcome: &ChargeOutcome) -> Charged {
    match outcome {
        ChargeOutcome::Captured { .. } => Charged::Captured,
        ChargeOutcome::Declined { .. } => Charged::Declined,
        ChargeOutcome::RequiresAction { .. } => Charged::Challenge,
        ChargeOutcome::Processing { .. } => Charged::Processing,
    }
}

/// No answer, in the machine's words.
fn silence_of(error: &GatewayError) -> Silence {
    match error {
        GatewayError::Rejected { .. } => Silence::Refused,
        GatewayError::Busy { .. } => Silence::NotSent,
        GatewayError::ProviderBusy { .. } | GatewayError::Unreachable(_) => Silence::Unknown,
    }
}
