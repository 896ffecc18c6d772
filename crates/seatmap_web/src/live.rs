//! The live line of an event: one WebSocket that comes back by itself.
//!
//! It asks for what it missed since its `epoch` and `offset`, falls back to a snapshot where the server cannot tell
//! or a gap shows (INV-7; the rules are [`protocol::merge`]), waits longer after every failure with a random part so
//! that a thousand browsers do not return in the same instant, sleeps with a hidden page that nobody looks at for
//! long, and notices a line that is silent.

mod line;

pub use line::LiveSocket;

use domain::{
    ids::EventId,
    seat::{AreaIx, SeatIx, SeatState},
};
use protocol::{live::Refusal, merge::View};

/// How the line stands, for a badge on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineState {
    /// Opening, nothing known yet.
    Connecting,
    /// What is shown is what is.
    Live,
    /// What is shown may be old; the line is being mended.
    Stale,
    /// The browser has no network.
    Offline,
}

/// Something new from the line.
#[derive(Clone, Debug)]
pub enum LiveUpdate<'a> {
    /// Everything: read the view.
    Snapshot(&'a View),
    /// Some seats and areas have changed.
    Changes {
        /// Seats with their new states.
        seats: &'a [(SeatIx, SeatState)],
        /// Areas with the places left.
        areas: &'a [(AreaIx, u32)],
    },
    /// Free seats of all sections.
    Counters(&'a [u32]),
}

/// What the line tells. A callback may call the socket again, but not destroy it.
pub struct LiveCallbacks {
    /// The line stands differently.
    pub on_line: Box<dyn Fn(LineState)>,
    /// Something new.
    pub on_update: Box<dyn Fn(LiveUpdate<'_>)>,
    /// The server does not take the subscription; `Unavailable` is tried again, the others are not.
    pub on_refused: Box<dyn Fn(Refusal)>,
}

/// Where and what.
#[derive(Clone, Debug)]
pub struct LiveConfig {
    /// The event.
    pub event: EventId,
    /// Path of the socket on this page's host (`/live`), or a whole `ws:` address.
    pub address: String,
}

/// Silence after which a line counts as stale: the server's heartbeat is well below it.
pub(crate) const SILENCE_MS: f64 = 15_000.0;
/// Waits between attempts begin with this …
const WAIT_FIRST_MS: f64 = 400.0;
/// … double, and end with this.
const WAIT_LAST_MS: f64 = 20_000.0;

/// Milliseconds to wait before attempt number `failures` (0 is the first): doubling, between half and whole of it by
/// `chance` from 0 to 1.
pub(crate) fn wait_ms(failures: u32, chance: f64) -> f64 {
    let whole = (WAIT_FIRST_MS * f64::from(1_u32 << failures.min(10))).min(WAIT_LAST_MS);
    whole * (0.5 + 0.5 * chance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_stay_bounded_and_differ() {
        assert_eq!((wait_ms(0, 1.0), wait_ms(1, 1.0), wait_ms(2, 1.0)), (400.0, 800.0, 1600.0));
        assert_eq!((wait_ms(30, 1.0), wait_ms(30, 0.0)), (20_000.0, 10_000.0));
    }
}
