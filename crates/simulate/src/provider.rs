//! The payment provider: pages and charges by idempotency key, refunds, and news that it tells sooner or later.

use domain::checkout::answers::{Charged, Page};
use std::collections::BTreeMap;

/// An order's attempt to pay: the idempotency key.
pub type Key = (u32, u32);

/// How an attempt stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The buyer can pay.
    Open,
    /// The bank thinks about it.
    Thinking,
    /// The money is taken.
    Taken,
    /// The bank said no to a charge.
    Declined,
    /// The bank wanted to see the buyer of a charge: it can take nothing.
    Challenged,
    /// Closed.
    Closed,
}

/// What the provider tells by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Money was taken.
    Taken(Key),
    /// A page is closed.
    Closed(Key),
    /// The bank said no.
    Declined(Key),
    /// A refund came to its end: our name of it.
    Refunded {
        /// The order.
        order: u32,
        /// Our name.
        refund: u32,
        /// Paid out, or not.
        paid_out: bool,
    },
}

/// A refund, as the provider has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Back {
    /// Whose money.
    pub key: Key,
    /// Our name of it.
    pub refund: u32,
    /// How much.
    pub amount: i64,
    /// Paid out; `None` while it is under way.
    pub paid_out: Option<bool>,
}

/// The provider.
#[derive(Clone, Debug, Default)]
pub struct Provider {
    /// Every attempt that it knows.
    pub attempts: BTreeMap<Key, At>,
    /// When each page closes by itself.
    closes_ms: BTreeMap<Key, u64>,
    /// What each attempt takes.
    pub amounts: BTreeMap<Key, i64>,
    /// Refunds by idempotency key.
    pub refunds: BTreeMap<String, Back>,
    /// News on their way.
    pub post: Vec<News>,
}

/// Pages close by themselves after so long.
pub const PAGE_LIFE_MS: u64 = 35 * 60_000;

impl Provider {
    /// Opens a page, or says how the one under this key stands.
    pub fn open(&mut self, key: Key, amount: i64, now_ms: u64) -> At {
        self.amounts.entry(key).or_insert(amount);
        self.closes_ms.entry(key).or_insert(now_ms + PAGE_LIFE_MS);
        *self.attempts.entry(key).or_insert(At::Open)
    }

    /// Charges a card, or says how the charge under this key ended. `luck` decides for the bank.
    pub fn charge(&mut self, key: Key, amount: i64, luck: usize) -> Charged {
        self.amounts.entry(key).or_insert(amount);
        let first = !self.attempts.contains_key(&key);
        let at = *self.attempts.entry(key).or_insert(match luck % 8 {
            0 => At::Declined,
            1 => At::Challenged,
            2 => At::Thinking,
            _ => At::Taken,
        });
        if first {
            match at {
                At::Taken => self.post.push(News::Taken(key)),
                At::Declined | At::Challenged => self.post.push(News::Declined(key)),
                _ => {}
            }
        }
        charged(at)
    }

    /// How a charge stands.
    pub fn look(&self, key: Key) -> Option<At> {
        self.attempts.get(&key).copied()
    }

    /// Closes a page: what it is afterwards.
    pub fn expire(&mut self, key: Key) -> Page {
        if let Some(at @ (At::Open | At::Thinking)) = self.attempts.get_mut(&key) {
            *at = At::Closed;
            self.post.push(News::Closed(key));
        }
        page(self.attempts.get(&key).copied().unwrap_or(At::Closed))
    }

    /// The buyer or the bank does something; `luck` says what.
    pub fn acts(&mut self, key: Key, luck: usize) {
        let Some(at) = self.attempts.get_mut(&key) else { return };
        match (*at, luck % 10) {
            (At::Open | At::Thinking, 0..=5) => {
                *at = At::Taken;
                // Two pieces of news about one payment, as with a page.
                self.post.push(News::Taken(key));
                self.post.push(News::Taken(key));
            }
            (At::Open, 6) => *at = At::Thinking,
            (At::Open, _) => self.post.push(News::Declined(key)),
            (At::Thinking, 6) => {
                *at = At::Declined;
                self.post.push(News::Declined(key));
            }
            // Against its word, money comes from an attempt that was closed.
            (At::Closed, 0) => {
                *at = At::Taken;
                self.post.push(News::Taken(key));
            }
            _ => {}
        }
    }

    /// Pages whose time is over close.
    pub fn tick(&mut self, now_ms: u64) {
        for (key, at) in &mut self.attempts {
            let over = self.closes_ms.get(key).is_some_and(|at| *at <= now_ms);
            if over && matches!(at, At::Open | At::Thinking) {
                *at = At::Closed;
                self.post.push(News::Closed(*key));
            }
        }
    }

    /// Gives money back, once for a key and never more than was taken. `None`: refused.
    pub fn refund(
        &mut self,
        name: String,
        key: Key,
        refund: u32,
        amount: i64,
        luck: usize,
    ) -> Option<Option<bool>> {
        if let Some(known) = self.refunds.get(&name) {
            return Some(known.paid_out);
        }
        if self.attempts.get(&key) != Some(&At::Taken) || self.back(key) + amount > self.amounts[&key] {
            return None;
        }
        let paid_out = match luck % 4 {
            0 => None,
            _ => Some(true),
        };
        self.refunds.insert(name, Back { key, refund, amount, paid_out });
        if paid_out.is_none() {
            self.post.push(News::Refunded { order: key.0, refund, paid_out: !luck.is_multiple_of(8) });
        }
        Some(paid_out)
    }

    /// A refund's own end, told by its news or asked for.
    pub fn settle_refund(&mut self, order: u32, refund: u32, paid_out: bool) {
        let of = |back: &&mut Back| back.key.0 == order && back.refund == refund;
        for back in self.refunds.values_mut().filter(of) {
            back.paid_out.get_or_insert(paid_out);
        }
    }

    /// What is under way is paid out, whether or not its news arrived.
    pub fn decide_refunds(&mut self) {
        for back in self.refunds.values_mut() {
            back.paid_out.get_or_insert(true);
        }
    }

    /// How a refund stands.
    pub fn refund_state(&self, order: u32, refund: u32) -> Option<Option<bool>> {
        let of = |back: &&Back| back.key.0 == order && back.refund == refund;
        self.refunds.values().find(of).map(|back| back.paid_out)
    }

    /// What went back of an attempt, or is on its way.
    pub fn back(&self, key: Key) -> i64 {
        let of = |back: &&Back| back.key == key && back.paid_out != Some(false);
        self.refunds.values().filter(of).map(|back| back.amount).sum()
    }
}

/// An attempt as a page.
pub fn page(at: At) -> Page {
    match at {
        At::Open => Page::Open,
        At::Thinking => Page::Processing,
        At::Taken => Page::Paid,
        At::Closed | At::Declined | At::Challenged => Page::Expired,
    }
}

/// An attempt as a charge.
pub fn charged(at: At) -> Charged {
    match at {
        At::Taken => Charged::Captured,
        At::Challenged => Charged::Challenge,
        At::Open | At::Thinking => Charged::Processing,
        At::Declined | At::Closed => Charged::Declined,
    }
}
