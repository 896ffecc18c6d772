//! The live line of the island: what others do shows on the map, in the counts and in the list.

use super::{
    desk::{Desk, Line, Phase},
    map,
};
use leptos::prelude::*;
use seatmap_web::{
    live::{LineState, LiveCallbacks, LiveConfig, LiveSocket, LiveUpdate},
    view::SeatMapHandle,
};
use std::{cell::RefCell, time::Duration};

/// Without a snapshot for so long the map is shown as it is, marked as stale.
const PATIENCE: Duration = Duration::from_secs(4);

thread_local! {
    /// Lives as long as the page.
    static SOCKET: RefCell<Option<LiveSocket>> = const { RefCell::new(None) };
}

/// Opens the line.
pub fn open(desk: Desk, map: SeatMapHandle) {
    let config = LiveConfig { event: desk.event.with_value(|event| event.id), address: "/live".to_owned() };
    let callbacks = LiveCallbacks {
        on_line: Box::new(move |state| desk.line.set(line_of(state))),
        on_update: Box::new(move |update| {
            take(&map, &update);
            desk.phase.set(Phase::Ready);
            map::changed(desk, &map);
        }),
        on_refused: Box::new(move |_| desk.line.set(Line::Stale)),
    };
    match LiveSocket::open(config, callbacks) {
        Ok(socket) => SOCKET.set(Some(socket)),
        Err(error) => leptos::logging::error!("the live line could not be opened: {error:?}"),
    }
    set_timeout(
        move || {
            if desk.phase.get_untracked() == Phase::Loading {
                desk.phase.set(Phase::Ready);
            }
        },
        PATIENCE,
    );
}

fn take(map: &SeatMapHandle, update: &LiveUpdate<'_>) {
    match update {
        LiveUpdate::Snapshot(view) => {
            map.set_states(&view.states);
            let areas: Vec<_> = view.areas.iter().map(|(area, left)| (*area, *left)).collect();
            map.set_areas(&areas);
        }
        LiveUpdate::Changes { seats, areas } => {
            map.apply(seats);
            map.set_areas(areas);
        }
        LiveUpdate::Counters(free) => map.set_section_counters(free),
    }
}

fn line_of(state: LineState) -> Line {
    match state {
        LineState::Live => Line::Live,
        LineState::Connecting | LineState::Stale => Line::Stale,
        LineState::Offline => Line::Offline,
    }
}
