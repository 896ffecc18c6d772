//! Browser events to gestures and keys.

use crate::{
    config::Effect,
    dom::{self, Listener},
    gesture::Gesture,
    shared::Shared,
};
use seatmap::{hit::Pointer, space::ScreenPoint};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{
    Event, EventTarget, KeyboardEvent, MutationObserver, MutationObserverInit, PointerEvent, ResizeObserver,
    WheelEvent,
};

/// Starts to listen. Everything ends with [`Shared::end`].
pub(crate) fn listen(shared: &Rc<Shared>) -> Result<(), JsValue> {
    let host: &EventTarget = shared.host.as_ref();
    for name in ["pointerdown", "pointermove", "pointerup", "pointercancel", "pointerleave"] {
        on(shared, host, name, |shared, event| pointer(shared, event.unchecked_ref()))?;
    }
    on(shared, host, "wheel", |shared, event| wheel(shared, event.unchecked_ref()))?;
    on(shared, host, "keydown", |shared, event| key(shared, event.unchecked_ref()))?;
    on(shared, host, "blur", |shared, _| {
        shared.change(|state| state.keyboard = false);
        redraw(shared);
    })?;
    let canvas: EventTarget = shared.painters.borrow().seats_canvas.clone().into();
    on(shared, &canvas, "webglcontextlost", |shared, event| {
        event.prevent_default();
        if let Ok(mut painters) = shared.painters.try_borrow_mut() {
            painters.lose();
        }
        redraw(shared);
    })?;
    on(shared, &canvas, "webglcontextrestored", |shared, _| {
        if let (Ok(state), Ok(mut painters)) = (shared.state.try_borrow(), shared.painters.try_borrow_mut()) {
            painters.revive(&state);
        }
        redraw(shared);
    })?;
    observe_size(shared)?;
    observe_theme(shared)
}

fn on(
    shared: &Rc<Shared>,
    target: &EventTarget,
    name: &'static str,
    handle: impl Fn(&Shared, Event) + 'static,
) -> Result<(), JsValue> {
    let weak = Rc::downgrade(shared);
    let listener = Listener::new(target, name, move |event| {
        if let Some(shared) = weak.upgrade() {
            handle(&shared, event);
        }
    })?;
    shared.listeners.borrow_mut().push(listener);
    Ok(())
}

fn redraw(shared: &Shared) {
    if let Ok(mut painters) = shared.painters.try_borrow_mut() {
        painters.forget();
    }
    shared.request_frame();
}

fn pointer(shared: &Shared, event: &PointerEvent) {
    // Controls that the page lays over the map keep their events.
    let own = event.target().is_none_or(|target| target == *AsRef::<EventTarget>::as_ref(&shared.host));
    let at = place(shared, event);
    let kind = if event.pointer_type() == "touch" { Pointer::Coarse } else { Pointer::Fine };
    let (id, now_ms) = (event.pointer_id(), dom::now_ms());
    match event.type_().as_str() {
        "pointerdown" if own && event.button() == 0 => {
            let _ = shared.host.set_pointer_capture(id);
            shared.change(|state| {
                state.gestures.down(id, at, now_ms);
            });
        }
        "pointermove" => {
            shared.change(|state| {
                if state.gestures.is_down() {
                    let gesture = state.gestures.moved(id, at, kind, now_ms);
                    state.gesture(gesture, now_ms);
                } else if kind == Pointer::Fine && own {
                    state.hover(at);
                }
            });
        }
        "pointerup" => {
            let tapped = shared.change(|state| {
                let gesture = state.gestures.up(id, at, kind, now_ms);
                state.gesture(gesture, now_ms);
                matches!(gesture, Gesture::Tap { .. })
            });
            if tapped == Some(true) {
                redraw(shared);
            }
        }
        "pointercancel" => {
            shared.change(|state| state.gestures.cancel(id));
        }
        "pointerleave" if kind == Pointer::Fine => {
            shared.change(|state| state.set_hover(None, None));
        }
        _ => {}
    }
}

/// Where a pointer is. The map does not move under a finger: while one is down its corner is not asked for again.
fn place(shared: &Shared, event: &PointerEvent) -> ScreenPoint {
    let moves = event.type_() == "pointermove";
    let known = shared.corner.get().filter(|_| moves);
    let corner = known.unwrap_or_else(|| dom::corner(&shared.host));
    if !moves {
        shared.corner.set((event.type_() == "pointerdown").then_some(corner));
    }
    dom::place(corner, event.client_x(), event.client_y())
}

fn wheel(shared: &Shared, event: &WheelEvent) {
    if !event.ctrl_key() && !event.meta_key() {
        // The page scrolls; it may say how to zoom.
        shared.change(|state| state.effects.push(Effect::Hint));
        return;
    }
    event.prevent_default();
    let at: ScreenPoint = dom::place(dom::corner(&shared.host), event.client_x(), event.client_y());
    let lines = if event.delta_mode() == WheelEvent::DOM_DELTA_LINE { 16.0 } else { 1.0 };
    shared.change(|state| state.wheel(dom::narrow(event.delta_y() * lines), at));
}

fn key(shared: &Shared, event: &KeyboardEvent) {
    let own = event.target().is_none_or(|target| target == *AsRef::<EventTarget>::as_ref(&shared.host));
    if !own || event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let now_ms = dom::now_ms();
    if shared.change(|state| state.key(&event.key(), now_ms)) == Some(true) {
        event.prevent_default();
        // The ring may have come or gone without the scene's doing.
        redraw(shared);
    }
}

fn observe_size(shared: &Rc<Shared>) -> Result<(), JsValue> {
    let weak = Rc::downgrade(shared);
    let closure = Closure::wrap(Box::new(move || {
        if let Some(shared) = weak.upgrade() {
            shared.resized();
        }
    }) as Box<dyn FnMut()>);
    let observer = ResizeObserver::new(closure.as_ref().unchecked_ref())?;
    observer.observe(&shared.host);
    keep(shared, move || {
        observer.disconnect();
        drop(closure);
    });
    Ok(())
}

/// The theme follows the system's wish and the attributes of the root element.
fn observe_theme(shared: &Rc<Shared>) -> Result<(), JsValue> {
    let window = dom::window()?;
    if let Some(media) = window.match_media("(prefers-color-scheme: dark)")? {
        on(shared, media.as_ref(), "change", |shared, _| shared.retheme())?;
        // A media list that nobody holds may be collected, and its listeners with it.
        keep(shared, move || drop(media));
    }
    if let Some(media) = window.match_media("(prefers-reduced-motion: reduce)")? {
        on(shared, media.as_ref(), "change", |shared, _| {
            let reduced = dom::media("(prefers-reduced-motion: reduce)");
            shared.change(|state| state.reduced_motion = reduced);
        })?;
        keep(shared, move || drop(media));
    }
    let weak = Rc::downgrade(shared);
    let closure = Closure::wrap(Box::new(move || {
        if let Some(shared) = weak.upgrade() {
            shared.retheme();
        }
    }) as Box<dyn FnMut()>);
    let observer = MutationObserver::new(closure.as_ref().unchecked_ref())?;
    let options = MutationObserverInit::new();
    options.set_attributes(true);
    if let Some(root) = dom::document()?.document_element() {
        observer.observe_with_options(&root, &options)?;
    }
    keep(shared, move || {
        observer.disconnect();
        drop(closure);
    });
    Ok(())
}

fn keep(shared: &Rc<Shared>, end: impl FnOnce() + 'static) {
    shared.keepers.borrow_mut().push(Box::new(end));
}
