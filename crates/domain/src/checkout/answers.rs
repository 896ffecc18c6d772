//! What the answers of the stores and the provider mean for the machine. The executor and the simulation share it, so
//! that what is simulated is what ships.

use super::{Checkout, Input};
use crate::payment::State;

/// A hosted page, as the provider tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The buyer can still pay.
    Open,
    /// The buyer is through, the money is not there yet.
    Processing,
    /// The money is taken.
    Paid,
    /// No payment can come from it any more.
    Expired,
}

/// A charge, as the provider tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charged {
    /// The money is taken.
    Captured,
    /// The bank said no.
    Declined,
    /// The bank wants to see the buyer.
    Challenge,
    /// Not decided yet.
    Processing,
}

/// Why a call to the provider brought nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// The provider refuses: there is nothing there.
    Refused,
    /// Nothing was sent.
    NotSent,
    /// It may or may not have happened.
    Unknown,
}

/// How a commit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// Tickets were issued now.
    Issued,
    /// They were there.
    Already,
    /// The claim is gone, or somebody else's, or the event is over: this money goes back.
    Refused,
}

/// How giving seats back ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// They are free now, or were before.
    Freed,
    /// The order is paid: there was nothing to give back.
    Completed,
}

/// An attempt is to be closed: what our own books say of it already. `None`: the provider has to be asked.
pub const fn known(state: State, attempt: u32) -> Option<Input> {
    match state {
        State::Captured | State::Surplus => Some(Input::Captured { attempt }),
        State::Failed | State::Expired => Some(Input::SessionClosed { attempt }),
        State::Creating | State::Open | State::Processing => None,
    }
}

/// A page was told to close. `None` is no answer: ask again.
pub const fn page_closed(page: Page, attempt: u32) -> Option<Input> {
    match page {
        Page::Expired => Some(Input::SessionClosed { attempt }),
        Page::Paid => Some(Input::Captured { attempt }),
        Page::Open | Page::Processing => None,
    }
}

/// A page was looked at, nobody asked for its end. `None`: nothing new.
pub const fn page_seen(page: Page, attempt: u32) -> Option<Input> {
    page_closed(page, attempt)
}

/// A charge was made.
pub const fn charged(charged: Charged, attempt: u32) -> Input {
    match charged {
        Charged::Captured => Input::Captured { attempt },
        Charged::Declined => Input::Declined { attempt },
        Charged::Challenge => Input::ChallengeRequired { attempt },
        Charged::Processing => Input::ChargePending { attempt },
    }
}

/// A charge is to come to an end. Nobody has the key to finish a challenge by call, so it can take nothing any more.
/// `None` is no answer: ask again.
pub const fn charge_closed(charged: Charged, attempt: u32) -> Option<Input> {
    match charged {
        Charged::Captured => Some(Input::Captured { attempt }),
        Charged::Declined | Charged::Challenge => Some(Input::SessionClosed { attempt }),
        Charged::Processing => None,
    }
}

/// No page came. Refused and never sent are an end, silence is not.
pub const fn not_opened(silence: Silence, attempt: u32) -> Input {
    match silence {
        Silence::Refused | Silence::NotSent => Input::SessionFailed { attempt },
        Silence::Unknown => Input::Unknown { attempt },
    }
}

/// No charge came.
pub const fn not_charged(silence: Silence, attempt: u32) -> Input {
    match silence {
        Silence::Refused | Silence::NotSent => Input::Declined { attempt },
        Silence::Unknown => Input::Unknown { attempt },
    }
}

/// A commit ended.
pub const fn committed(commit: Commit, round: u32) -> Input {
    match commit {
        Commit::Issued | Commit::Already => Input::Committed { round },
        Commit::Refused => Input::CommitRefused { round },
    }
}

/// Giving back ended. Of two processes that committed late money at once, one may have found the seats taken and the
/// other, a moment later, free: then the order is completed, whatever the first had heard.
pub const fn released(release: Release, round: u32) -> Input {
    match release {
        Release::Freed => Input::Released { round },
        Release::Completed => Input::Committed { round },
    }
}

impl Checkout {
    /// Whether a step is under way, so that where the walk stands is no answer yet.
    pub fn is_under_way(&self) -> bool {
        self.of_phase().is_some()
    }

    /// Whether a retry would do something.
    pub fn is_open(&self) -> bool {
        !self.outstanding().is_empty()
    }
}
