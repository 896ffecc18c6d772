//! The map as the page uses it.

use crate::{
    config::{MapCallbacks, MapConfig},
    dom, input,
    keys::ZOOM_STEP,
    minimap::MinimapPainter,
    painters::{Painters, Seats},
    shared::Shared,
    state::State,
};
use domain::{
    plan::Plan,
    seat::{AreaIx, PackedStates, SeatIx, SeatState},
};
use seatmap::{
    filters::{FilterCounts, Filters},
    scene::Scene,
    space::{Insets, Viewport},
    tally::SectionSummary,
    words,
};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlCanvasElement, HtmlElement};

/// A map on the page. Clones are the same map; [`destroy`](Self::destroy) ends it.
#[derive(Clone)]
pub struct SeatMapHandle(Rc<Shared>);

impl SeatMapHandle {
    /// Puts a map into an element, which must have a size. All seats are available until told otherwise.
    ///
    /// The element becomes a focusable `application`; what the page lays over it (buttons, tooltip) as its
    /// children keeps its own events.
    pub fn mount(
        host: HtmlElement,
        plan: Plan,
        config: MapConfig,
        callbacks: MapCallbacks,
    ) -> Result<Self, JsValue> {
        let viewport = Viewport { insets: config.insets, ..dom::size(&host) };
        let style = host.style();
        for (name, value) in [("position", "relative"), ("overflow", "hidden"), ("touch-action", "none")] {
            style.set_property(name, value)?;
        }
        for (name, value) in [
            ("tabindex", "0"),
            ("role", "application"),
            ("aria-roledescription", "seat map"),
            ("aria-label", &config.label),
        ] {
            if !host.has_attribute(name) {
                host.set_attribute(name, value)?;
            }
        }
        let state = State::new(Scene::new(plan, config.zones), viewport);
        let painters = Painters::new(&host, &state, config.flat)?;
        let shared = Shared::new(host, state, painters, callbacks);
        input::listen(&shared)?;
        shared.request_frame();
        Ok(Self(shared))
    }

    fn read<T: Default>(&self, read: impl FnOnce(&Scene) -> T) -> T {
        self.0.state.try_borrow().map(|state| read(&state.scene)).unwrap_or_default()
    }

    /// Replaces all states, as a snapshot does.
    pub fn set_states(&self, states: &PackedStates) {
        self.0.change(|state| {
            state.scene.set_states(states);
            state.repeat_focus();
        });
    }

    /// Takes changes in; seats that others take glow for a moment.
    pub fn apply(&self, changes: &[(SeatIx, SeatState)]) {
        let now_ms = dom::now_ms();
        self.0.change(|state| {
            let glow = (!state.reduced_motion).then_some(now_ms);
            state.scene.apply(changes, glow);
            if changes.iter().any(|(seat, _)| Some(*seat) == state.scene.focus()) {
                state.repeat_focus();
            }
        });
    }

    /// Places left in areas.
    pub fn set_areas(&self, left: &[(AreaIx, u32)]) {
        self.0.change(|state| state.scene.set_areas(left));
    }

    /// Free seats of all sections as the server counts them, where the page does not follow all sections.
    pub fn set_section_counters(&self, free: &[u32]) {
        self.0.change(|state| state.scene.set_section_counters(free));
    }

    /// The buyer's seats: held, asked for, being given back.
    pub fn set_selection(&self, mine: &[SeatIx], pending: &[SeatIx], releasing: &[SeatIx]) {
        self.0.change(|state| {
            state.scene.set_selection(mine, pending, releasing);
            state.repeat_focus();
        });
    }

    /// Dims what the filter keeps out.
    pub fn set_filters(&self, filters: Filters) {
        self.0.change(|state| state.scene.set_filters(filters));
    }

    /// Free seats by filter and zone.
    pub fn counts(&self) -> FilterCounts {
        self.read(|scene| scene.counts().clone())
    }

    /// All sections in figures.
    pub fn section_summaries(&self) -> Vec<SectionSummary> {
        self.read(Scene::section_summaries)
    }

    /// `Stalls, row C, seat 12, €48, available`.
    pub fn seat_text(&self, seat: SeatIx) -> String {
        self.read(|scene| words::seat_text(scene, seat))
    }

    /// `Stalls, row C, seat 12`.
    pub fn place_text(&self, seat: SeatIx) -> String {
        self.read(|scene| words::place_text(scene, seat))
    }

    /// The public state of a seat.
    pub fn seat_state(&self, seat: SeatIx) -> SeatState {
        self.read(|scene| scene.state(seat))
    }

    /// Closer by a step.
    pub fn zoom_in(&self) {
        self.0.change(|state| state.zoom_step(ZOOM_STEP, dom::now_ms()));
    }

    /// Further by a step.
    pub fn zoom_out(&self) {
        self.0.change(|state| state.zoom_step(1.0 / ZOOM_STEP, dom::now_ms()));
    }

    /// Everything in view.
    pub fn fit(&self) {
        self.0.change(|state| state.fit(dom::now_ms()));
    }

    /// So close to a section that its seats can be chosen.
    pub fn zoom_to_section(&self, section: u16) {
        self.0.change(|state| state.show_section(section, None, dom::now_ms()));
    }

    /// Close to these seats.
    pub fn zoom_to_seats(&self, seats: &[SeatIx]) {
        self.0.change(|state| state.show_seats(seats, dom::now_ms()));
    }

    /// Moves the keyboard focus to a seat, into view, and reads it aloud.
    pub fn focus_seat(&self, seat: SeatIx) {
        self.0.change(|state| {
            state.keyboard = true;
            state.focus_on(Some(seat), dom::now_ms());
        });
    }

    /// Pixels at the edges that something covers now (a bottom sheet in another position).
    pub fn set_insets(&self, insets: Insets) {
        self.0.change(|state| {
            let viewport = Viewport { insets, ..state.viewport };
            if viewport != state.viewport {
                state.resize(viewport);
            }
        });
    }

    /// Reads the page's colours anew; needed only where they change without a change of the root's attributes.
    pub fn refresh_theme(&self) {
        self.0.retheme();
    }

    /// Draws the small picture into a canvas of the page, whose CSS size is the picture's. A press on it moves
    /// the map there.
    pub fn attach_minimap(&self, canvas: HtmlCanvasElement) -> Result<(), JsValue> {
        {
            let (Ok(state), Ok(mut painters)) = (self.0.state.try_borrow(), self.0.painters.try_borrow_mut())
            else {
                return Ok(());
            };
            painters.minimap = Some(MinimapPainter::new(canvas.clone(), &state.scene, painters.dpr)?);
            painters.forget();
        }
        for name in ["pointerdown", "pointermove"] {
            let (weak, target) = (Rc::downgrade(&self.0), canvas.clone());
            let listener = dom::Listener::new(canvas.as_ref(), name, move |event| {
                let event: web_sys::PointerEvent = event.unchecked_into();
                let Some(shared) = weak.upgrade().filter(|_| event.buttons() & 1 == 1) else { return };
                let at = dom::place(dom::corner(target.unchecked_ref()), event.client_x(), event.client_y());
                let plan = shared.painters.try_borrow().ok().and_then(|painters| {
                    painters.minimap.as_ref().map(|minimap| minimap.plan_from_picture(at))
                });
                if let Some(plan) = plan {
                    event.prevent_default();
                    shared.change(|state| state.center_on(plan));
                }
            })?;
            self.0.listeners.borrow_mut().push(listener);
        }
        self.0.request_frame();
        Ok(())
    }

    /// Whether seats are drawn with WebGL2; known once one was to be drawn, or the page had a quiet moment.
    pub fn is_accelerated(&self) -> bool {
        self.0.painters.try_borrow().is_ok_and(|painters| matches!(painters.seats, Seats::Gl(_)))
    }

    /// Draws a frame now and tells how many milliseconds of script it took: for measuring.
    pub fn draw_now(&self) -> f64 {
        let start = dom::now_ms();
        if let (Ok(mut state), Ok(mut painters)) =
            (self.0.state.try_borrow_mut(), self.0.painters.try_borrow_mut())
        {
            state.advance(start);
            let _ = painters.draw(&mut state, start);
        }
        dom::now_ms() - start
    }

    /// Moves the map by so many pixels, as a drag does.
    pub fn pan(&self, dx: f32, dy: f32) {
        self.0.change(|state| state.gesture(crate::gesture::Gesture::Pan(dx, dy), dom::now_ms()));
    }

    /// Takes the map off the page: listeners, observers, canvases.
    pub fn destroy(&self) {
        self.0.end();
    }
}
