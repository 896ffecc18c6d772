//! What goes to the provider and what comes back, in our own words.

use chrono::{DateTime, Utc};
use domain::{
    ids::{OrderId, RefundId as OurRefundId},
    money::Money,
};
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! provider_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The id as the provider writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
    )+};
}

provider_id! {
    /// A hosted payment page at the provider (`cs_…`).
    SessionId,
    /// One attempt to take money (`pi_…`).
    IntentId,
    /// Money on its way back (`re_…`).
    RefundId,
}

/// One line that the hosted page shows; `unit` is all-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionLine {
    /// What the buyer reads: `Row C, seat 12 (Adult)`.
    pub name: String,
    /// The all-in price of one.
    pub unit: Money,
    /// How many; at least 1.
    pub quantity: u32,
}

/// A hosted payment page to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// The order that is paid for; travels as metadata and comes back in every webhook.
    pub order: OrderId,
    /// The lines, all in one currency; at least one.
    pub lines: Vec<SessionLine>,
    /// Where the provider sends its receipt.
    pub email: String,
    /// Where the buyer lands after paying; `{CHECKOUT_SESSION_ID}` is filled in by the provider.
    pub success_url: String,
    /// Where the buyer lands after turning back.
    pub cancel_url: String,
    /// The same key gives the same session (at most 255 characters).
    pub idempotency_key: String,
    /// When the page closes by itself: the provider accepts 30 minutes to 24 hours from now. Earlier closing is
    /// [`crate::Gateway::expire_session`].
    pub expires_at: DateTime<Utc>,
}

/// An open hosted payment page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Where the buyer is sent.
    pub url: String,
}

/// What the provider says about a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// The buyer can still pay.
    Open,
    /// The buyer is through, the money is not there yet: a webhook will tell.
    Processing {
        /// The payment under way.
        intent: Option<IntentId>,
    },
    /// The money is taken. `expire_session` answers this when the buyer was faster.
    Paid {
        /// The payment.
        intent: IntentId,
        /// What was taken.
        amount: Money,
    },
    /// Closed for good: no payment can succeed any more.
    Expired,
}

/// A payment method charged at once, without a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The order that is paid for; travels as metadata.
    pub order: OrderId,
    /// What to take.
    pub amount: Money,
    /// The provider's name of the method (`pm_card_visa`).
    pub payment_method: String,
    /// Where the provider sends its receipt.
    pub email: String,
    /// What stands on the receipt.
    pub description: String,
    /// The same key takes the money at most once (at most 255 characters).
    pub idempotency_key: String,
}

/// How a charge ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChargeOutcome {
    /// The money is taken.
    Captured {
        /// The payment.
        intent: IntentId,
    },
    /// The bank says no; another method may do.
    Declined {
        /// The bank's reason if it gives one (`insufficient_funds`), else the provider's code (`card_declined`).
        code: String,
        /// A sentence the buyer may read.
        message: String,
    },
    /// The bank wants to see the buyer (3-D Secure): only the hosted page can do that.
    RequiresAction {
        /// The payment that waits; nothing is taken.
        intent: IntentId,
    },
    /// Not decided yet: a webhook will tell.
    Processing {
        /// The payment under way.
        intent: IntentId,
    },
}

/// Money to be given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The payment that is given back, whole or in part.
    pub intent: IntentId,
    /// How much of it.
    pub amount: Money,
    /// The order; travels as metadata.
    pub order: OrderId,
    /// Our name of the refund; travels as metadata, so that its webhooks find it.
    pub refund: OurRefundId,
    /// The same key gives back at most once (at most 255 characters).
    pub idempotency_key: String,
}

/// How a refund stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundState {
    /// The provider has it; a webhook tells the end.
    Pending {
        /// The refund.
        refund: RefundId,
    },
    /// On its way to the buyer's account.
    Succeeded {
        /// The refund.
        refund: RefundId,
    },
    /// It did not go through, and the money is with us.
    Failed {
        /// The refund.
        refund: RefundId,
        /// The provider's reason.
        reason: String,
    },
}

/// Money that the provider took, as its list tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The payment.
    pub intent: IntentId,
    /// The order of its metadata; none when it is not ours.
    pub order: Option<OrderId>,
    /// How much came; none in a currency that we do not know.
    pub amount: Option<Money>,
    /// When the payment was made at the provider (its money came then or later).
    pub created: DateTime<Utc>,
}

/// One page of the provider's list, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenPage {
    /// What was taken; attempts without money are left out.
    pub taken: Vec<Taken>,
    /// Where the next page begins; none at the end.
    pub next: Option<IntentId>,
}

/// A webhook whose signature is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookFact {
    /// The provider's id of it (`evt_…`): the same id twice is the same fact.
    pub id: String,
    /// When it happened at the provider (whole seconds). Webhooks arrive in any order.
    pub created: DateTime<Utc>,
    /// What happened.
    pub kind: WebhookKind,
}

/// What a webhook tells. `order` is absent when the object does not carry our metadata: not ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookKind {
    /// The buyer is through the hosted page.
    SessionCompleted {
        /// The session.
        session: SessionId,
        /// The order.
        order: Option<OrderId>,
        /// The payment.
        intent: Option<IntentId>,
        /// The session's total.
        amount: Option<Money>,
        /// Whether the money is there already.
        paid: bool,
    },
    /// The hosted page is closed: no payment can come from it any more.
    SessionExpired {
        /// The session.
        session: SessionId,
        /// The order.
        order: Option<OrderId>,
    },
    /// Money is taken.
    IntentSucceeded {
        /// The payment.
        intent: IntentId,
        /// The order.
        order: Option<OrderId>,
        /// What was received.
        amount: Option<Money>,
    },
    /// An attempt to pay failed; the buyer may try another method.
    IntentFailed {
        /// The payment.
        intent: IntentId,
        /// The order.
        order: Option<OrderId>,
        /// As in [`ChargeOutcome::Declined`].
        code: String,
        /// A sentence the buyer may read.
        message: String,
    },
    /// A refund was made or changed.
    RefundUpdated {
        /// The payment that is given back.
        intent: Option<IntentId>,
        /// The order.
        order: Option<OrderId>,
        /// Our name of the refund; none when it was made by hand at the provider.
        refund: Option<OurRefundId>,
        /// How much.
        amount: Option<Money>,
        /// How it stands now.
        state: RefundState,
    },
    /// The buyer's bank wants the money of a payment back, or that is decided.
    Disputed {
        /// The payment.
        intent: Option<IntentId>,
        /// For us or for the buyer; `None` while it is open.
        decided: Option<bool>,
        /// The bank's reason (`fraudulent`, `product_not_received`, …).
        reason: String,
    },
    /// One of the above by its name, in a form that we do not know: to be kept until it can be read.
    Unreadable(String),
    /// Anything else, by the provider's name of it.
    Other(String),
}
