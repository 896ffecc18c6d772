//! Our books against the provider's, both ways: money that it took and we do not know, and money that we believe in and
//! it does not list. What can be mended is mended: the capture goes through the same machine as its webhook would have.

use crate::{Result, Services, checkout::attempt_of, clock};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    checkout::{Input, answers},
    ids::{OrderId, PaymentId},
};
use payments::{IntentId, SessionId, SessionState, Taken};
use std::collections::HashSet;
use store_pg::{
    audit::Cause,
    payments::{Closing, Payment, PaymentState},
};

/// Pages of the provider's list in one look: 5,000 payments.
const PAGES_MAX: usize = 50;
/// Money that came a moment ago may still be on its way into our books.
const SETTLING_S: i64 = 60;
/// Whoever is on the payment page this long is asked about.
const DOUBT_S: i64 = 120;

/// What a comparison with the provider found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MoneyReport {
    /// Payments with money that the provider listed.
    pub listed: usize,
    /// The list was longer than one look; older ones were not compared.
    pub cut_short: bool,
    /// Money that our books did not know, and do now.
    pub mended: Vec<OrderId>,
    /// Money under the name of an order that took it neither as its own nor as surplus: nobody can buy or be paid back
    /// by it without a person.
    pub orphans: Vec<String>,
    /// Money that we believe to have and that the provider does not list, or in another amount.
    pub missing: Vec<PaymentId>,
}

impl MoneyReport {
    /// Whether both books say the same.
    pub fn is_well(&self) -> bool {
        self.orphans.is_empty() && self.missing.is_empty()
    }
}

impl Services {
    /// Compares what was taken since `since`. Money that is only a minute old is left for the next time.
    pub async fn reconcile_payments(&self, since: DateTime<Utc>) -> Result<MoneyReport> {
        self.reconcile_as_of(since, clock::now()).await
    }

    /// The same, as it would be seen at `begun`.
    pub async fn reconcile_as_of(&self, since: DateTime<Utc>, begun: DateTime<Utc>) -> Result<MoneyReport> {
        let mut report = MoneyReport::default();
        let mut seen: HashSet<String> = HashSet::new();
        let mut after: Option<IntentId> = None;
        for page in 0.. {
            if page == PAGES_MAX {
                report.cut_short = true;
                break;
            }
            let found = self.gateway.taken(since, after.as_ref()).await?;
            for taken in found.taken {
                report.listed += 1;
                seen.insert(taken.intent.as_str().to_owned());
                self.compare(&taken, begun, &mut report).await?;
            }
            after = found.next;
            if after.is_none() {
                break;
            }
        }
        if !report.cut_short {
            self.look_for_missing(since, begun, &seen, &mut report).await?;
        }
        metrics::counter!("parterre_orphan_payment_total").increment(report.orphans.len() as u64);
        metrics::counter!("parterre_drift_total", "between" => "postgres_provider")
            .increment(report.missing.len() as u64);
        if !report.is_well() {
            tracing::error!(orphans = ?report.orphans, missing = ?report.missing, "the provider's books are not ours");
        }
        Ok(report)
    }

    /// The provider has money: do we?
    async fn compare(&self, taken: &Taken, begun: DateTime<Utc>, report: &mut MoneyReport) -> Result<()> {
        // Another shop of the account.
        let Some(order) = taken.order else { return Ok(()) };
        let known = self.payment_of(taken, order).await?;
        let Some(payment) = known else {
            report.orphans.push(taken.intent.as_str().to_owned());
            return Ok(());
        };
        if taken.amount.is_some_and(|amount| amount != payment.amount) {
            report.missing.push(payment.id);
        }
        if is_ours(&payment, taken) {
            return Ok(());
        }
        if (begun - taken.created).num_seconds() < SETTLING_S && payment.state != PaymentState::Failed {
            return Ok(());
        }
        if let Some(attempt) = attempt_of(self, payment.order, payment.id).await?
            && payment.intent_id.as_deref().is_none_or(|known| known == taken.intent.as_str())
        {
            let cause = Cause::because("reconcile", "the provider lists it", clock::now());
            let intent = Some(taken.intent.as_str());
            self.pg.payment_opened(payment.id, None, intent, None, &cause).await?;
            self.drive(payment.order, Input::Captured { attempt }).await?;
        }
        match self.pg.payment_by_id(payment.id).await? {
            Some(now) if is_ours(&now, taken) => report.mended.push(order),
            _ => report.orphans.push(taken.intent.as_str().to_owned()),
        }
        Ok(())
    }

    async fn payment_of(&self, taken: &Taken, order: OrderId) -> Result<Option<Payment>> {
        if let Some(payment) = self.pg.payment_by_reference(taken.intent.as_str()).await? {
            return Ok(Some(payment));
        }
        // A page makes its payment at the first try: the newest attempt that was begun before it and has none yet.
        let mut payments = self.pg.payments_of_order(order).await?;
        payments.retain(|p| p.intent_id.is_none() && p.created_at.timestamp() <= taken.created.timestamp());
        Ok(payments.pop())
    }

    /// We believe in money: does the provider list it?
    async fn look_for_missing(
        &self,
        since: DateTime<Utc>,
        begun: DateTime<Utc>,
        seen: &HashSet<String>,
        report: &mut MoneyReport,
    ) -> Result<()> {
        let margin = TimeDelta::seconds(SETTLING_S);
        for (payment, intent) in self.pg.payments_with_money(since + margin, begun - margin).await? {
            if intent.is_none_or(|intent| !seen.contains(&intent)) {
                report.missing.push(payment);
            }
        }
        Ok(())
    }

    /// Asks the provider about payments that have been open for a while: their webhook may never come.
    pub(crate) async fn ask_about_doubts(&self, limit: u32) -> Result<usize> {
        if self.gateway.outage().is_some() {
            return Ok(0);
        }
        let before = clock::now() - TimeDelta::seconds(DOUBT_S);
        let doubts = self.pg.doubtful_payments(before, clock::now(), limit).await?;
        for payment in &doubts {
            if let Err(error) = self.ask_about(payment).await {
                tracing::warn!(payment = %payment.id, %error, "a payment in doubt stays so");
            }
        }
        Ok(doubts.len())
    }

    async fn ask_about(&self, payment: &Payment) -> Result<()> {
        let Some(attempt) = attempt_of(self, payment.order, payment.id).await? else { return Ok(()) };
        let cause = Cause::by("reconcile", clock::now());
        let seen = match (&payment.session_id, &payment.intent_id) {
            (Some(session), _) => {
                let state = self.gateway.session(&SessionId(session.clone())).await?;
                if let SessionState::Paid { intent, .. } = &state {
                    self.pg.payment_opened(payment.id, None, Some(intent.as_str()), None, &cause).await?;
                }
                let seen = answers::page_seen(crate::checkout::page_of(&state), attempt);
                if matches!(seen, Some(Input::SessionClosed { .. })) {
                    self.pg.close_payment(payment.id, Closing::Expired, &cause).await?;
                }
                seen
            }
            (None, Some(intent)) => {
                let outcome = self.gateway.intent(&IntentId(intent.clone())).await?;
                match crate::checkout::charge_of_outcome(&outcome) {
                    answers::Charged::Captured => Some(Input::Captured { attempt }),
                    _ => None,
                }
            }
            // Nobody knows its name there yet: the checkout's own retry asks with its key.
            (None, None) => None,
        };
        match seen {
            Some(input) => self.drive(payment.order, input).await.map(drop),
            None => Ok(()),
        }
    }
}

/// Whether our books have exactly this money.
fn is_ours(payment: &Payment, taken: &Taken) -> bool {
    matches!(payment.state, PaymentState::Captured | PaymentState::Surplus)
        && payment.intent_id.as_deref() == Some(taken.intent.as_str())
}
