//! The painters: each draws a part of a display list.

pub(crate) mod flat;
pub(crate) mod gl;
pub(crate) mod ground;
mod shaders;
pub(crate) mod writing;

use wasm_bindgen::JsValue;
use web_sys::CanvasRenderingContext2d;

/// What moves by itself in a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moment {
    /// 0 to 1 and back: seats that wait for the server.
    pub pulse: f32,
    /// Device pixels a CSS pixel.
    pub dpr: f32,
    /// Where the upper left of the display list lies on the canvas, in device pixels.
    pub origin: (f32, f32),
}

impl Moment {
    /// Lets the canvas be drawn on in CSS pixels of the display list.
    pub fn in_css_pixels(self, context: &CanvasRenderingContext2d) -> Result<(), JsValue> {
        let (dpr, (x, y)) = (f64::from(self.dpr), self.origin);
        context.set_transform(dpr, 0.0, 0.0, dpr, f64::from(x), f64::from(y))
    }
}
