//! A drag beyond the margin: what is drawn moves on the canvas, and only what comes to light is drawn.

use super::{Drawn, EDGE_PX, Painters};
use crate::{dom, paint::Moment, sheet::Sheet, state::State};
use seatmap::{
    camera::Camera,
    display::DisplayList,
    strips::{Strip, uncovered},
};
use wasm_bindgen::JsValue;

/// Part of the margin that lies ahead; the rest of it is for a hand that trembles.
const AHEAD: f32 = 0.8;

/// Device pixels to the right and down.
type Way = (i32, i32);

impl Painters {
    /// The same picture with its canvas ahead of the drag, and how far it has to move on it: a drag goes on, so the next
    /// such frame is twice as far away as from the middle. `None` where most would be drawn anyhow, or where the
    /// writing of sections lies over the seams.
    pub(super) fn reached(&self, drawn: Drawn, now: Drawn) -> Option<(Drawn, Way)> {
        self.list.as_ref().filter(|list| !list.seats.is_empty() && list.detail.badges <= 0.0)?;
        let shift = drawn.way_to(now, self.dpr)?;
        let shown = self.shown();
        let most = self.reach()?;
        let ahead = |way: f32| {
            let far = if way.abs() * 2.0 > most { (most * AHEAD * self.dpr).round() / self.dpr } else { 0.0 };
            way + far.copysign(way)
        };
        let way = (ahead(shift.0), ahead(shift.1));
        let near = way.0.abs() * 2.0 < shown.width && way.1.abs() * 2.0 < shown.height;
        let by = (dom::whole(way.0 * self.dpr), dom::whole(way.1 * self.dpr));
        let camera = drawn.camera.panned(way.0, way.1);
        near.then_some((Drawn { camera, shift: (shift.0 - way.0, shift.1 - way.1), ..drawn }, by))
    }

    /// Moves what is drawn and draws the rest.
    pub(super) fn extend(
        &mut self,
        state: &State,
        camera: Camera,
        (dx, dy): Way,
        moment: Moment,
    ) -> Result<(), JsValue> {
        let [width, height] = self.sheet.size();
        let Sheet { context, canvas, .. } = &self.sheet;
        context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0)?;
        context.draw_image_with_html_canvas_element(canvas, f64::from(dx), f64::from(dy))?;
        for strip in uncovered((width, height), (dx, dy)) {
            self.draw_strip(state, camera, strip, moment)?;
        }
        self.sheet.show()
    }

    fn draw_strip(
        &mut self,
        state: &State,
        camera: Camera,
        strip: Strip,
        moment: Moment,
    ) -> Result<(), JsValue> {
        let edge = dom::whole(EDGE_PX * self.dpr);
        let (own, viewport) = strip.view(edge, camera, &self.shown(), self.dpr);
        let mut list = DisplayList::new(&state.scene, own, viewport, &mut self.badges);
        list.focus = list.focus.filter(|_| state.keyboard);
        let [x, y, width, height] = [strip.x, strip.y, strip.width, strip.height].map(f64::from);
        let edge_px = f64::from(edge);
        let moment = Moment { origin: (dom::narrow(x - edge_px), dom::narrow(y - edge_px)), ..moment };
        let context = &self.sheet.context;
        context.save();
        context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0)?;
        context.begin_path();
        context.rect(x, y, width, height);
        context.clip();
        let painted = self.paint(state, &list, (strip, edge), moment);
        context.restore();
        painted
    }
}
