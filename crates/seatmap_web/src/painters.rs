//! The canvases of the map and what is on them.
//!
//! They lie in one layer that reaches [`Painters::margin`] beyond the element on every side. A drag within that margin
//! only moves the layer, which costs the browser next to nothing; beyond it everything is drawn anew. The painter of
//! single seats is made when there is time, or at the latest when seats are to be drawn: a whole house shows none.

use crate::{
    dom,
    minimap::MinimapPainter,
    paint::{Moment, flat, gl::GlSeats, ground::Ground, writing::Writing},
    state::State,
    theme::Theme,
};
use seatmap::{
    camera::Camera,
    display::{Badges, DisplayList},
    points::Points,
    space::{Point, Viewport, between},
};
use wasm_bindgen::JsValue;
use web_sys::{HtmlCanvasElement, HtmlElement};

/// Part of the shorter side of the element that the canvases reach beyond it, and its least and most in CSS pixels.
const MARGIN: (f32, f32, f32) = (1.0 / 6.0, 48.0, 128.0);
/// CSS pixels around a seat's middle that belong to it however small it is: row letters, rings.
const SEAT_REACH_PX: f32 = 16.0;

/// What single seats are drawn with.
pub(crate) enum Seats {
    /// Nothing yet; with the points where they are ready.
    Unmade(Option<Points>),
    /// WebGL2.
    Gl(GlSeats),
    /// The flat canvas.
    Flat,
}

/// The painters and what they drew last.
pub(crate) struct Painters {
    layer: HtmlElement,
    pub ground: Ground,
    pub seats_canvas: HtmlCanvasElement,
    pub seats: Seats,
    /// Whether the canvas of single seats is seen.
    seats_shown: Option<bool>,
    pub writing: Writing,
    pub minimap: Option<MinimapPainter>,
    theme: Theme,
    pub dpr: f32,
    /// Of the element; the canvases are larger.
    viewport: Viewport,
    margin: f32,
    drawn: Option<Drawn>,
    /// Where the layer was moved to.
    shifted: (f32, f32),
    list: Option<DisplayList>,
    badges: Badges,
}

/// What the canvases show, and how far they were moved since.
#[derive(Clone, Copy, PartialEq)]
struct Drawn {
    camera: Camera,
    viewport: Viewport,
    revision: u32,
    shift: (f32, f32),
}

impl Painters {
    /// Canvases in the element; without WebGL2, or where `flat` is wished, seats are drawn on the flat one.
    pub fn new(host: &HtmlElement, state: &State, flat: bool) -> Result<Self, JsValue> {
        let theme = Theme::read(host)?;
        let layer = dom::layer("div")?;
        layer.style().set_property("will-change", "transform")?;
        let ground = Ground::new(&layer, state.scene.plan())?;
        let seats_canvas = dom::canvas(&layer)?;
        let writing = Writing::new(&layer)?;
        let mut painters = Self {
            layer,
            ground,
            seats_canvas,
            seats: if flat { Seats::Flat } else { Seats::Unmade(None) },
            seats_shown: None,
            writing,
            minimap: None,
            theme,
            dpr: 0.0,
            viewport: Viewport::new(0.0, 0.0),
            margin: 0.0,
            drawn: None,
            shifted: (0.0, 0.0),
            list: None,
            badges: Badges::default(),
        };
        painters.resize(&state.viewport)?;
        painters.show_seats(false);
        host.append_child(&painters.layer)?;
        Ok(painters)
    }

    /// One step towards drawing single seats; `true` while there are more.
    pub fn prepare(&mut self, state: &State) -> bool {
        match &mut self.seats {
            Seats::Unmade(None) => {
                self.seats = Seats::Unmade(Some(Points::new(&state.scene)));
                true
            }
            Seats::Unmade(Some(_)) => {
                self.revive(state);
                false
            }
            Seats::Gl(_) | Seats::Flat => false,
        }
    }

    /// Sets WebGL2 up, at first and after a lost context.
    pub fn revive(&mut self, state: &State) {
        let points = match std::mem::replace(&mut self.seats, Seats::Flat) {
            Seats::Unmade(Some(points)) => points,
            _ => Points::new(&state.scene),
        };
        if let Ok(seats) = GlSeats::new(&self.seats_canvas, &points, state.scene.marks(), &self.theme) {
            self.seats = Seats::Gl(seats);
        }
    }

    /// The context was lost: the seats are drawn flat, and the browser's sign for a broken canvas is hidden.
    pub fn lose(&mut self) {
        self.seats = Seats::Flat;
        self.show_seats(false);
        self.forget();
    }

    fn show_seats(&mut self, shown: bool) {
        if self.seats_shown.replace(shown) != Some(shown) {
            dom::show(&self.seats_canvas, shown);
        }
    }

    /// Takes other colours; `false` when they are the same.
    pub fn set_theme(&mut self, theme: Theme) -> bool {
        if theme == self.theme {
            return false;
        }
        if let Seats::Gl(seats) = &self.seats {
            seats.set_theme(&theme);
        }
        self.theme = theme;
        self.forget();
        true
    }

    /// Fits the canvases to the element; `false` when they do already.
    pub fn resize(&mut self, viewport: &Viewport) -> Result<bool, JsValue> {
        // Beyond two device pixels a CSS pixel the eye sees nothing, but the fill costs.
        let dpr = dom::narrow(dom::window()?.device_pixel_ratio()).clamp(1.0, 2.0);
        if self.dpr == dpr && self.viewport == *viewport {
            return Ok(false);
        }
        (self.dpr, self.viewport) = (dpr, *viewport);
        let (part, least, most) = MARGIN;
        self.margin = between(viewport.width.min(viewport.height) * part, least, most).round();
        let offset = dom::px(-dom::whole(self.margin));
        self.layer.style().set_property("left", &offset)?;
        self.layer.style().set_property("top", &offset)?;
        let canvas = self.canvas();
        for target in [&self.ground.canvas, &self.seats_canvas, &self.writing.canvas] {
            dom::resize(target, canvas.width, canvas.height, dpr)?;
        }
        self.forget();
        Ok(true)
    }

    /// What the canvases show: the element and the margin around it.
    fn canvas(&self) -> Viewport {
        let both = 2.0 * self.margin;
        Viewport::new(self.viewport.width + both, self.viewport.height + both)
    }

    /// Draws everything with the next frame.
    pub fn forget(&mut self) {
        self.drawn = None;
        self.list = None;
        if let Some(minimap) = &mut self.minimap {
            minimap.forget();
        }
    }

    /// Draws a frame, or moves what is drawn; `true` when there is more to draw in a next one.
    pub fn draw(&mut self, state: &mut State, now_ms: f64) -> Result<bool, JsValue> {
        let pulse = if state.reduced_motion { 0.7 } else { 0.5 + 0.5 * dom::narrow((now_ms / 190.0).sin()) };
        let moment = Moment { pulse, dpr: self.dpr };
        let dirty = state.scene.take_dirty();
        // Marks on seats change the ground only where the seats are drawn on it.
        let flat = matches!(self.seats, Seats::Flat);
        let revision = if flat { state.scene.revision() } else { state.scene.figures_revision() };
        let pulsing = state.scene.waiting();
        let now = Drawn { camera: state.camera, viewport: state.viewport, revision, shift: (0.0, 0.0) };
        let kept = self.drawn.and_then(|drawn| self.moved(drawn, now)).filter(|_| !(flat && pulsing));
        let drawn = match kept {
            Some(drawn) => drawn,
            None => {
                self.redraw(state, moment)?;
                now
            }
        };
        if let (Seats::Gl(seats), Some(list)) = (&self.seats, &self.list) {
            if !dirty.is_empty() {
                seats.upload(state.scene.marks(), &dirty);
            }
            let shown = !list.seats.is_empty();
            if shown && (kept.is_none() || pulsing || !dirty.is_empty()) {
                seats.draw(list, moment);
            }
            self.show_seats(shown);
        }
        self.put(drawn)?;
        self.draw_minimap(state, kept.is_none(), now_ms)
    }

    /// What is drawn, moved to where it is to be seen now; `None` where that is not enough.
    fn moved(&self, drawn: Drawn, now: Drawn) -> Option<Drawn> {
        let same = drawn.viewport == now.viewport
            && drawn.revision == now.revision
            && drawn.camera.scale == now.camera.scale;
        let at = |from: f32, to: f32| {
            // To whole device pixels, so that writing stays sharp.
            ((from - to) * now.camera.scale * self.dpr).round() / self.dpr
        };
        let Point { x, y } = drawn.camera.center;
        let shift = (at(x, now.camera.center.x), at(y, now.camera.center.y));
        let list = self.list.as_ref()?;
        let most = self.margin - list.seat_px().max(SEAT_REACH_PX);
        (same && shift.0.abs() <= most && shift.1.abs() <= most).then_some(Drawn { shift, ..drawn })
    }

    /// Moves the layer.
    fn put(&mut self, drawn: Drawn) -> Result<(), JsValue> {
        self.drawn = Some(drawn);
        if self.shifted != drawn.shift {
            self.shifted = drawn.shift;
            let [x, y] = [drawn.shift.0, drawn.shift.1].map(dom::fine_px);
            self.layer.style().set_property("transform", &["translate(", &x, ",", &y, ")"].concat())?;
        }
        Ok(())
    }

    /// Draws ground and writing, and makes the painter of single seats where it is needed.
    fn redraw(&mut self, state: &State, moment: Moment) -> Result<(), JsValue> {
        let mut list = DisplayList::new(&state.scene, state.camera, self.canvas(), &mut self.badges);
        list.focus = list.focus.filter(|_| state.keyboard);
        if !list.seats.is_empty() && matches!(self.seats, Seats::Unmade(_)) {
            self.revive(state);
        }
        self.ground.draw(&state.scene, &list, &self.theme, moment)?;
        if matches!(self.seats, Seats::Flat) {
            flat::draw(&self.ground.context, &state.scene, &list, &self.theme, moment)?;
        }
        self.writing.draw(&state.scene, &list, &self.theme, moment)?;
        self.list = Some(list);
        Ok(())
    }

    /// The small picture waits for a frame that has nothing else to do.
    fn draw_minimap(&mut self, state: &State, busy: bool, now_ms: f64) -> Result<bool, JsValue> {
        let Some(minimap) = &mut self.minimap else { return Ok(false) };
        if busy && minimap.is_new() {
            return Ok(true);
        }
        let what = (&self.ground, &state.scene);
        minimap.draw(what, (&state.camera, &state.viewport), &self.theme, now_ms)?;
        Ok(false)
    }

    /// Takes the canvases off the page.
    pub fn remove(&self) {
        self.layer.remove();
    }
}
