//! The map's state between frames, and what gestures, buttons and the page do to it. Nothing here draws.

use crate::{
    config::{Effect, HoverInfo, ViewInfo},
    dom,
    gesture::{Gesture, Gestures},
};
use domain::seat::SeatIx;
use seatmap::{
    camera::{Camera, Limits},
    flight::Flight,
    hit::{Hit, Pointer},
    lod::Detail,
    scene::Scene,
    space::{Point, Rect, ScreenPoint, Viewport, between, grown},
    words,
};

/// Pixels from seat to seat after coming closer to choose.
const CHOOSE_PITCH_PX: f32 = 34.0;
/// Pixels from seat to seat at least when a section is shown.
const SECTION_PITCH_PX: f32 = 13.0;
/// Milliseconds in which a flung map loses two thirds of its speed.
const FLING_MS: f64 = 170.0;

/// A map let go while moving.
#[derive(Clone, Copy, Debug)]
struct Fling {
    x: f32,
    y: f32,
    last_ms: f64,
}

/// Everything that events change.
pub(crate) struct State {
    pub scene: Scene,
    pub viewport: Viewport,
    pub camera: Camera,
    pub limits: Limits,
    pub gestures: Gestures,
    pub effects: Vec<Effect>,
    /// The keyboard was used last: the focus ring shows.
    pub keyboard: bool,
    pub reduced_motion: bool,
    flight: Option<Flight>,
    fling: Option<Fling>,
    view: ViewInfo,
    /// The page was told of something under the pointer, and not yet that it is over.
    hover_told: bool,
    /// The buyer has not moved the map yet: a new size fits again.
    untouched: bool,
}

impl State {
    pub fn new(scene: Scene, viewport: Viewport) -> Self {
        let limits = Limits::new(scene.bounds(), scene.plan().pitch, &viewport);
        let camera = Camera::fit(&scene.bounds(), &viewport);
        Self {
            scene,
            viewport,
            camera,
            limits,
            gestures: Gestures::default(),
            effects: Vec::new(),
            keyboard: false,
            reduced_motion: dom::media("(prefers-reduced-motion: reduce)"),
            flight: None,
            fling: None,
            view: ViewInfo::default(),
            hover_told: false,
            untouched: true,
        }
    }

    /// The canvas has another size or cover; what was in the middle stays there.
    pub fn resize(&mut self, viewport: Viewport) {
        let middle = self.camera.plan_from_screen(self.viewport.usable_center(), &self.viewport);
        self.viewport = viewport;
        self.limits = Limits::new(self.scene.bounds(), self.scene.plan().pitch, &viewport);
        self.flight = None;
        self.camera = if self.untouched {
            Camera::fit(&self.scene.bounds(), &viewport)
        } else {
            self.camera.placed(middle, viewport.usable_center(), &viewport).clamped(&viewport, &self.limits)
        };
    }

    /// Moves what moves by itself; `true` while something goes on.
    pub fn advance(&mut self, now_ms: f64) -> bool {
        if let Some(flight) = self.flight {
            let (camera, done) = flight.at(now_ms);
            self.camera = camera;
            if done {
                self.flight = None;
            }
        }
        if let Some(fling) = self.fling {
            let elapsed = (now_ms - fling.last_ms).clamp(0.0, 50.0);
            let (dx, dy) = (fling.x * dom::narrow(elapsed), fling.y * dom::narrow(elapsed));
            self.camera = self.camera.panned(dx, dy).clamped(&self.viewport, &self.limits);
            let slower = dom::narrow((-elapsed / FLING_MS).exp());
            let next = Fling { x: fling.x * slower, y: fling.y * slower, last_ms: now_ms };
            self.fling = (next.x.hypot(next.y) > 0.02).then_some(next);
        }
        let fresh = self.scene.settle(now_ms);
        let waiting = self.scene.waiting() && !self.reduced_motion;
        self.tell_view();
        self.flight.is_some() || self.fling.is_some() || fresh || waiting
    }

    /// What a gesture does.
    pub fn gesture(&mut self, gesture: Gesture, now_ms: f64) {
        match gesture {
            Gesture::None => {}
            Gesture::Pan(dx, dy) => {
                self.grab();
                self.camera = self.camera.panned(dx, dy).clamped(&self.viewport, &self.limits);
            }
            Gesture::Pinch { factor, about, dx, dy } => {
                self.grab();
                let zoomed = self.camera.zoomed(factor, about, &self.viewport, &self.limits);
                self.camera = zoomed.panned(dx, dy).clamped(&self.viewport, &self.limits);
            }
            Gesture::Fling(x, y) if !self.reduced_motion => {
                self.fling = Some(Fling { x, y, last_ms: now_ms })
            }
            Gesture::Fling(..) => {}
            Gesture::Tap { at, pointer, double } => self.tap(at, pointer, double, now_ms),
        }
    }

    /// Stops what moves by itself: the buyer has the map in hand.
    pub fn grab(&mut self) {
        self.flight = None;
        self.fling = None;
        self.untouched = false;
        self.set_hover(None, None);
    }

    fn tap(&mut self, at: ScreenPoint, pointer: Pointer, double: bool, now_ms: f64) {
        self.keyboard = false;
        match self.scene.hit(at, pointer, &self.camera, &self.viewport) {
            Hit::Seat(seat) => {
                self.scene.set_focus(Some(seat));
                if self.scene.choosable(seat) {
                    self.set_hover(None, None);
                    self.effects.push(Effect::Toggle(seat));
                } else {
                    let info = self.seat_info(seat, pointer);
                    self.set_hover(Some(seat), Some(info));
                }
            }
            Hit::Several(_) => {
                let factor = CHOOSE_PITCH_PX / (self.scene.plan().pitch * self.camera.scale);
                self.zoom_about(factor.max(1.0), at, now_ms);
            }
            Hit::Section(section) => {
                self.effects.push(Effect::Section(section));
                self.show_section(section, Some(self.camera.plan_from_screen(at, &self.viewport)), now_ms);
            }
            Hit::Area(area) => self.effects.push(Effect::Area(area)),
            Hit::None => {
                self.set_hover(None, None);
                if double {
                    self.zoom_about(2.2, at, now_ms);
                }
            }
        }
    }

    /// The mouse rests or moves over the map.
    pub fn hover(&mut self, at: ScreenPoint) {
        let pointer = Pointer::Fine;
        let (seat, info) = match self.scene.hit(at, pointer, &self.camera, &self.viewport) {
            Hit::Seat(seat) => (Some(seat), Some(self.seat_info(seat, pointer))),
            Hit::Section(section) => {
                let text = words::section_text(&self.scene, section);
                (None, Some(HoverInfo { section: Some(section), ..info_at(at, text) }))
            }
            Hit::Area(area) => {
                let text = words::area_text(&self.scene, area);
                (None, Some(HoverInfo { area: Some(area), ..info_at(at, text) }))
            }
            Hit::Several(_) | Hit::None => (None, None),
        };
        self.set_hover(seat, info);
    }

    /// Nothing is pointed at, or something is.
    pub fn set_hover(&mut self, seat: Option<SeatIx>, info: Option<HoverInfo>) {
        let changed = self.scene.set_hover(seat);
        // Over sections the text follows the pointer; over one seat it stays. Nothing is told to end twice.
        let tell = if info.is_some() { changed || seat.is_none() } else { self.hover_told };
        if tell {
            self.hover_told = info.is_some();
            self.effects.push(Effect::Hover(info));
        }
    }

    fn seat_info(&self, seat: SeatIx, pointer: Pointer) -> HoverInfo {
        let at = self.camera.screen_from_plan(self.scene.grid().place(seat), &self.viewport);
        let radius = self.scene.plan().pitch * self.camera.scale / 2.0;
        let clearance = if pointer == Pointer::Coarse { radius.max(28.0) } else { radius + 6.0 };
        HoverInfo { seat: Some(seat), clearance, ..info_at(at, words::seat_text(&self.scene, seat)) }
    }

    /// Moves the keyboard focus, keeps it in view, says it.
    pub fn focus_on(&mut self, seat: Option<SeatIx>, now_ms: f64) {
        self.scene.set_focus(seat);
        let text = seat.map(|seat| words::seat_text(&self.scene, seat)).unwrap_or_default();
        self.effects.push(Effect::Focus(seat, text));
        if let Some(seat) = seat {
            let scale = CHOOSE_PITCH_PX * 0.7 / self.scene.plan().pitch;
            let target = self.flight.map_or(self.camera, |flight| flight.target());
            let target = target.revealing(self.scene.grid().place(seat), scale, &self.viewport);
            self.fly(target, now_ms);
        }
    }

    /// The focused seat has changed its state: say it again.
    pub fn repeat_focus(&mut self) {
        if let Some(seat) = self.scene.focus().filter(|_| self.keyboard) {
            self.effects.push(Effect::Focus(Some(seat), words::seat_text(&self.scene, seat)));
        }
    }

    /// Goes to a view, within the limits.
    pub fn fly(&mut self, target: Camera, now_ms: f64) {
        let target = target.clamped(&self.viewport, &self.limits);
        self.untouched = false;
        self.fling = None;
        self.set_hover(None, None);
        self.flight =
            (target != self.camera).then(|| Flight::new(self.camera, target, now_ms, self.reduced_motion));
    }

    /// Zooms about the middle; always `true`.
    pub fn zoom_step(&mut self, factor: f32, now_ms: f64) -> bool {
        let focus = self.scene.focus().filter(|_| self.keyboard);
        let about = focus.map_or(self.viewport.usable_center(), |seat| {
            self.camera.screen_from_plan(self.scene.grid().place(seat), &self.viewport)
        });
        let from = self.flight.map_or(self.camera, |flight| flight.target());
        let target = from.zoomed(factor, about, &self.viewport, &self.limits);
        self.fly(target, now_ms);
        true
    }

    fn zoom_about(&mut self, factor: f32, about: ScreenPoint, now_ms: f64) {
        let target = self.camera.zoomed(factor, about, &self.viewport, &self.limits);
        self.fly(target, now_ms);
    }

    /// Zooms at once: the wheel with Ctrl or ⌘, a trackpad's pinch.
    pub fn wheel(&mut self, delta: f32, about: ScreenPoint) {
        self.grab();
        let factor = (-delta.clamp(-60.0, 60.0) * 0.008).exp();
        let zoomed = self.camera.zoomed(factor, about, &self.viewport, &self.limits);
        self.camera = zoomed.clamped(&self.viewport, &self.limits);
    }

    /// Shows everything; always `true`.
    pub fn fit(&mut self, now_ms: f64) -> bool {
        let target = Camera::fit(&self.scene.bounds(), &self.viewport);
        self.fly(target, now_ms);
        self.untouched = true;
        true
    }

    /// Comes so close to a section that its seats can be chosen; around `about` where it is too large to be seen
    /// whole.
    pub fn show_section(&mut self, section: u16, about: Option<Point>, now_ms: f64) {
        let Some(bounds) = self.scene.section_bounds(section) else { return };
        let least = SECTION_PITCH_PX / self.scene.plan().pitch;
        self.show_box(&bounds, least, about, now_ms);
    }

    /// Comes close to some seats.
    pub fn show_seats(&mut self, seats: &[SeatIx], now_ms: f64) {
        let places = seats.iter().map(|seat| self.scene.grid().place(*seat));
        if let Some(bounds) = Rect::around(places) {
            let pitch = self.scene.plan().pitch;
            self.show_box(&grown(&bounds, pitch * 4.0), SECTION_PITCH_PX / pitch, None, now_ms);
        }
    }

    fn show_box(&mut self, bounds: &Rect, least: f32, about: Option<Point>, now_ms: f64) {
        let fitted = Camera::fit(bounds, &self.viewport);
        let most = CHOOSE_PITCH_PX / self.scene.plan().pitch;
        let scale = between(fitted.scale, least.min(self.limits.scale_max), most.max(least));
        let middle = if fitted.scale < least { about.unwrap_or(bounds.center()) } else { bounds.center() };
        let target = Camera { scale, ..fitted }.placed(middle, self.viewport.usable_center(), &self.viewport);
        self.fly(target, now_ms);
    }

    /// Puts a plan point into the middle at once (the minimap).
    pub fn center_on(&mut self, plan: Point) {
        self.grab();
        let moved = self.camera.placed(plan, self.viewport.usable_center(), &self.viewport);
        self.camera = moved.clamped(&self.viewport, &self.limits);
    }

    fn tell_view(&mut self) {
        let middle = self.camera.plan_from_screen(self.viewport.usable_center(), &self.viewport);
        let pitch = self.scene.plan().pitch;
        let seats = Detail::at(pitch * self.camera.scale).picks_seats();
        let near = || {
            let (seat, _) = self.scene.grid().nearest(middle, pitch * 6.0)?;
            self.scene.plan().section_ix_of(seat)
        };
        let seen = self.camera.visible(&self.viewport);
        let drawn = self.scene.plan().bounds;
        let view = ViewInfo {
            section: if seats { near() } else { self.scene.section_at(middle) },
            seats,
            whole: seen.contains(drawn.min) && seen.contains(drawn.max),
            closest: self.camera.scale >= self.limits.scale_max * 0.999,
        };
        if view != self.view {
            self.view = view;
            self.effects.push(Effect::View(view));
        }
    }
}

fn info_at(at: ScreenPoint, text: String) -> HoverInfo {
    HoverInfo { seat: None, section: None, area: None, x: at.x, y: at.y, clearance: 14.0, text }
}
