//! The programme: what is on, when, for how much.

mod arenas;
mod clubs;
mod stage;

/// Stands below every description.
pub(super) const NOTICE: &str =
    "This is a demo: house, programme and people are invented, and nothing here is really sold.";

/// How far the sale is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sale {
    /// Open, nothing sold.
    Open,
    /// Open, so much of a hundred sold.
    Running(u8),
    /// Nothing left.
    SoldOut,
    /// A few left.
    AlmostFull,
    /// Opens in so many minutes.
    InMinutes(i64),
    /// Opens in so many days.
    InDays(i64),
    /// Stopped for the moment.
    Paused,
    /// Will not take place.
    Cancelled,
}

/// One event.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    /// Slug of the house.
    pub(super) house: &'static str,
    /// Days from today.
    pub(super) day: u64,
    /// Local hour and minute.
    pub(super) start: (u32, u32),
    /// Length.
    pub(super) minutes: i64,
    pub(super) slug: &'static str,
    pub(super) name: &'static str,
    pub(super) subtitle: &'static str,
    pub(super) category: &'static str,
    pub(super) series: &'static str,
    pub(super) text: &'static str,
    /// Top and floor, without fee.
    pub(super) prices: (i64, i64),
    /// There is an early bird tier.
    pub(super) early: bool,
    pub(super) sale: Sale,
}

/// All events.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    stage::ROWS.iter().chain(arenas::ROWS).chain(clubs::ROWS)
}
