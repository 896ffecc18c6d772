//! The frame loop and what it draws with. One frame is asked for at a time, and only while something is new.

use crate::{
    config::{Effect, MapCallbacks},
    dom::{self, Listener},
    minimap::MinimapPainter,
    paint::{
        Moment, flat,
        gl::{GlSeats, OVERSCAN_PX},
        ground::Ground,
        writing::Writing,
    },
    state::State,
    theme::Theme,
};
use seatmap::{
    camera::Camera,
    display::{Badges, DisplayList},
    points::Points,
    space::Viewport,
};
use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{HtmlCanvasElement, HtmlElement};

/// The painters and what they drew last.
pub(crate) struct Painters {
    pub ground: Ground,
    pub seats_canvas: HtmlCanvasElement,
    /// `None`: the seats are drawn flat.
    pub seats: Option<GlSeats>,
    pub writing: Writing,
    pub minimap: Option<MinimapPainter>,
    pub theme: Theme,
    pub dpr: f32,
    drawn: Option<(Camera, Viewport, u32)>,
    list: Option<DisplayList>,
    badges: Badges,
}

/// What the browser calls with the frame's time.
type FrameClosure = Closure<dyn FnMut(f64)>;

/// What all clones of a handle share.
pub(crate) struct Shared {
    pub host: HtmlElement,
    pub state: RefCell<State>,
    pub painters: RefCell<Painters>,
    pub callbacks: MapCallbacks,
    pub listeners: RefCell<Vec<Listener>>,
    /// Observers and their closures, kept until the end.
    pub keepers: RefCell<Vec<Box<dyn FnOnce()>>>,
    frame: RefCell<Option<FrameClosure>>,
    frame_id: Cell<Option<i32>>,
    ended: Cell<bool>,
}

impl Painters {
    /// Canvases in the element, WebGL2 if the browser has it and `flat` is not wished.
    pub fn new(host: &HtmlElement, state: &State, flat: bool) -> Result<Self, JsValue> {
        let theme = Theme::read(host)?;
        let ground = Ground::new(host, state.scene.plan())?;
        let seats_canvas = dom::canvas(host, OVERSCAN_PX)?;
        let writing = Writing::new(host)?;
        let mut painters = Self {
            ground,
            seats_canvas,
            seats: None,
            writing,
            minimap: None,
            theme,
            dpr: 1.0,
            drawn: None,
            list: None,
            badges: Badges::default(),
        };
        painters.resize(&state.viewport)?;
        if !flat {
            painters.revive(state);
        }
        Ok(painters)
    }

    /// Sets WebGL2 up, at first and after a lost context.
    pub fn revive(&mut self, state: &State) {
        self.show_seats(true);
        let points = Points::new(&state.scene);
        self.seats = GlSeats::new(&self.seats_canvas, &points, state.scene.marks(), &self.theme).ok();
        self.forget();
    }

    /// The context was lost: the seats are drawn flat, and the browser's sign for a broken canvas is hidden.
    pub fn lose(&mut self) {
        self.seats = None;
        self.show_seats(false);
        self.forget();
    }

    fn show_seats(&self, shown: bool) {
        // Without a style it stays as it was, which is no harm.
        let _ = self.seats_canvas.style().set_property("display", if shown { "block" } else { "none" });
    }

    /// Fits the canvases to the element.
    pub fn resize(&mut self, viewport: &Viewport) -> Result<(), JsValue> {
        // Beyond two device pixels a CSS pixel the eye sees nothing, but the fill costs.
        self.dpr = dom::narrow(dom::window()?.device_pixel_ratio()).clamp(1.0, 2.0);
        let over = 2.0 * 34.0;
        dom::resize(&self.ground.canvas, viewport.width, viewport.height, self.dpr)?;
        dom::resize(&self.seats_canvas, viewport.width + over, viewport.height + over, self.dpr)?;
        dom::resize(&self.writing.canvas, viewport.width, viewport.height, self.dpr)?;
        self.forget();
        Ok(())
    }

    /// Draws everything with the next frame.
    pub fn forget(&mut self) {
        self.drawn = None;
        self.list = None;
        if let Some(minimap) = &mut self.minimap {
            minimap.forget();
        }
    }

    /// Draws a frame. Ground and writing only when camera or scene have changed.
    pub fn draw(&mut self, state: &mut State, now_ms: f64) -> Result<(), JsValue> {
        let dirty = state.scene.take_dirty();
        if let Some(seats) = &self.seats
            && !dirty.is_empty()
        {
            seats.upload(state.scene.marks(), &dirty);
        }
        let pulse = if state.reduced_motion { 0.7 } else { 0.5 + 0.5 * dom::narrow((now_ms / 190.0).sin()) };
        let moment = Moment { pulse, dpr: self.dpr };
        // Marks on seats change the ground only where the seats are drawn on it.
        let flat = self.seats.is_none();
        let revision = if flat { state.scene.revision() } else { state.scene.figures_revision() };
        let now = (state.camera, state.viewport, revision);
        let list = match self.list.take().filter(|_| self.drawn == Some(now)) {
            Some(list) if !(flat && state.scene.waiting()) => list,
            _ => {
                let mut list = DisplayList::new(&state.scene, state.camera, state.viewport, &mut self.badges);
                list.focus = list.focus.filter(|_| state.keyboard);
                self.ground.draw(&state.scene, &list, &self.theme, moment)?;
                if flat {
                    flat::draw(&self.ground.context, &state.scene, &list, &self.theme, moment)?;
                }
                self.writing.draw(&state.scene, &list, &self.theme, moment)?;
                if let Some(minimap) = &mut self.minimap {
                    let what = (&self.ground, &state.scene);
                    minimap.draw(what, (&state.camera, &state.viewport), &self.theme, now_ms)?;
                }
                list
            }
        };
        if let Some(seats) = &self.seats {
            seats.draw(&list, moment);
        }
        self.drawn = Some(now);
        self.list = Some(list);
        Ok(())
    }
}

impl Shared {
    pub fn new(host: HtmlElement, state: State, painters: Painters, callbacks: MapCallbacks) -> Rc<Self> {
        let shared = Rc::new(Self {
            host,
            state: RefCell::new(state),
            painters: RefCell::new(painters),
            callbacks,
            listeners: RefCell::new(Vec::new()),
            keepers: RefCell::new(Vec::new()),
            frame: RefCell::new(None),
            frame_id: Cell::new(None),
            ended: Cell::new(false),
        });
        let weak: Weak<Self> = Rc::downgrade(&shared);
        let frame = Closure::wrap(Box::new(move |now_ms: f64| {
            if let Some(shared) = weak.upgrade() {
                shared.draw(now_ms);
            }
        }) as Box<dyn FnMut(f64)>);
        *shared.frame.borrow_mut() = Some(frame);
        shared
    }

    /// Changes the state, asks for a frame, and tells the page what came of it. A callback may come back in here;
    /// a change from within a change is not lost but would be a mistake of this crate, and is skipped.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> Option<T> {
        let result = change(&mut *self.state.try_borrow_mut().ok()?);
        self.request_frame();
        self.tell();
        Some(result)
    }

    /// Tells the page what has gathered.
    fn tell(&self) {
        let effects: Vec<Effect> = match self.state.try_borrow_mut() {
            Ok(mut state) if !state.effects.is_empty() => std::mem::take(&mut state.effects),
            _ => return,
        };
        for effect in effects {
            self.callbacks.tell(effect);
        }
    }

    /// Asks for one frame, unless one is on its way.
    pub fn request_frame(&self) {
        if self.ended.get() || self.frame_id.get().is_some() {
            return;
        }
        let frame = self.frame.borrow();
        if let (Some(frame), Ok(window)) = (frame.as_ref(), dom::window()) {
            self.frame_id.set(window.request_animation_frame(frame.as_ref().unchecked_ref()).ok());
        }
    }

    fn draw(&self, now_ms: f64) {
        self.frame_id.set(None);
        let moving = {
            let (Ok(mut state), Ok(mut painters)) =
                (self.state.try_borrow_mut(), self.painters.try_borrow_mut())
            else {
                return;
            };
            let moving = state.advance(now_ms);
            // A frame that cannot be drawn is not worth a broken page; the next one tries again.
            let _ = painters.draw(&mut state, now_ms);
            moving
        };
        if moving {
            self.request_frame();
        }
        self.tell();
    }

    /// Reads the page's colours anew.
    pub fn retheme(&self) {
        if let Ok(mut painters) = self.painters.try_borrow_mut() {
            if let Ok(theme) = Theme::read(&self.host) {
                if let Some(seats) = &painters.seats {
                    seats.set_theme(&theme);
                }
                painters.theme = theme;
            }
            painters.forget();
        }
        self.request_frame();
    }

    /// The element has another size.
    pub fn resized(&self) {
        let size = dom::size(&self.host);
        if let (Ok(mut state), Ok(mut painters)) =
            (self.state.try_borrow_mut(), self.painters.try_borrow_mut())
        {
            let viewport = Viewport { insets: state.viewport.insets, ..size };
            if viewport != state.viewport {
                state.resize(viewport);
            }
            let _ = painters.resize(&viewport);
        }
        self.request_frame();
    }

    /// Ends everything that would call back.
    pub fn end(&self) {
        self.ended.set(true);
        if let (Some(id), Ok(window)) = (self.frame_id.take(), dom::window()) {
            let _ = window.cancel_animation_frame(id);
        }
        self.listeners.borrow_mut().clear();
        for keeper in self.keepers.borrow_mut().drain(..) {
            keeper();
        }
        if let Ok(painters) = self.painters.try_borrow() {
            for canvas in [&painters.ground.canvas, &painters.seats_canvas, &painters.writing.canvas] {
                canvas.remove();
            }
        }
    }
}
