//! The small picture beside the map: the sections once, the window of the view with every frame.

use crate::{
    dom,
    paint::{Moment, ground::Ground},
    sheet::Sheet,
    theme::{Theme, hex},
};
use seatmap::{
    camera::Camera,
    display::{Badges, DisplayList},
    minimap::Minimap,
    scene::Scene,
    space::{Point, ScreenPoint, Viewport},
};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlCanvasElement;

/// Milliseconds between two pictures of a changing house.
const PICTURE_MS: f64 = 1_000.0;

/// A canvas of the page with the small picture.
pub(crate) struct MinimapPainter {
    sheet: Sheet,
    picture: HtmlCanvasElement,
    transform: Minimap,
    dpr: f32,
    drawn: Option<(u32, f64)>,
    /// The window that stands on the picture, in device pixels; `None` is none.
    window: Option<Window>,
}

/// Left, top, width, height.
type Window = [i32; 4];

impl MinimapPainter {
    /// Takes a canvas of the page; its size on the page is the picture's.
    pub fn new(canvas: HtmlCanvasElement, scene: &Scene, dpr: f32) -> Result<Self, JsValue> {
        let size = dom::size(canvas.unchecked_ref());
        let [width, height] = [size.width, size.height].map(|css| dom::whole(css * dpr));
        let picture = dom::canvas()?;
        dom::resize(&picture, width, height);
        let sheet = Sheet::new(canvas, false)?;
        sheet.resize([width, height]);
        let transform = Minimap::new(&scene.bounds(), size.width, size.height);
        Ok(Self { sheet, picture, transform, dpr, drawn: None, window: None })
    }

    /// Forgets the picture (another theme).
    pub fn forget(&mut self) {
        self.drawn = None;
    }

    /// Whether the picture itself has to be made first.
    pub fn is_new(&self) -> bool {
        self.drawn.is_none()
    }

    /// The plan point at a place of the picture.
    pub fn plan_from_picture(&self, at: ScreenPoint) -> Point {
        self.transform.plan_from_picture(at)
    }

    /// Draws picture and window.
    pub fn draw(
        &mut self,
        (ground, scene): (&Ground, &Scene),
        (camera, viewport): (&Camera, &Viewport),
        theme: &Theme,
        now_ms: f64,
    ) -> Result<(), JsValue> {
        let stale = |(revision, at_ms): (u32, f64)| {
            revision != scene.figures_revision() && now_ms - at_ms > PICTURE_MS
        };
        let [width, height] = self.sheet.size().map(f64::from);
        let repaint = self.drawn.is_none_or(stale);
        if repaint {
            let mut list = DisplayList::new(
                scene,
                self.transform.camera(),
                self.transform.picture(),
                &mut Badges::default(),
            );
            list.detail.section_fill = 1.0;
            let context = dom::context(&self.picture)?;
            context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0)?;
            context.clear_rect(0.0, 0.0, width, height);
            let moment = Moment { pulse: 0.0, dpr: self.dpr, origin: (0.0, 0.0) };
            ground.draw_on(&context, scene, &list, theme, moment)?;
            self.drawn = Some((scene.figures_revision(), now_ms));
        }
        let idle = self.transform.is_idle(&scene.bounds(), camera, viewport);
        let window = (!idle).then(|| self.window_of(camera, viewport));
        // A map moves many pixels for one of the small picture.
        if !repaint && window == self.window {
            return Ok(());
        }
        self.window = window;
        let context = &self.sheet.context;
        context.clear_rect(0.0, 0.0, width, height);
        context.draw_image_with_html_canvas_element(&self.picture, 0.0, 0.0)?;
        if let Some(window) = window {
            let [x, y, width, height] = window.map(f64::from);
            let line = 1.5 * f64::from(self.dpr);
            context.set_stroke_style_str(&hex(theme.ink));
            context.set_line_width(line);
            context.stroke_rect(x + line / 2.0, y + line / 2.0, width - line, height - line);
        }
        self.sheet.show()
    }

    fn window_of(&self, camera: &Camera, viewport: &Viewport) -> Window {
        let (from, to) = self.transform.window(camera, viewport);
        let (width, height) = ((to.x - from.x).max(6.0), (to.y - from.y).max(6.0));
        [from.x, from.y, width, height].map(|part| dom::whole(part * self.dpr))
    }
}
