//! The small picture of the whole plan with the part in view.

use crate::{
    camera::Camera,
    space::{Point, Rect, ScreenPoint, Viewport, between},
};

/// How the plan lies in the small picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Minimap {
    camera: Camera,
    picture: Viewport,
}

impl Minimap {
    /// The whole of `bounds` in a picture of that size (CSS pixels).
    pub fn new(bounds: &Rect, width: f32, height: f32) -> Self {
        let picture = Viewport::new(width, height);
        Self { camera: Camera::fit(bounds, &picture), picture }
    }

    /// The transform of the picture.
    pub fn camera(&self) -> Camera {
        self.camera
    }

    /// Its size.
    pub fn picture(&self) -> Viewport {
        self.picture
    }

    /// The part that the map shows, in the picture: upper left and lower right, kept inside it.
    pub fn window(&self, camera: &Camera, viewport: &Viewport) -> (ScreenPoint, ScreenPoint) {
        let seen = camera.visible(viewport);
        let inside = |p: Point| {
            let at = self.camera.screen_from_plan(p, &self.picture);
            ScreenPoint::new(between(at.x, 0.0, self.picture.width), between(at.y, 0.0, self.picture.height))
        };
        (inside(seen.min), inside(seen.max))
    }

    /// The plan point under a place of the picture.
    pub fn plan_from_picture(&self, at: ScreenPoint) -> Point {
        self.camera.plan_from_screen(at, &self.picture)
    }

    /// Whether the map shows everything, so that the small picture says nothing.
    pub fn is_idle(&self, bounds: &Rect, camera: &Camera, viewport: &Viewport) -> bool {
        let seen = camera.visible(viewport);
        seen.contains(bounds.min) && seen.contains(bounds.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_the_part_in_view() {
        let bounds = Rect { min: Point::new(0.0, 0.0), max: Point::new(100.0, 100.0) };
        let mini = Minimap::new(&bounds, 100.0, 100.0);
        let viewport = Viewport::new(400.0, 400.0);
        let whole = Camera::fit(&bounds, &viewport);
        assert!(mini.is_idle(&bounds, &whole, &viewport));
        let near = Camera { center: Point::new(75.0, 75.0), scale: 8.0 };
        let (low, high) = mini.window(&near, &viewport);
        let (from, to) = (mini.plan_from_picture(low), mini.plan_from_picture(high));
        assert!((from.x - 50.0).abs() < 0.1 && (to.y - 100.0).abs() < 0.1, "{from:?} {to:?}");
        assert!(!mini.is_idle(&bounds, &near, &viewport));
    }
}
