//! The two coordinate spaces. Plan: metres of the drawing. Screen: CSS pixels from the canvas's upper left.

pub use domain::plan::{Point, Rect};

/// A place on the canvas in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ScreenPoint {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

impl ScreenPoint {
    /// A point of its two coordinates.
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// Distance in pixels.
    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

/// Pixels at the edges of the canvas that something else covers (a bottom sheet, a panel).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Insets {
    /// Covered at the left.
    pub left: f32,
    /// Covered at the top.
    pub top: f32,
    /// Covered at the right.
    pub right: f32,
    /// Covered at the bottom.
    pub bottom: f32,
}

/// The canvas: its size in CSS pixels and what covers its edges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// Width in CSS pixels, at least 1.
    pub width: f32,
    /// Height in CSS pixels, at least 1.
    pub height: f32,
    /// Covered edges.
    pub insets: Insets,
}

impl Viewport {
    /// A canvas of that size with nothing in front of it.
    pub fn new(width: f32, height: f32) -> Self {
        Self { width: width.max(1.0), height: height.max(1.0), insets: Insets::default() }
    }

    /// Width and height that nothing covers, at least 1.
    pub fn usable(&self) -> (f32, f32) {
        let width = self.width - self.insets.left - self.insets.right;
        let height = self.height - self.insets.top - self.insets.bottom;
        (width.max(1.0), height.max(1.0))
    }

    /// The middle of what nothing covers.
    pub fn usable_center(&self) -> ScreenPoint {
        let (width, height) = self.usable();
        ScreenPoint::new(self.insets.left + width / 2.0, self.insets.top + height / 2.0)
    }

    /// The middle of the canvas.
    pub fn middle(&self) -> ScreenPoint {
        ScreenPoint::new(self.width / 2.0, self.height / 2.0)
    }
}

/// `value`, not below `low` and not above `high`. Unlike `f32::clamp` it cannot panic, and so does not bring the
/// printing of floats into the browser (18 kB).
pub fn between(value: f32, low: f32, high: f32) -> f32 {
    value.max(low).min(high)
}

/// Whether two boxes share a point.
pub fn overlap(a: &Rect, b: &Rect) -> bool {
    a.min.x <= b.max.x && a.max.x >= b.min.x && a.min.y <= b.max.y && a.max.y >= b.min.y
}

/// The box grown by `by` on every side.
pub fn grown(rect: &Rect, by: f32) -> Rect {
    Rect {
        min: Point::new(rect.min.x - by, rect.min.y - by),
        max: Point::new(rect.max.x + by, rect.max.y + by),
    }
}

/// Distance of a point from a box; 0 inside.
pub fn distance_to_rect(rect: &Rect, p: Point) -> f32 {
    let dx = (rect.min.x - p.x).max(p.x - rect.max.x).max(0.0);
    let dy = (rect.min.y - p.y).max(p.y - rect.max.y).max(0.0);
    dx.hypot(dy)
}

/// Whether a closed polygon holds a point (even-odd rule).
pub fn polygon_contains(polygon: &[Point], p: Point) -> bool {
    let Some(mut before) = polygon.last().copied() else { return false };
    let mut inside = false;
    for &corner in polygon {
        if (corner.y > p.y) != (before.y > p.y) {
            let x = (before.x - corner.x) * (p.y - corner.y) / (before.y - corner.y) + corner.x;
            inside ^= p.x < x;
        }
        before = corner;
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_polygon_holds_what_is_inside_it() {
        let bay = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (2.0, 1.0), (0.0, 4.0)].map(|(x, y)| Point::new(x, y));
        assert!(polygon_contains(&bay, Point::new(0.5, 2.0)));
        assert!(!polygon_contains(&bay, Point::new(2.0, 2.0)));
        assert!(!polygon_contains(&bay, Point::new(5.0, 2.0)));
        assert!(!polygon_contains(&[], Point::new(0.0, 0.0)));
    }
}
