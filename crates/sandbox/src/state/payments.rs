//! What happens to sessions, payments and refunds.

use super::{State, fresh_id, order_of};
use crate::{
    cards::{Behaviour, Card},
    model::{Failure, Intent, IntentStatus, Metadata, Refund, Session, SessionStatus},
    shape,
};

/// How an attempt to pay ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// The money is taken.
    Paid,
    /// The bank said no; the intent's failure says why.
    Declined,
    /// The bank wants to see the buyer.
    Challenged,
}

/// Why there is no refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefundError {
    /// The payment was never taken.
    NotPaid,
    /// All of it is back already.
    AlreadyRefunded,
    /// More than is left.
    TooMuch,
}

impl State {
    /// Closes a session for good; a payment that waits for the buyer dies with it.
    pub(crate) fn expire(&mut self, session: Session, now: i64) -> Session {
        let session = Session { status: SessionStatus::Expired, ..session };
        if let Some(intent) = session.intent.as_deref().and_then(|id| self.intent(id)) {
            self.put_intent(Intent { status: IntentStatus::Canceled, ..intent });
        }
        self.put_session(session.clone());
        let group = order_of(&session.metadata);
        self.emit(now, "checkout.session.expired", shape::session(&session, None), group);
        session
    }

    /// The payment of a session, made at the first attempt.
    pub(crate) fn intent_of(&mut self, session: &mut Session, now: i64) -> Intent {
        if let Some(intent) = session.intent.as_deref().and_then(|id| self.intent(id)) {
            return intent;
        }
        let intent = Intent {
            id: fresh_id("pi_"),
            created: now,
            status: IntentStatus::RequiresPaymentMethod,
            amount: session.amount,
            currency: session.currency.clone(),
            description: session.intent_description.clone(),
            email: session.email.clone(),
            metadata: session.intent_metadata.clone(),
            method: None,
            charge: None,
            failure: None,
            session: Some(session.id.clone()),
            return_url: None,
            refunded: 0,
            draft: None,
        };
        session.intent = Some(intent.id.clone());
        self.put_intent(intent.clone());
        self.put_session(session.clone());
        intent
    }

    /// Tries a card on a payment. The caller has checked that the payment may still succeed.
    pub(crate) fn attempt(&mut self, mut intent: Intent, card: &Card, now: i64) -> (Attempt, Intent) {
        intent.method = card.methods.first().map(|name| (*name).to_owned());
        intent.failure = None;
        match card.behaviour {
            Behaviour::Pays | Behaviour::PaysRefundsLate | Behaviour::PaysRefundsFail => {
                (Attempt::Paid, self.capture(intent, now))
            }
            Behaviour::PaysThenDisputes { won } => {
                let intent = self.capture(intent, now);
                self.dispute(&intent, won, now);
                (Attempt::Paid, intent)
            }
            Behaviour::Declines(code, decline_code) => {
                (Attempt::Declined, self.refuse(intent, code, decline_code, now))
            }
            Behaviour::Challenges => {
                intent.status = IntentStatus::RequiresAction;
                self.put_intent(intent.clone());
                (Attempt::Challenged, intent)
            }
        }
    }

    /// Takes the money, and completes the session that asked for it.
    pub(crate) fn capture(&mut self, mut intent: Intent, now: i64) -> Intent {
        intent.status = IntentStatus::Succeeded;
        intent.failure = None;
        intent.charge = Some(fresh_id("ch_"));
        self.put_intent(intent.clone());
        self.book(&intent.metadata, &intent.currency, |account| {
            account.captured += intent.amount;
            account.payments += 1;
        });
        let group = order_of(&intent.metadata);
        self.emit(now, "payment_intent.succeeded", shape::intent(&intent), group);
        if let Some(session) = intent.session.as_deref().and_then(|id| self.session(id, now)) {
            let session = Session { status: SessionStatus::Complete, ..session };
            self.put_session(session.clone());
            self.emit(now, "checkout.session.completed", shape::session(&session, None), group);
        }
        intent
    }

    /// The buyer's bank wants the money back, and it is decided at once.
    fn dispute(&mut self, intent: &Intent, won: bool, now: i64) {
        let id = fresh_id("dp_");
        let group = order_of(&intent.metadata).to_owned();
        let told = |status| shape::dispute(&id, intent, status, now);
        let (open, decided) = (told("needs_response"), told(if won { "won" } else { "lost" }));
        self.emit(now, "charge.dispute.created", open, &group);
        self.emit(now, "charge.dispute.closed", decided, &group);
    }

    /// Notes that the bank said no.
    pub(crate) fn refuse(
        &mut self,
        mut intent: Intent,
        code: &str,
        decline_code: Option<&str>,
        now: i64,
    ) -> Intent {
        intent.status = IntentStatus::RequiresPaymentMethod;
        // An unanswered challenge never reached the bank, so it left no charge.
        let charged = !matches!(code, "authentication_required" | "payment_intent_authentication_failure");
        intent.charge = charged.then(|| fresh_id("ch_"));
        intent.failure = Some(Failure {
            code: code.to_owned(),
            decline_code: decline_code.map(str::to_owned),
            charge: intent.charge.clone(),
        });
        self.put_intent(intent.clone());
        let group = order_of(&intent.metadata);
        self.emit(now, "payment_intent.payment_failed", shape::intent(&intent), group);
        intent
    }

    /// Gives money back, as the card does it.
    pub(crate) fn give_back(
        &mut self,
        mut intent: Intent,
        amount: Option<i64>,
        metadata: Metadata,
        reason: Option<String>,
        now: i64,
    ) -> Result<Refund, RefundError> {
        if intent.status != IntentStatus::Succeeded {
            return Err(RefundError::NotPaid);
        }
        let left = intent.amount - intent.refunded;
        let amount = amount.unwrap_or(left);
        if left == 0 {
            return Err(RefundError::AlreadyRefunded);
        }
        if amount > left {
            return Err(RefundError::TooMuch);
        }
        let behaviour = intent.method.as_deref().and_then(Card::by_method).map(|card| card.behaviour);
        let late = matches!(behaviour, Some(Behaviour::PaysRefundsLate | Behaviour::PaysRefundsFail));
        let refund = Refund {
            id: fresh_id("re_"),
            created: now,
            status: if late { "pending" } else { "succeeded" }.to_owned(),
            amount,
            currency: intent.currency.clone(),
            intent: intent.id.clone(),
            charge: intent.charge.clone(),
            metadata,
            reason,
        };
        intent.refunded += amount;
        self.put_intent(intent.clone());
        self.put_refund(refund.clone());
        let group = order_of(&intent.metadata);
        self.emit(now, "refund.created", shape::refund(&refund), group);
        if behaviour == Some(Behaviour::PaysRefundsFail) {
            self.finish_refund(refund.clone(), "failed", now);
        } else {
            self.book(&intent.metadata, &intent.currency, |account| {
                account.refunded += amount;
                account.refunds += 1;
            });
            if late {
                self.finish_refund(refund.clone(), "succeeded", now);
            }
        }
        Ok(refund)
    }

    /// The end of a refund that was answered `pending`: the caller learns it by webhook.
    fn finish_refund(&mut self, refund: Refund, status: &str, now: i64) {
        let refund = Refund { status: status.to_owned(), ..refund };
        let Some(intent) = self.intent(&refund.intent) else { return };
        let group = order_of(&intent.metadata).to_owned();
        if status == "failed" {
            self.put_intent(Intent { refunded: intent.refunded - refund.amount, ..intent });
        }
        self.put_refund(refund.clone());
        let kind = if status == "failed" { "refund.failed" } else { "refund.updated" };
        self.emit(now, kind, shape::refund(&refund), &group);
    }
}
