//! A canvas of the page whose picture is made beside it and handed over when it is done.
//!
//! Without a graphics card a browser copies every canvas that is drawn on with every frame of the page, whether it was
//! drawn on since or not. A picture that was handed over it has already, so a map that is only moved costs nothing.
//! Where the browser knows no such thing, the canvas itself is drawn on.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageBitmapRenderingContext, OffscreenCanvas};

/// A canvas of the page and what its next picture is drawn with.
pub(crate) struct Sheet {
    /// On the page; the picture that it shows can be drawn from it.
    pub canvas: HtmlCanvasElement,
    /// Draws the next picture. It begins empty after every [`show`](Self::show), or with the last one.
    pub context: CanvasRenderingContext2d,
    desk: Option<Desk>,
}

/// Where the next picture is made, and where it is shown.
struct Desk {
    canvas: OffscreenCanvas,
    shown: ImageBitmapRenderingContext,
}

impl Sheet {
    /// Takes a canvas that has no context yet. `opaque`: nothing shines through.
    pub fn new(canvas: HtmlCanvasElement, opaque: bool) -> Result<Self, JsValue> {
        let options = js_sys::Object::new();
        js_sys::Reflect::set(&options, &"alpha".into(), &(!opaque).into())?;
        if let Ok((desk, context)) = Desk::beside(&canvas, &options) {
            return Ok(Self { canvas, context, desk: Some(desk) });
        }
        let context = canvas.get_context_with_context_options("2d", &options)?.ok_or_else(missing)?;
        Ok(Self { context: context.unchecked_into(), canvas, desk: None })
    }

    /// Width and height in device pixels.
    pub fn size(&self) -> [i32; 2] {
        let size = match &self.desk {
            Some(desk) => [desk.canvas.width(), desk.canvas.height()],
            None => [self.canvas.width(), self.canvas.height()],
        };
        size.map(|pixels| i32::try_from(pixels).unwrap_or(i32::MAX))
    }

    /// Makes the next picture as large as that in device pixels; it begins empty.
    pub fn resize(&self, size: [i32; 2]) {
        let [width, height] = size.map(i32::unsigned_abs);
        match &self.desk {
            Some(desk) => {
                desk.canvas.set_width(width);
                desk.canvas.set_height(height);
            }
            None => {
                self.canvas.set_width(width);
                self.canvas.set_height(height);
            }
        }
    }

    /// Shows what was drawn.
    pub fn show(&self) -> Result<(), JsValue> {
        if let Some(desk) = &self.desk {
            desk.shown.transfer_from_image_bitmap(&desk.canvas.transfer_to_image_bitmap()?);
        }
        Ok(())
    }
}

impl Desk {
    /// The page's canvas is touched last: once it shows pictures of others it cannot be drawn on.
    fn beside(
        page: &HtmlCanvasElement,
        options: &js_sys::Object,
    ) -> Result<(Self, CanvasRenderingContext2d), JsValue> {
        let canvas = OffscreenCanvas::new(1, 1)?;
        let context = canvas.get_context_with_context_options("2d", options)?.ok_or_else(missing)?;
        let shown = page.get_context_with_context_options("bitmaprenderer", options)?.ok_or_else(missing)?;
        // The same calls as those of a canvas of the page; only the type has a name of its own.
        Ok((Self { canvas, shown: shown.unchecked_into() }, context.unchecked_into()))
    }
}

fn missing() -> JsValue {
    JsValue::from_str("no context")
}
