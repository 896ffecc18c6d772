//! The frame loop. One frame is asked for at a time, and only while something is new.

use crate::{
    config::{Effect, MapCallbacks},
    dom::{self, Listener},
    painters::Painters,
    state::State,
    theme::Theme,
};
use seatmap::space::Viewport;
use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::HtmlElement;

/// Milliseconds of peace after the first picture before what it did without is made.
const PEACE_MS: i32 = 200;
/// Milliseconds between the steps of that, for what else the page has to do.
const STEP_MS: i32 = 30;

/// What the browser calls with the frame's time.
type FrameClosure = Closure<dyn FnMut(f64)>;

/// What all clones of a handle share.
pub(crate) struct Shared {
    own: Weak<Self>,
    /// The making ready of single seats has begun.
    prepared: Cell<bool>,
    pub host: HtmlElement,
    pub state: RefCell<State>,
    pub painters: RefCell<Painters>,
    pub callbacks: MapCallbacks,
    pub listeners: RefCell<Vec<Listener>>,
    /// Observers and their closures, kept until the end.
    pub keepers: RefCell<Vec<Box<dyn FnOnce()>>>,
    /// The host's upper left, while a pointer is down.
    pub corner: Cell<Option<(f64, f64)>>,
    frame: RefCell<Option<FrameClosure>>,
    frame_id: Cell<Option<i32>>,
    ended: Cell<bool>,
}

impl Shared {
    pub fn new(host: HtmlElement, state: State, painters: Painters, callbacks: MapCallbacks) -> Rc<Self> {
        let shared = Rc::new_cyclic(|own| Self {
            own: own.clone(),
            prepared: Cell::new(false),
            host,
            state: RefCell::new(state),
            painters: RefCell::new(painters),
            callbacks,
            listeners: RefCell::new(Vec::new()),
            keepers: RefCell::new(Vec::new()),
            corner: Cell::new(None),
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
            moving | painters.draw(&mut state, now_ms).unwrap_or(false)
        };
        if moving {
            self.request_frame();
        }
        self.tell();
        if let Some(shared) = self.own.upgrade().filter(|shared| !shared.prepared.replace(true)) {
            shared.prepare_after(PEACE_MS);
        }
    }

    /// Makes the small picture and the painter of single seats bit by bit, while the buyer looks at the house.
    fn prepare_after(self: Rc<Self>, delay_ms: i32) {
        let weak = Rc::downgrade(&self);
        dom::later(delay_ms, move || {
            let Some(shared) = weak.upgrade().filter(|shared| !shared.ended.get()) else { return };
            let more = match (shared.state.try_borrow(), shared.painters.try_borrow_mut()) {
                (Ok(state), Ok(mut painters)) => painters.prepare(&state),
                _ => true,
            };
            if more {
                shared.request_frame();
                shared.prepare_after(STEP_MS);
            }
        });
    }

    /// Reads the page's colours anew.
    pub fn retheme(&self) {
        let theme = Theme::read(&self.host);
        if let (Ok(theme), Ok(mut painters)) = (theme, self.painters.try_borrow_mut())
            && painters.set_theme(theme)
        {
            self.request_frame();
        }
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
            // An observer calls once at the beginning, with the size that is known.
            if !painters.resize(&viewport).unwrap_or(true) {
                return;
            }
        }
        self.request_frame();
    }

    /// Ends everything that would call back.
    pub fn end(&self) {
        self.ended.set(true);
        if let (Some(id), Ok(window)) = (self.frame_id.take(), dom::window()) {
            let _ = window.cancel_animation_frame(id);
            // A frame that is called off may come all the same (a clock that is not the browser's own): what it calls
            // must be there, and finds nobody to draw.
            drop(self.frame.take().map(FrameClosure::into_js_value));
        }
        self.listeners.borrow_mut().clear();
        for keeper in self.keepers.borrow_mut().drain(..) {
            keeper();
        }
        if let Ok(painters) = self.painters.try_borrow() {
            painters.remove();
        }
    }
}
