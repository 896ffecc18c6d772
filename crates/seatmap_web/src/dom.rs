//! The few things that this crate asks of the browser, each in one place.

use seatmap::space::{ScreenPoint, Viewport};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{
    AddEventListenerOptions, CanvasRenderingContext2d, Document, Event, EventTarget, HtmlCanvasElement,
    HtmlElement, Window,
};

pub(crate) fn window() -> Result<Window, JsValue> {
    web_sys::window().ok_or_else(|| JsValue::from_str("no window"))
}

pub(crate) fn document() -> Result<Document, JsValue> {
    window()?.document().ok_or_else(|| JsValue::from_str("no document"))
}

/// Milliseconds of the clock that animation frames use.
pub(crate) fn now_ms() -> f64 {
    window().ok().and_then(|w| w.performance()).map_or(0.0, |p| p.now())
}

/// Whether a media query holds.
pub(crate) fn media(query: &str) -> bool {
    window().ok().and_then(|w| w.match_media(query).ok().flatten()).is_some_and(|m| m.matches())
}

/// A listener that ends when it is dropped.
pub(crate) struct Listener {
    target: EventTarget,
    name: &'static str,
    closure: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Listens; not passive, so that the handler may keep the browser from acting.
    pub fn new(
        target: &EventTarget,
        name: &'static str,
        handler: impl FnMut(Event) + 'static,
    ) -> Result<Self, JsValue> {
        let closure = Closure::wrap(Box::new(handler) as Box<dyn FnMut(Event)>);
        let options = AddEventListenerOptions::new();
        options.set_passive(false);
        target.add_event_listener_with_callback_and_add_event_listener_options(
            name,
            closure.as_ref().unchecked_ref(),
            &options,
        )?;
        Ok(Self { target: target.clone(), name, closure })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // A target that no longer listens is what is wanted.
        let _ =
            self.target.remove_event_listener_with_callback(self.name, self.closure.as_ref().unchecked_ref());
    }
}

/// A canvas.
pub(crate) fn canvas() -> Result<HtmlCanvasElement, JsValue> {
    Ok(document()?.create_element("canvas")?.unchecked_into())
}

/// Makes a canvas as large as that in device pixels; one that is stays as it is.
pub(crate) fn resize(canvas: &HtmlCanvasElement, width: i32, height: i32) {
    let (width, height) = (width.unsigned_abs(), height.unsigned_abs());
    if (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
    }
}

/// A canvas that lies over its parent, takes no events, and is moved by the browser without being drawn.
pub(crate) fn layer() -> Result<HtmlCanvasElement, JsValue> {
    let layer = canvas()?;
    layer.set_attribute("aria-hidden", "true")?;
    for (name, value) in [("position", "absolute"), ("pointer-events", "none"), ("will-change", "transform")]
    {
        layer.style().set_property(name, value)?;
    }
    Ok(layer)
}

/// Calls once, so many milliseconds later.
pub(crate) fn later(delay_ms: i32, call: impl FnOnce() + 'static) {
    let call = Closure::once_into_js(call);
    if let Ok(window) = window() {
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(call.unchecked_ref(), delay_ms);
    }
}

/// The 2D context of a canvas.
pub(crate) fn context(canvas: &HtmlCanvasElement) -> Result<CanvasRenderingContext2d, JsValue> {
    let context = canvas.get_context("2d")?.ok_or_else(|| JsValue::from_str("no 2d context"))?;
    Ok(context.unchecked_into())
}

/// The element's size, at least 1 × 1.
pub(crate) fn size(host: &HtmlElement) -> Viewport {
    let pixels = |n: i32| f32::from(i16::try_from(n).unwrap_or(i16::MAX));
    Viewport::new(pixels(host.client_width()), pixels(host.client_height()))
}

/// The element's upper left on the page's window. The browser lays the page out anew for that, if anything changed.
pub(crate) fn corner(host: &HtmlElement) -> (f64, f64) {
    let rect = host.get_bounding_client_rect();
    (rect.left(), rect.top())
}

/// Where an event happened, from such a corner.
pub(crate) fn place((left, top): (f64, f64), client_x: i32, client_y: i32) -> ScreenPoint {
    ScreenPoint::new(narrow(f64::from(client_x) - left), narrow(f64::from(client_y) - top))
}

/// Browser numbers are doubles; pixels fit a float.
#[expect(clippy::cast_possible_truncation, reason = "pixels")]
pub(crate) fn narrow(value: f64) -> f32 {
    value as f32
}

/// The nearest whole number; saturates.
#[expect(clippy::cast_possible_truncation, reason = "pixels; a float cast saturates")]
pub(crate) fn whole(value: f32) -> i32 {
    value.round() as i32
}

/// `12px`: whole numbers only, since writing floats costs code.
pub(crate) fn px(value: i32) -> String {
    value.to_string() + "px"
}

/// `-3.07px`, to a hundredth.
pub(crate) fn fine_px(value: f32) -> String {
    let hundredths = whole(value * 100.0);
    let sign = if hundredths < 0 { "-" } else { "" };
    let (whole, part) = (hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100);
    let zero = if part < 10 { "0" } else { "" };
    [sign, &whole.to_string(), ".", zero, &part.to_string(), "px"].concat()
}
