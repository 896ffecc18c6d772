//! What comes to light when a picture is moved on its canvas: only that has to be drawn, the rest is there already.

use crate::{
    camera::Camera,
    space::{ScreenPoint, Viewport},
};

/// A rectangle of whole device pixels on a canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strip {
    /// From the left.
    pub x: i32,
    /// From above.
    pub y: i32,
    /// At least 1.
    pub width: i32,
    /// At least 1.
    pub height: i32,
}

/// The parts of a canvas of `(width, height)` that its picture, moved by `(dx, dy)`, no longer covers: one above or
/// below it over the whole width, and one beside what is left.
pub fn uncovered((width, height): (i32, i32), (dx, dy): (i32, i32)) -> impl Iterator<Item = Strip> {
    let (dx, dy) = (dx.clamp(-width, width), dy.clamp(-height, height));
    let lying = Strip { x: 0, y: if dy > 0 { 0 } else { height + dy }, width, height: dy.abs() };
    let standing = Strip {
        x: if dx > 0 { 0 } else { width + dx },
        y: dy.max(0),
        width: dx.abs(),
        height: height - dy.abs(),
    };
    [lying, standing].into_iter().filter(|strip| strip.width > 0 && strip.height > 0)
}

impl Strip {
    /// The strip and `edge` pixels around it as a view of its own, under a camera that looks at the whole canvas
    /// (`shown`, of `dpr` device pixels a CSS pixel).
    pub fn view(self, edge: i32, camera: Camera, shown: &Viewport, dpr: f32) -> (Camera, Viewport) {
        let css = |pixels: i32| f32::from(i16::try_from(pixels).unwrap_or(i16::MAX)) / dpr;
        let middle =
            ScreenPoint::new(css(2 * self.x + self.width) / 2.0, css(2 * self.y + self.height) / 2.0);
        let center = camera.plan_from_screen(middle, shown);
        let viewport = Viewport::new(css(self.width + 2 * edge), css(self.height + 2 * edge));
        (Camera { center, ..camera }, viewport)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Point;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_pixel_is_covered_once(width in 1_i32..24, height in 1_i32..24, dx in -30_i32..30, dy in -30_i32..30) {
            for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
                let moved = (0..width).contains(&(x - dx)) && (0..height).contains(&(y - dy));
                let strips = uncovered((width, height), (dx, dy))
                    .filter(|s| (s.x..s.x + s.width).contains(&x) && (s.y..s.y + s.height).contains(&y));
                prop_assert_eq!(strips.count(), usize::from(!moved), "pixel {},{}", x, y);
            }
        }

        #[test]
        fn a_strip_shows_what_the_canvas_shows_there(
            x in 0_i32..900, y in 0_i32..700, width in 1_i32..300, height in 1_i32..300, edge in 0_i32..60,
            px in -80_f32..80.0, py in -60_f32..60.0, scale in 2_f32..60.0, twice in proptest::bool::ANY,
        ) {
            let dpr = if twice { 2.0 } else { 1.0 };
            let shown = Viewport::new(1200.0 / dpr, 1000.0 / dpr);
            let camera = Camera { center: Point::new(3.0, -7.0), scale };
            let (own, viewport) = Strip { x, y, width, height }.view(edge, camera, &shown, dpr);
            let plan = Point::new(px, py);
            let (there, here) = (camera.screen_from_plan(plan, &shown), own.screen_from_plan(plan, &viewport));
            let off = |n: i32| f32::from(i16::try_from(n - edge).unwrap());
            prop_assert!((there.x * dpr - here.x * dpr - off(x)).abs() < 0.02);
            prop_assert!((there.y * dpr - here.y * dpr - off(y)).abs() < 0.02);
        }
    }
}
