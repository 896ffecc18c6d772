//! The state of the island and what can be done with it.

use super::{
    list, map,
    taps::{Batch, Taps},
    timer,
};
use crate::{
    error::words,
    format::counted,
    seats::{
        ask::ask,
        wire::{Change, Held, PickerEvent, Refusal, Wish},
    },
};
use domain::ids::{AreaId, TierId, ZoneId};
use leptos::{prelude::*, task::spawn_local};

/// Whether the map stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The drawing is on its way.
    Loading,
    /// It is there.
    Ready,
    /// It could not be loaded; the list works.
    Failed,
}

/// How far the live line can be trusted.
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "the server renders no live line"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// What is shown is now.
    Live,
    /// Not yet, or again being connected.
    Stale,
    /// The browser has no network.
    Offline,
}

/// A selection whose time ran out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lost {
    /// Seats by position.
    pub seats: Vec<u32>,
    /// Places.
    pub areas: Vec<(AreaId, u32)>,
    /// In words.
    pub labels: Vec<String>,
}

/// Something did not work.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// What happened.
    pub title: String,
    /// What it means.
    pub meaning: String,
    /// Seats to take instead.
    pub take: Vec<u32>,
    /// Those seats in words.
    pub take_words: String,
}

/// Free seats by what the filters would let through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// By zone.
    pub by_zone: Vec<u32>,
    /// Accessible ones.
    pub accessible: u32,
    /// Through the filters in force.
    pub matching: u32,
}

/// What the buyer wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Positions of zones; empty is any.
    pub zones: Vec<u8>,
    /// Accessible seats only.
    pub accessible: bool,
}

/// What a button does.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// A seat is taken or given back.
    Tap(u32),
    /// So many places of an area; 0 gives all back.
    Places(AreaId, u32),
    /// Takes seats that were offered.
    Take(Vec<u32>),
    /// One more try for a selection that ran out.
    TakeAgain,
    /// "I need longer".
    Renew,
    /// Everything goes back.
    Clear,
    /// The message was read.
    CloseTrouble,
    /// The message was read.
    CloseLost,
}

/// All signals of the island; copied freely.
#[derive(Clone, Copy)]
pub struct Desk {
    /// The event.
    pub event: StoredValue<PickerEvent>,
    /// The server's last answer.
    pub hold: RwSignal<Option<Held>>,
    /// Taps without an answer.
    pub pending: RwSignal<Batch>,
    /// Seconds left; `None` without a hold.
    pub left_ms: RwSignal<Option<i64>>,
    /// Something is held.
    pub holding: Memo<bool>,
    /// The time is nearly over.
    pub low: Memo<bool>,
    /// A selection that ran out.
    pub lost: RwSignal<Option<Lost>>,
    /// What did not work.
    pub trouble: RwSignal<Option<Trouble>>,
    /// For screen readers.
    pub said: RwSignal<String>,
    /// A request other than a tap is under way.
    pub busy: RwSignal<bool>,
    /// The map.
    pub phase: RwSignal<Phase>,
    /// The live line.
    pub line: RwSignal<Line>,
    /// Free seats.
    pub counts: RwSignal<Option<Counts>>,
    /// Free places, by area of the event.
    pub places: RwSignal<Vec<u32>>,
    /// The filter.
    pub wanted: RwSignal<Wanted>,
    taps: StoredValue<Taps>,
    deadline_ms: StoredValue<Option<f64>>,
}

impl Desk {
    /// The desk as the server renders it.
    pub fn new(event: PickerEvent, initial: Option<Held>) -> Self {
        let left = initial.as_ref().map(|hold| hold.left_ms);
        let hold = RwSignal::new(initial);
        let left_ms = RwSignal::new(left);
        Self {
            places: RwSignal::new(event.areas.iter().map(|area| area.free).collect()),
            event: StoredValue::new(event),
            hold,
            holding: Memo::new(move |_| hold.with(Option::is_some)),
            low: Memo::new(move |_| {
                left_ms.get().is_some_and(|left| left > 0 && left <= timer::WARN_SECONDS * 1_000)
            }),
            pending: RwSignal::default(),
            left_ms,
            lost: RwSignal::new(None),
            trouble: RwSignal::new(None),
            said: RwSignal::default(),
            busy: RwSignal::new(false),
            phase: RwSignal::new(Phase::Loading),
            line: RwSignal::new(Line::Stale),
            counts: RwSignal::new(None),
            wanted: RwSignal::default(),
            taps: StoredValue::default(),
            deadline_ms: StoredValue::new(None),
        }
    }

    /// Once, in the browser: the hold is asked for again, because a page may be old (back, a second tab).
    pub fn start(self) {
        if let Some(left) = self.left_ms.get_untracked() {
            self.deadline_ms.set_value(Some(timer::now_ms() + left as f64));
        }
        timer::every_quarter_second(move || self.tick());
        timer::on_return(move || self.refresh());
        list::start(self);
        map::start(self);
        self.refresh();
    }

    /// Asks the server what is held.
    pub fn refresh(self) {
        spawn_local(async move {
            match self.ask(Wish::Look).await {
                Ok(hold) => self.accept(hold),
                Err(refusal) => self.say(words(&refusal.code).1.to_owned()),
            }
        });
    }

    /// A seat was tapped on the map or in the list.
    pub fn tap(self, seat: u32) {
        if !self.event.with_value(|event| event.open) {
            return self.complain(&Refusal::new("not_on_sale"));
        }
        let held = self.holds(seat);
        self.taps.update_value(|taps| taps.tap(seat, held));
        self.pump();
    }

    /// Whether the server said that this seat is the buyer's.
    pub fn holds(self, seat: u32) -> bool {
        self.hold.with_untracked(|hold| hold.iter().any(|hold| hold.seats.iter().any(|held| held.ix == seat)))
    }

    fn pump(self) {
        let batch = self.taps.try_update_value(Taps::next).flatten();
        self.show_pending();
        let Some(batch) = batch else { return };
        let (add, remove) = (batch.add.into_iter().collect(), batch.remove.into_iter().collect());
        spawn_local(async move {
            let answer = self.ask(Wish::Change(Change { add, remove, ..Change::default() })).await;
            self.taps.update_value(Taps::answered);
            self.take_answer(answer);
            self.pump();
        });
    }

    fn show_pending(self) {
        let pending = self.taps.with_value(Taps::pending);
        if self.pending.with_untracked(|shown| *shown != pending) {
            self.pending.set(pending);
        }
        self.show();
    }

    /// Map and list follow the hold.
    pub fn show(self) {
        self.with_selection(|held, pending| {
            map::show(held, pending);
            list::show(held, pending);
        });
    }

    /// Calls with the held seats and the pending taps.
    pub fn with_selection(self, call: impl FnOnce(&[u32], &Batch)) {
        let held = self.held_seats();
        self.pending.with_untracked(|pending| call(&held, pending));
    }

    fn held_seats(self) -> Vec<u32> {
        self.hold.with_untracked(|hold| {
            hold.iter().flat_map(|hold| hold.seats.iter().map(|seat| seat.ix)).collect()
        })
    }

    /// How many places of an area the server said are the buyer's.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "asked by the map"))]
    pub fn places_held(self, area: &AreaId) -> u32 {
        self.hold.with_untracked(|hold| hold.as_ref().map_or(0, |hold| hold.places(area)))
    }

    fn take_answer(self, answer: Result<Option<Held>, Refusal>) {
        match answer {
            Ok(hold) => {
                self.trouble.set(None);
                self.lost.set(None);
                self.say(spoken(hold.as_ref()));
                self.accept(hold);
            }
            Err(refusal) if refusal.code == "hold_expired" => self.run_out(),
            Err(refusal) => {
                self.show();
                self.complain(&refusal);
            }
        }
    }

    fn accept(self, hold: Option<Held>) {
        let hold = hold.filter(|hold| !hold.seats.is_empty() || !hold.areas.is_empty());
        let left = hold.as_ref().map(|hold| hold.left_ms);
        self.deadline_ms.set_value(left.map(|left| timer::now_ms() + left as f64));
        self.left_ms.set(left);
        if self.hold.with_untracked(|shown| *shown != hold) {
            self.hold.set(hold);
        }
        self.show();
    }

    fn tick(self) {
        let Some(deadline) = self.deadline_ms.get_value() else { return };
        let left = (deadline - timer::now_ms()) as i64;
        // Whole seconds only: nothing else of the page changes in between.
        let second = |ms: i64| (ms + 999).div_euclid(1_000);
        if self.left_ms.get_untracked().map(second) != Some(second(left)) {
            self.left_ms.set(Some(left));
            if second(left) == timer::WARN_SECONDS {
                self.say(format!("{} seconds left for your seats.", timer::WARN_SECONDS));
            }
        }
        if left <= 0 {
            self.run_out();
        }
    }

    /// The time is over: the selection stays on screen, to be asked for again.
    fn run_out(self) {
        let lost = self.hold.with_untracked(|hold| hold.as_ref().map(Lost::of));
        self.taps.update_value(Taps::forget);
        self.accept(None);
        if lost.is_some() {
            self.lost.set(lost);
            self.say(
                "Your time for these seats is over. They are free again and no money was taken.".to_owned(),
            );
        }
    }

    /// Does what a button says.
    pub fn perform(self, deed: Deed) {
        match deed {
            Deed::Tap(seat) => self.tap(seat),
            Deed::Places(area, places) => self.set_area(area, places),
            Deed::Take(seats) => {
                self.trouble.set(None);
                self.change(Change { add: seats, ..Change::default() });
            }
            Deed::TakeAgain => {
                let Some(lost) = self.lost.get_untracked() else { return };
                self.change(Change { add: lost.seats, areas: lost.areas, ..Change::default() });
            }
            Deed::Renew => self.run(Wish::Extend),
            Deed::Clear => self.run(Wish::Release),
            Deed::CloseTrouble => self.trouble.set(None),
            Deed::CloseLost => self.lost.set(None),
        }
    }

    /// So many places of an area; 0 gives all back.
    pub fn set_area(self, area: AreaId, quantity: u32) {
        self.change(Change { areas: vec![(area, quantity)], ..Change::default() });
    }

    /// Another price for a seat or an area.
    pub fn set_tier(self, what: String, tier: String) {
        self.change(Change { tiers: vec![(what, TierId(tier))], ..Change::default() });
    }

    fn change(self, change: Change) {
        self.run(Wish::Change(change));
    }

    /// "Choose for me".
    pub fn choose(self, quantity: u32, zone: String, accessible: bool) {
        let zone = (!zone.is_empty()).then_some(ZoneId(zone));
        self.run(Wish::Choose { quantity, zone, accessible });
    }

    async fn ask(self, wish: Wish) -> Result<Option<Held>, Refusal> {
        ask(self.event.with_value(|event| event.id), wish).await
    }

    fn run(self, wish: Wish) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        let chosen = matches!(wish, Wish::Choose { .. });
        spawn_local(async move {
            let answer = self.ask(wish).await;
            self.busy.set(false);
            self.take_answer(answer);
            if chosen {
                map::look_at(&self.held_seats());
            }
        });
    }

    /// Says what did not work, and what can be done.
    pub fn complain(self, refusal: &Refusal) {
        let (title, meaning) = words(&refusal.code);
        let take = refusal.offer.clone();
        let take_words = map::words_of(&take);
        let meaning = match refusal.max {
            Some(max) => {
                format!("One buyer may hold {max} at once. Give a seat back before you take another.")
            }
            None => meaning.to_owned(),
        };
        self.say(format!("{title}. {meaning}"));
        self.trouble.set(Some(Trouble { title: title.to_owned(), meaning, take, take_words }));
    }

    /// A price list is asked for, or no longer.
    pub fn toggle_zone(self, zone: u8) {
        let mut wanted = self.wanted.get_untracked();
        match wanted.zones.iter().position(|wanted| *wanted == zone) {
            Some(at) => drop(wanted.zones.remove(at)),
            None => wanted.zones.push(zone),
        }
        self.want(wanted);
    }

    /// Only accessible seats, or all.
    pub fn toggle_accessible(self) {
        let wanted = self.wanted.get_untracked();
        self.want(Wanted { accessible: !wanted.accessible, ..wanted });
    }

    /// Map and counts follow the filter.
    pub fn want(self, wanted: Wanted) {
        map::filter(self, &wanted);
        self.wanted.set(wanted);
    }

    /// For screen readers.
    pub fn say(self, text: String) {
        self.said.set(text);
    }
}

impl Lost {
    fn of(hold: &Held) -> Self {
        let areas = hold.areas.iter();
        let seats = hold.seats.iter();
        Self {
            seats: seats.clone().map(|seat| seat.ix).collect(),
            areas: areas.clone().map(|area| (area.id.clone(), area.quantity)).collect(),
            labels: seats
                .map(|seat| seat.label.clone())
                .chain(areas.map(|area| format!("{} × {}", area.quantity, area.label)))
                .collect(),
        }
    }
}

fn spoken(hold: Option<&Held>) -> String {
    match hold {
        Some(hold) => format!("{} held, {} in all.", counted(hold.size(), "seat", "seats"), hold.total),
        None => "Nothing is held.".to_owned(),
    }
}
