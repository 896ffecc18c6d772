//! The transitions.

use super::{ATTEMPTS_MAX, Checkout, Command, Input, Method, Phase, Reason, Return, Then};

impl Checkout {
    pub(super) fn take(&mut self, input: Input) -> Vec<Command> {
        match input {
            Input::Captured { attempt } => self.captured(attempt),
            Input::Refunded { attempt } => {
                if let Some(state) = self.returns.get_mut(&attempt) {
                    *state = Return::Done;
                }
                Vec::new()
            }
            Input::Retry => self.outstanding(),
            Input::Abandon => self.leave(Reason::Abandoned),
            Input::Deadline => self.leave(Reason::Deadline),
            Input::Begin(_) | Input::Pay(_) => self.buyer_pays(input),
            Input::Reserved { round }
            | Input::ReserveRefused { round }
            | Input::Committed { round }
            | Input::CommitRefused { round }
            | Input::Settled { round }
            | Input::Released { round } => {
                if round == self.round {
                    self.store_answered(input)
                } else {
                    Vec::new()
                }
            }
            Input::SessionOpened { attempt }
            | Input::SessionFailed { attempt }
            | Input::Unknown { attempt }
            | Input::Declined { attempt }
            | Input::ChargePending { attempt }
            | Input::ChallengeRequired { attempt }
            | Input::SessionClosed { attempt } => {
                if attempt == self.attempt {
                    self.provider_answered(input)
                } else {
                    Vec::new()
                }
            }
        }
    }

    /// Goes to a phase; its command is the outstanding one of that phase.
    fn go(&mut self, phase: Phase) -> Vec<Command> {
        self.phase = phase;
        self.of_phase().into_iter().collect()
    }

    /// The command that a phase waits for.
    pub(super) fn of_phase(&self) -> Option<Command> {
        let (round, attempt) = (self.round, self.attempt);
        match self.phase {
            Phase::Reserving(_) | Phase::Reacquiring => Some(Command::ReserveSeats { round }),
            Phase::Opening => Some(Command::OpenSession { attempt }),
            Phase::Charging => Some(Command::Charge { attempt }),
            Phase::Closing(_) => Some(Command::ExpireSession { attempt }),
            Phase::Committing => Some(Command::CommitOrder { round, attempt: self.paid }),
            Phase::Settling => Some(Command::SettleHold { round }),
            Phase::Releasing(reason) => Some(Command::ReleaseSeats { round, reason }),
            Phase::Start
            | Phase::Refused
            | Phase::Ready
            | Phase::AwaitingPayment
            | Phase::Completed
            | Phase::Closed(_) => None,
        }
    }

    pub(super) fn outstanding(&self) -> Vec<Command> {
        let under_way = |(&attempt, state): (&u32, &Return)| {
            (*state == Return::UnderWay).then_some(Command::Refund { attempt })
        };
        self.of_phase().into_iter().chain(self.returns.iter().filter_map(under_way)).collect()
    }

    fn reserve(&mut self, phase: Phase) -> Vec<Command> {
        self.round += 1;
        self.go(phase)
    }

    fn refund(&mut self, attempt: u32) -> Command {
        self.returns.insert(attempt, Return::UnderWay);
        Command::Refund { attempt }
    }

    /// Opens a way to pay.
    fn start(&mut self, method: Method) -> Vec<Command> {
        match method {
            Method::Free => self.go(Phase::Committing),
            _ if self.attempt >= ATTEMPTS_MAX => self.go(Phase::Ready),
            Method::Hosted | Method::Direct => {
                self.attempt += 1;
                self.direct = method == Method::Direct;
                self.go(if self.direct { Phase::Charging } else { Phase::Opening })
            }
        }
    }

    /// No way to pay is open now: on to the next attempt, or out.
    fn unpaid(&mut self) -> Vec<Command> {
        match self.leaving {
            Some(reason) => self.go(Phase::Releasing(reason)),
            None => self.go(Phase::Ready),
        }
    }

    /// Closes the open attempt; who is leaving leaves then, whatever was meant to follow.
    fn close(&mut self, then: Then) -> Vec<Command> {
        let then = self.leaving.map_or(then, Then::Release);
        self.go(Phase::Closing(then))
    }

    fn buyer_pays(&mut self, input: Input) -> Vec<Command> {
        match (self.phase, input) {
            (Phase::Start, Input::Begin(method)) => self.reserve(Phase::Reserving(method)),
            // Only an order that was free from the start is free.
            (_, Input::Pay(Method::Free)) => Vec::new(),
            (Phase::Ready, Input::Pay(method)) => self.start(method),
            // The page is open already; a direct charge takes its place, one attempt at a time.
            (Phase::AwaitingPayment, Input::Pay(Method::Direct)) if !self.direct => {
                self.close(Then::Pay(Method::Direct))
            }
            _ => Vec::new(),
        }
    }

    fn leave(&mut self, reason: Reason) -> Vec<Command> {
        match self.phase {
            Phase::Start => self.go(Phase::Closed(reason)),
            // An answer is outstanding; it decides what there is to undo.
            Phase::Reserving(_) | Phase::Opening | Phase::Charging => {
                self.leaving.get_or_insert(reason);
                Vec::new()
            }
            Phase::Ready => {
                self.leaving = Some(reason);
                self.go(Phase::Releasing(reason))
            }
            Phase::AwaitingPayment => {
                self.leaving = Some(reason);
                self.close(Then::Wait)
            }
            Phase::Closing(Then::Wait | Then::Pay(_)) => {
                // The command is under way already; only what follows it is another.
                self.leaving = Some(reason);
                self.phase = Phase::Closing(Then::Release(reason));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn store_answered(&mut self, input: Input) -> Vec<Command> {
        match (self.phase, input) {
            (Phase::Reserving(method), Input::Reserved { .. }) => match self.leaving {
                Some(reason) => self.go(Phase::Releasing(reason)),
                None => self.start(method),
            },
            (Phase::Reserving(_), Input::ReserveRefused { .. }) => self.go(Phase::Refused),
            (Phase::Reacquiring, Input::Reserved { .. }) => self.go(Phase::Committing),
            (Phase::Reacquiring, Input::ReserveRefused { .. }) => {
                let reason = self.leaving.unwrap_or(Reason::SeatsLost);
                let mut commands = self.go(Phase::Closed(reason));
                commands.extend(self.paid.take().map(|attempt| self.refund(attempt)));
                commands
            }
            // In the midst of giving back too: the order turned out to be completed (see `answers::released`).
            (Phase::Committing | Phase::Releasing(_), Input::Committed { .. }) => self.go(Phase::Settling),
            (Phase::Committing, Input::CommitRefused { .. }) => {
                let paid = self.paid.take();
                let mut commands = self.go(Phase::Releasing(Reason::SeatsLost));
                commands.extend(paid.map(|attempt| self.refund(attempt)));
                commands
            }
            (Phase::Settling, Input::Settled { .. }) => self.go(Phase::Completed),
            (Phase::Releasing(reason), Input::Released { .. }) => {
                if self.paid.is_some() {
                    self.reserve(Phase::Reacquiring)
                } else {
                    self.go(Phase::Closed(reason))
                }
            }
            _ => Vec::new(),
        }
    }

    fn provider_answered(&mut self, input: Input) -> Vec<Command> {
        match (self.phase, input) {
            (Phase::Opening, Input::SessionOpened { .. })
            | (Phase::Charging, Input::ChargePending { .. }) => {
                if self.leaving.is_some() {
                    self.close(Then::Wait)
                } else {
                    self.go(Phase::AwaitingPayment)
                }
            }
            (Phase::Opening, Input::SessionFailed { .. } | Input::SessionClosed { .. })
            | (Phase::Charging, Input::Declined { .. } | Input::SessionClosed { .. })
            | (Phase::AwaitingPayment, Input::SessionClosed { .. }) => self.unpaid(),
            (Phase::AwaitingPayment, Input::Declined { .. }) if self.direct => self.unpaid(),
            (Phase::Opening | Phase::Charging, Input::Unknown { .. }) => self.close(Then::Wait),
            (Phase::Charging, Input::ChallengeRequired { .. }) => self.close(Then::Pay(Method::Hosted)),
            (Phase::Closing(then), Input::SessionClosed { .. }) => self.closed(then),
            _ => Vec::new(),
        }
    }

    fn closed(&mut self, then: Then) -> Vec<Command> {
        match then {
            Then::Wait => self.unpaid(),
            Then::Pay(method) => self.start(method),
            Then::Release(reason) => self.go(Phase::Releasing(reason)),
            Then::Commit => self.go(Phase::Committing),
        }
    }

    /// Money decides over everything else: also over a buyer who was about to leave.
    fn captured(&mut self, attempt: u32) -> Vec<Command> {
        let known = (1..=self.attempt).contains(&attempt);
        if !known || self.paid == Some(attempt) || self.returns.contains_key(&attempt) {
            return Vec::new();
        }
        if self.paid.is_some() {
            let surplus = self.refund(attempt);
            let mut commands = vec![surplus];
            // An attempt that has taken its money is closed.
            if self.phase == Phase::Closing(Then::Commit) && attempt == self.attempt {
                commands.extend(self.go(Phase::Committing));
            }
            return commands;
        }
        self.paid = Some(attempt);
        match self.phase {
            Phase::Opening | Phase::Charging | Phase::AwaitingPayment | Phase::Closing(_)
                if attempt != self.attempt =>
            {
                self.go(Phase::Closing(Then::Commit))
            }
            Phase::Closed(_) => self.reserve(Phase::Reacquiring),
            // The answer to the release decides; see `store_answered`.
            Phase::Releasing(_) => Vec::new(),
            _ => self.go(Phase::Committing),
        }
    }
}
