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

/// Opens the line. `areas` tells which area of the event each area of the plan is.
pub fn open(desk: Desk, map: SeatMapHandle, areas: Vec<Option<usize>>) {
    let config = LiveConfig { event: desk.event.with_value(|event| event.id), address: "/live".to_owned() };
    let callbacks = LiveCallbacks {
        on_line: Box::new(move |state| desk.line.set(line_of(state))),
        on_update: Box::new(move |update| {
            take(desk, &map, &areas, &update);
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

fn take(desk: Desk, map: &SeatMapHandle, areas: &[Option<usize>], update: &LiveUpdate<'_>) {
    let left: Vec<_> = match update {
        LiveUpdate::Snapshot(view) => {
            map.set_states(&view.states);
            view.areas.iter().map(|(area, left)| (*area, *left)).collect()
        }
        LiveUpdate::Changes { seats, areas } => {
            map.apply(seats);
            areas.to_vec()
        }
        LiveUpdate::Counters(free) => return map.set_section_counters(free),
    };
    if left.is_empty() {
        return;
    }
    map.set_areas(&left);
    desk.places.update(|places| {
        for (area, left) in left {
            let of_event = areas.get(area.index()).copied().flatten();
            if let Some(place) = of_event.and_then(|at| places.get_mut(at)) {
                *place = left;
            }
        }
    });
}

fn line_of(state: LineState) -> Line {
    match state {
        LineState::Live => Line::Live,
        LineState::Connecting | LineState::Stale => Line::Stale,
        LineState::Offline => Line::Offline,
    }
}
