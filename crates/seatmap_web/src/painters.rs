//! The canvas of the map and what is painted on it.
//!
//! It is one opaque [`Sheet`], since the browser lays every canvas that is seen over the page with every frame. It reaches
//! [`Painters::margin`] beyond the element on every side once the map is dragged: within that margin a drag only moves
//! it, which costs the browser next to nothing; beyond it only what comes to light is drawn (`strips`). Single seats come from a WebGL canvas that is not on
//! the page. It is made when there is time, or at the latest when seats are to be drawn: a whole house shows none.

mod strips;

use crate::{
    dom,
    minimap::MinimapPainter,
    paint::{Moment, flat, gl::GlSeats, ground::Ground, writing},
    sheet::Sheet,
    state::State,
    theme::Theme,
};
use seatmap::{
    camera::Camera,
    display::{Badges, DisplayList},
    points::Points,
    space::{Viewport, between},
    strips::Strip,
};
use wasm_bindgen::JsValue;
use web_sys::{HtmlCanvasElement, HtmlElement};

/// Part of the shorter side of the element that the canvas reaches beyond it, and its least and most in CSS pixels.
const MARGIN: (f32, f32, f32) = (1.0 / 5.0, 48.0, 160.0);
/// The margin before: WebGL drops a seat whose middle is outside the canvas, though half of it should be seen.
const EDGE_PX: f32 = 34.0;
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
    sheet: Sheet,
    ground: Ground,
    /// Not on the page: its picture is drawn into the other.
    pub seats_canvas: HtmlCanvasElement,
    pub seats: Seats,
    pub minimap: Option<MinimapPainter>,
    theme: Theme,
    pub dpr: f32,
    /// Of the element; the canvas is larger.
    viewport: Viewport,
    margin: f32,
    /// The buyer drags the map: only then a margin is worth its pixels.
    dragged: bool,
    drawn: Option<Drawn>,
    /// Where the canvas was moved to.
    shifted: (f32, f32),
    list: Option<DisplayList>,
    badges: Badges,
    /// The first picture stands, and there was a moment for the small one.
    rested: bool,
}

/// What the canvas shows, and how far it was moved since.
#[derive(Clone, Copy, PartialEq)]
struct Drawn {
    camera: Camera,
    viewport: Viewport,
    revision: u32,
    shift: (f32, f32),
}

impl Drawn {
    /// The other is the same view, moved.
    fn is_beside(self, other: Self) -> bool {
        let same = self.viewport == other.viewport && self.camera.scale == other.camera.scale;
        same && self.camera.center != other.camera.center
    }

    /// How far the picture must move to show the other, in CSS pixels; `None` when it shows something else.
    fn way_to(self, other: Self, dpr: f32) -> Option<(f32, f32)> {
        let same = self.revision == other.revision
            && self.viewport == other.viewport
            && self.camera.scale == other.camera.scale;
        // To whole device pixels, so that writing stays sharp.
        let way = |from: f32, to: f32| ((from - to) * other.camera.scale * dpr).round() / dpr;
        let (from, to) = (self.camera.center, other.camera.center);
        same.then(|| (way(from.x, to.x), way(from.y, to.y)))
    }
}

impl Painters {
    /// A canvas in the element; without WebGL2, or where `flat` is wished, seats are drawn on it, too.
    pub fn new(host: &HtmlElement, state: &State, flat: bool) -> Result<Self, JsValue> {
        let theme = Theme::read(host)?;
        let mut painters = Self {
            sheet: Sheet::new(dom::layer()?, true)?,
            ground: Ground::new(state.scene.plan())?,
            seats_canvas: dom::canvas()?,
            seats: if flat { Seats::Flat } else { Seats::Unmade(None) },
            minimap: None,
            theme,
            dpr: 0.0,
            viewport: Viewport::new(0.0, 0.0),
            margin: 0.0,
            dragged: false,
            drawn: None,
            shifted: (0.0, 0.0),
            list: None,
            badges: Badges::default(),
            rested: false,
        };
        painters.resize(&state.viewport)?;
        host.append_child(&painters.sheet.canvas)?;
        Ok(painters)
    }

    /// One step towards all that the first picture does without, the small picture and single seats; `true` while
    /// there are more.
    pub fn prepare(&mut self, state: &State) -> bool {
        if !std::mem::replace(&mut self.rested, true) {
            return true;
        }
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

    /// The context was lost: the seats are drawn flat.
    pub fn lose(&mut self) {
        self.seats = Seats::Flat;
        self.forget();
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

    /// Fits the canvas to the element; `false` when it does already.
    pub fn resize(&mut self, viewport: &Viewport) -> Result<bool, JsValue> {
        // Beyond two device pixels a CSS pixel the eye sees nothing, but the fill costs.
        let dpr = dom::narrow(dom::window()?.device_pixel_ratio()).clamp(1.0, 2.0);
        if self.dpr == dpr && self.viewport == *viewport {
            return Ok(false);
        }
        (self.dpr, self.viewport) = (dpr, *viewport);
        self.fit()?;
        Ok(true)
    }

    /// Makes the canvas as large as the element and the margin.
    fn fit(&mut self) -> Result<(), JsValue> {
        let (part, least, most) = MARGIN;
        let shorter = self.viewport.width.min(self.viewport.height);
        self.margin = if self.dragged { between(shorter * part, least, most).round() } else { EDGE_PX };
        let offset = dom::px(-dom::whole(self.margin));
        let style = self.sheet.canvas.style();
        style.set_property("left", &offset)?;
        style.set_property("top", &offset)?;
        let shown = self.shown();
        style.set_property("width", &dom::px(dom::whole(shown.width)))?;
        style.set_property("height", &dom::px(dom::whole(shown.height)))?;
        self.sheet.resize([shown.width, shown.height].map(|css| dom::whole(css * self.dpr)));
        self.forget();
        Ok(())
    }

    /// What the canvas shows: the element and the margin around it.
    fn shown(&self) -> Viewport {
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
        let moment = Moment { pulse, dpr: self.dpr, origin: (0.0, 0.0) };
        let dirty = state.scene.take_dirty();
        // Marks on seats change the ground only where the seats are drawn on it.
        let flat = matches!(self.seats, Seats::Flat);
        let revision = if flat { state.scene.revision() } else { state.scene.figures_revision() };
        let now = Drawn { camera: state.camera, viewport: state.viewport, revision, shift: (0.0, 0.0) };
        if let Seats::Gl(seats) = &self.seats {
            seats.upload(state.scene.marks(), &dirty);
        }
        // Seats that look different or pulse are of no matter while there are sections alone.
        let single = self.list.as_ref().is_some_and(|list| !list.seats.is_empty());
        let moving = single && (!dirty.is_empty() || state.scene.waiting());
        let mut kept = self.drawn.filter(|_| !moving).and_then(|drawn| self.moved(drawn, now));
        let busy = kept.is_none();
        if busy {
            if !self.dragged && self.drawn.is_some_and(|drawn| drawn.is_beside(now)) {
                self.dragged = true;
                self.fit()?;
            }
            let near = self.drawn.filter(|_| !moving).and_then(|drawn| self.reached(drawn, now));
            match near {
                Some((moved, by)) => {
                    self.extend(state, moved.camera, by, moment)?;
                    kept = Some(moved);
                }
                None => self.redraw(state, moment)?,
            }
        }
        self.put(kept.unwrap_or(now))?;
        self.draw_minimap(state, busy, now_ms)
    }

    /// What is drawn, moved to where it is to be seen now; `None` where that is not enough.
    fn moved(&self, drawn: Drawn, now: Drawn) -> Option<Drawn> {
        let shift = drawn.way_to(now, self.dpr)?;
        let most = self.reach()?;
        (shift.0.abs() <= most && shift.1.abs() <= most).then_some(Drawn { shift, ..drawn })
    }

    /// How far what is drawn may be moved before something is missing at its edge.
    fn reach(&self) -> Option<f32> {
        let list = self.list.as_ref()?;
        Some((self.margin - list.seat_px().max(SEAT_REACH_PX)).max(0.0))
    }

    /// Moves the canvas.
    fn put(&mut self, drawn: Drawn) -> Result<(), JsValue> {
        self.drawn = Some(drawn);
        if self.shifted != drawn.shift {
            self.shifted = drawn.shift;
            let [x, y] = [drawn.shift.0, drawn.shift.1].map(dom::fine_px);
            self.sheet
                .canvas
                .style()
                .set_property("transform", &["translate(", &x, ",", &y, ")"].concat())?;
        }
        Ok(())
    }

    /// Draws everything, and makes the painter of single seats where it is needed.
    fn redraw(&mut self, state: &State, moment: Moment) -> Result<(), JsValue> {
        let mut list = DisplayList::new(&state.scene, state.camera, self.shown(), &mut self.badges);
        list.focus = list.focus.filter(|_| state.keyboard);
        if !list.seats.is_empty() && matches!(self.seats, Seats::Unmade(_)) {
            self.revive(state);
        }
        let [width, height] = self.sheet.size();
        self.paint(state, &list, (Strip { x: 0, y: 0, width, height }, 0), moment)?;
        self.list = Some(list);
        self.sheet.show()
    }

    /// Paints a display list that reaches `edge` device pixels beyond its strip of the canvas on every side.
    fn paint(
        &self,
        state: &State,
        list: &DisplayList,
        (strip, edge): (Strip, i32),
        moment: Moment,
    ) -> Result<(), JsValue> {
        let context = &self.sheet.context;
        self.ground.draw(context, &state.scene, list, &self.theme, moment)?;
        match &self.seats {
            Seats::Gl(seats) if !list.seats.is_empty() => {
                // The browser copies the whole of it, so it is as large as what is wanted of it.
                dom::resize(&self.seats_canvas, strip.width, strip.height);
                seats.draw(list, moment, edge);
                context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0)?;
                let (x, y) = (f64::from(strip.x), f64::from(strip.y));
                context.draw_image_with_html_canvas_element(&self.seats_canvas, x, y)?;
            }
            Seats::Flat => flat::draw(context, &state.scene, list, &self.theme, moment)?,
            Seats::Gl(_) | Seats::Unmade(_) => {}
        }
        writing::draw(context, &state.scene, list, &self.theme, moment)
    }

    /// The small picture is made in a frame that has nothing else to do.
    fn draw_minimap(&mut self, state: &State, busy: bool, now_ms: f64) -> Result<bool, JsValue> {
        let Some(minimap) = &mut self.minimap else { return Ok(false) };
        if minimap.is_new() && (busy || !self.rested) {
            return Ok(self.rested);
        }
        let what = (&self.ground, &state.scene);
        minimap.draw(what, (&state.camera, &state.viewport), &self.theme, now_ms)?;
        Ok(false)
    }

    /// Takes the canvas off the page.
    pub fn remove(&self) {
        self.sheet.canvas.remove();
    }
}
