//! Payments of orders: one at a time, each known to us before the provider hears of it.

mod disputes;
mod read;
mod surplus;

use crate::{
    audit::{self, Cause},
    error::{Result, StoreError, retried},
    orders::{OrderStatus, currency},
    pool::PgStore,
};
use chrono::{DateTime, Utc};
use domain::{
    ids::{OrderId, PaymentId},
    money::Money,
    payment::{Fact, sources},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

/// How the buyer pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum PaymentKind {
    /// On the provider's page.
    Hosted,
    /// With a payment method given in the call.
    Direct,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// Written here; the provider may or may not know it yet (its idempotency key is our id).
    Creating,
    /// Open at the provider.
    Open,
    /// The provider is at work (3-D Secure, a slow method).
    Processing,
    /// The money is here.
    Captured,
    /// Declined or given up; it cannot succeed any more.
    Failed,
    /// Closed at the provider; it cannot succeed any more.
    Expired,
    /// The money is here, but no order can take it: it must go back.
    Surplus,
}

impl From<PaymentState> for domain::payment::State {
    fn from(state: PaymentState) -> Self {
        match state {
            PaymentState::Creating => Self::Creating,
            PaymentState::Open => Self::Open,
            PaymentState::Processing => Self::Processing,
            PaymentState::Captured => Self::Captured,
            PaymentState::Failed => Self::Failed,
            PaymentState::Expired => Self::Expired,
            PaymentState::Surplus => Self::Surplus,
        }
    }
}

/// A payment as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its name, and the provider's idempotency key.
    pub id: PaymentId,
    /// Its order.
    pub order: OrderId,
    /// How.
    pub kind: PaymentKind,
    /// Where it stands.
    pub state: PaymentState,
    /// How much.
    pub amount: Money,
    /// The provider's session.
    pub session_id: Option<String>,
    /// The provider's payment intent.
    pub intent_id: Option<String>,
    /// The provider's page.
    pub url: Option<String>,
    /// The last reason for a failure, as the provider names it. While the payment is open: the bank said no, and the
    /// buyer may try on.
    pub failure: Option<String>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub changed_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    order_id: Uuid,
    kind: PaymentKind,
    state: PaymentState,
    amount_minor: i64,
    currency: String,
    session_id: Option<String>,
    intent_id: Option<String>,
    url: Option<String>,
    failure: Option<String>,
    created_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
}

impl TryFrom<Row> for Payment {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: PaymentId(row.id),
            order: OrderId(row.order_id),
            kind: row.kind,
            state: row.state,
            amount: Money::new(row.amount_minor, currency(&row.currency)?),
            session_id: row.session_id,
            intent_id: row.intent_id,
            url: row.url,
            failure: row.failure,
            created_at: row.created_at,
            changed_at: row.changed_at,
        })
    }
}

/// What came of beginning a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is ours to open at the provider.
    New(Payment),
    /// Another payment of the order is under way: go on with it, or close it first.
    Live(Payment),
}

/// How a payment that cannot succeed any more ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing<'a> {
    /// Declined, with the provider's reason.
    Failed(&'a str),
    /// Nobody has sent it to the provider, for this reason. Only a payment that no other process may have sent
    /// meanwhile ([`PgStore::payment_opened`]) ends so.
    NeverSent(&'a str),
    /// Closed at the provider.
    Expired,
}

impl PgStore {
    /// Writes a payment down before the provider is asked for it.
    pub async fn begin_payment(
        &self,
        id: PaymentId,
        order: OrderId,
        kind: PaymentKind,
        cause: &Cause<'_>,
    ) -> Result<Begun> {
        retried!(self.try_begin(id, order, kind, cause))
    }

    async fn try_begin(
        &self,
        id: PaymentId,
        order: OrderId,
        kind: PaymentKind,
        cause: &Cause<'_>,
    ) -> Result<Begun> {
        let mut tx = self.begin().await?;
        // The order's lock keeps a release from running beside us (INV-6).
        let status: OrderStatus = sqlx::query_scalar("SELECT status FROM orders WHERE id = $1 FOR UPDATE")
            .bind(order.0)
            .fetch_optional(&mut *tx)
            .await?
            .ok_or(StoreError::Missing { what: "the order" })?;
        if status != OrderStatus::Placed {
            return Err(StoreError::WrongState { what: "the order" });
        }
        let live: Option<Row> = sqlx::query_as(
            "SELECT id, order_id, kind, state, amount_minor, currency, session_id, intent_id, url, failure,
                    created_at, changed_at
             FROM payments WHERE order_id = $1 AND state IN ('creating', 'open', 'processing')",
        )
        .bind(order.0)
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(live) = live {
            return Ok(Begun::Live(live.try_into()?));
        }
        let row: Row = sqlx::query_as(
            "INSERT INTO payments (id, order_id, kind, state, amount_minor, currency, created_at, changed_at)
             SELECT $1, o.id, $3, 'creating', o.total_minor, o.currency, $4, $4 FROM orders o WHERE o.id = $2
             RETURNING id, order_id, kind, state, amount_minor, currency, session_id, intent_id, url, failure,
                       created_at, changed_at",
        )
        .bind(id.0)
        .bind(order.0)
        .bind(kind)
        .bind(cause.at)
        .fetch_one(&mut *tx)
        .await?;
        set_order(&mut tx, order, "pending").await?;
        audit::write(
            &mut tx,
            cause,
            "payment",
            &id.to_string(),
            "begun",
            json!({ "order": order, "kind": kind }),
        )
        .await?;
        tx.commit().await?;
        Ok(Begun::New(row.try_into()?))
    }

    /// The provider knows the payment now. `false` when it moved on already (a webhook may be faster than the answer).
    pub async fn payment_opened(
        &self,
        id: PaymentId,
        session_id: Option<&str>,
        intent_id: Option<&str>,
        url: Option<&str>,
        cause: &Cause<'_>,
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        let before: Option<PaymentState> = sqlx::query_scalar(
            "UPDATE payments p SET session_id = coalesce($2, p.session_id), intent_id = coalesce($3, p.intent_id),
                    url = coalesce($4, p.url), changed_at = $5,
                    state = CASE WHEN p.state = 'creating' THEN 'open' ELSE p.state END
             FROM (SELECT id, state FROM payments WHERE id = $1 FOR UPDATE) old
             WHERE p.id = old.id RETURNING old.state",
        )
        .bind(id.0)
        .bind(session_id)
        .bind(intent_id)
        .bind(url)
        .bind(cause.at)
        .fetch_optional(&mut *tx)
        .await?;
        let before = before.ok_or(StoreError::Missing { what: "the payment" })?;
        let data = json!({ "session": session_id, "intent": intent_id });
        audit::write(&mut tx, cause, "payment", &id.to_string(), "opened", data).await?;
        tx.commit().await?;
        Ok(before == PaymentState::Creating)
    }

    /// The provider is at work on the payment (3-D Secure, a slow method).
    pub async fn payment_processing(&self, id: PaymentId, cause: &Cause<'_>) -> Result<bool> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE payments SET state = 'processing', changed_at = $2 WHERE id = $1 AND state = ANY($3)",
        )
        .bind(id.0)
        .bind(cause.at)
        .bind(sources(Fact::Processing))
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        audit::write(&mut tx, cause, "payment", &id.to_string(), "processing", json!({})).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The bank said no on the provider's page, which stays open. `false` when that is known, or the payment has ended.
    pub async fn note_decline(&self, id: PaymentId, reason: &str, cause: &Cause<'_>) -> Result<bool> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE payments SET failure = $2, changed_at = $3
             WHERE id = $1 AND kind = 'hosted' AND state IN ('creating', 'open', 'processing')
               AND failure IS DISTINCT FROM $2",
        )
        .bind(id.0)
        .bind(reason)
        .bind(cause.at)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        audit::write(&mut tx, cause, "payment", &id.to_string(), "declined", json!({ "failure": reason }))
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The payment cannot succeed any more: the provider said so. `false` when it had ended before, one way or another.
    pub async fn close_payment(
        &self,
        id: PaymentId,
        closing: Closing<'_>,
        cause: &Cause<'_>,
    ) -> Result<bool> {
        let (state, order_payment, failure, fact) = match closing {
            Closing::Failed(reason) => ("failed", "failed", Some(reason), Fact::Failed),
            Closing::NeverSent(reason) => ("failed", "failed", Some(reason), Fact::Failed),
            Closing::Expired => ("expired", "none", None, Fact::Closed),
        };
        let from = match closing {
            Closing::NeverSent(_) => vec![domain::payment::State::Creating.name()],
            Closing::Failed(_) | Closing::Expired => sources(fact),
        };
        let mut tx = self.begin().await?;
        // Orders before payments, as everywhere: no circle of waiting.
        let order: Option<Uuid> = sqlx::query_scalar(
            "SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id WHERE p.id = $1 FOR UPDATE OF o",
        )
        .bind(id.0)
        .fetch_optional(&mut *tx)
        .await?;
        let order = OrderId(order.ok_or(StoreError::Missing { what: "the payment" })?);
        let done = sqlx::query(
            "UPDATE payments SET state = $2, failure = $3, changed_at = $4 WHERE id = $1 AND state = ANY($5)",
        )
        .bind(id.0)
        .bind(state)
        .bind(failure)
        .bind(cause.at)
        .bind(from)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        set_order(&mut tx, order, order_payment).await?;
        audit::write(&mut tx, cause, "payment", &id.to_string(), state, json!({ "failure": failure }))
            .await?;
        tx.commit().await?;
        Ok(true)
    }
}

async fn set_order(tx: &mut PgConnection, order: OrderId, payment_status: &str) -> Result<()> {
    sqlx::query("UPDATE orders SET payment_status = $2 WHERE id = $1 AND payment_status <> 'captured'")
        .bind(order.0)
        .bind(payment_status)
        .execute(tx)
        .await?;
    Ok(())
}
