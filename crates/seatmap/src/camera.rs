//! What part of the plan is seen, and how far it may move.

use crate::space::{Point, Rect, ScreenPoint, Viewport, between};

/// The view: which plan point lies in the middle of the canvas, and CSS pixels per metre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// The plan point in the middle of the canvas.
    pub center: Point,
    /// CSS pixels per metre.
    pub scale: f32,
}

/// How far the view may zoom and move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// What must stay in reach.
    pub bounds: Rect,
    /// Smallest scale: a little more than everything is seen.
    pub scale_min: f32,
    /// Largest scale: a seat is comfortably large.
    pub scale_max: f32,
}

/// Pixels from seat to seat at the largest zoom.
pub const PITCH_PX_MAX: f32 = 56.0;
/// Part of the canvas that stays empty around a fitted box.
const FIT_MARGIN: f32 = 0.05;

impl Limits {
    /// Limits for a plan of these bounds and seat pitch on that canvas.
    pub fn new(bounds: Rect, pitch: f32, viewport: &Viewport) -> Self {
        let fitted = Camera::fit(&bounds, viewport).scale;
        let scale_max = (PITCH_PX_MAX / pitch.max(0.01)).max(fitted);
        Self { bounds, scale_min: fitted * 0.85, scale_max }
    }
}

impl Camera {
    /// The view that shows the whole box in the uncovered part of the canvas.
    pub fn fit(bounds: &Rect, viewport: &Viewport) -> Self {
        let (width, height) = viewport.usable();
        let free = 1.0 - 2.0 * FIT_MARGIN;
        let scale = (width * free / bounds.width().max(0.1)).min(height * free / bounds.height().max(0.1));
        Self { center: bounds.center(), scale }.placed(bounds.center(), viewport.usable_center(), viewport)
    }

    /// The same zoom, moved so that `plan` is seen at `screen`.
    pub fn placed(self, plan: Point, screen: ScreenPoint, viewport: &Viewport) -> Self {
        let middle = viewport.middle();
        let center = Point::new(
            plan.x - (screen.x - middle.x) / self.scale,
            plan.y - (screen.y - middle.y) / self.scale,
        );
        Self { center, ..self }
    }

    /// Where a plan point is seen.
    pub fn screen_from_plan(&self, plan: Point, viewport: &Viewport) -> ScreenPoint {
        let middle = viewport.middle();
        ScreenPoint::new(
            (plan.x - self.center.x) * self.scale + middle.x,
            (plan.y - self.center.y) * self.scale + middle.y,
        )
    }

    /// Which plan point is seen there.
    pub fn plan_from_screen(&self, screen: ScreenPoint, viewport: &Viewport) -> Point {
        let middle = viewport.middle();
        Point::new(
            (screen.x - middle.x) / self.scale + self.center.x,
            (screen.y - middle.y) / self.scale + self.center.y,
        )
    }

    /// The part of the plan that is seen.
    pub fn visible(&self, viewport: &Viewport) -> Rect {
        let corner = ScreenPoint::new(viewport.width, viewport.height);
        Rect {
            min: self.plan_from_screen(ScreenPoint::default(), viewport),
            max: self.plan_from_screen(corner, viewport),
        }
    }

    /// Zoomed by `factor` within the limits; the plan point under `about` stays where it is.
    pub fn zoomed(self, factor: f32, about: ScreenPoint, viewport: &Viewport, limits: &Limits) -> Self {
        let plan = self.plan_from_screen(about, viewport);
        let scale = between(self.scale * factor, limits.scale_min, limits.scale_max);
        Self { scale, ..self }.placed(plan, about, viewport)
    }

    /// Moved by a drag of so many pixels.
    pub fn panned(self, dx_px: f32, dy_px: f32) -> Self {
        let center = Point::new(self.center.x - dx_px / self.scale, self.center.y - dy_px / self.scale);
        Self { center, ..self }
    }

    /// The nearest view that keeps the limits.
    ///
    /// Where the plan is smaller than the uncovered canvas it stays inside it whole; where it is larger, its edge
    /// may be drawn towards the middle, the further the larger it is. Both meet without a jump.
    pub fn clamped(self, viewport: &Viewport, limits: &Limits) -> Self {
        let scale = between(self.scale, limits.scale_min, limits.scale_max);
        let (width, height) = viewport.usable();
        let (uncovered, middle) = (viewport.usable_center(), viewport.middle());
        let axis = |center: f32, off_px: f32, size_px: f32, min: f32, max: f32| {
            let (half, off) = (size_px / 2.0 / scale, off_px / scale);
            let over = (max - min) / (2.0 * half) - 1.0;
            let keep = 1.0 - (over * 2.0).min(0.8);
            let (a, b) =
                if over < 0.0 { (max - half, min + half) } else { (min + half * keep, max - half * keep) };
            between(center + off, a.min(b), b.max(a)) - off
        };
        let (min, max) = (limits.bounds.min, limits.bounds.max);
        let center = Point::new(
            axis(self.center.x, uncovered.x - middle.x, width, min.x, max.x),
            axis(self.center.y, uncovered.y - middle.y, height, min.y, max.y),
        );
        Self { center, scale }
    }

    /// The smallest move (and zoom in, up to `scale_wanted`) that brings a plan point well into view.
    pub fn revealing(self, plan: Point, scale_wanted: f32, viewport: &Viewport) -> Self {
        let grown = if self.scale < scale_wanted {
            Self { scale: scale_wanted, ..self }.placed(plan, self.screen_from_plan(plan, viewport), viewport)
        } else {
            self
        };
        let at = grown.screen_from_plan(plan, viewport);
        let (width, height) = viewport.usable();
        let uncovered = viewport.usable_center();
        let margin = 0.18;
        let pull = |at: f32, middle: f32, size: f32| {
            let reach = size * (0.5 - margin);
            between(at, middle - reach, middle + reach)
        };
        let target = ScreenPoint::new(pull(at.x, uncovered.x, width), pull(at.y, uncovered.y, height));
        if target == at { grown } else { grown.placed(plan, target, viewport) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Insets;
    use proptest::prelude::*;

    fn bounds() -> Rect {
        Rect { min: Point::new(-20.0, -5.0), max: Point::new(60.0, 45.0) }
    }

    prop_compose! {
        fn views()(width in 200_f32..2000.0, height in 200_f32..1500.0, bottom in 0_f32..150.0,
                   zoom in 0.5_f32..40.0, dx in -2000_f32..2000.0, dy in -2000_f32..2000.0)
                  -> (Camera, Viewport, Limits) {
            let viewport = Viewport { insets: Insets { bottom, ..Insets::default() }, ..Viewport::new(width, height) };
            let limits = Limits::new(bounds(), 0.55, &viewport);
            let camera = Camera::fit(&bounds(), &viewport).zoomed(zoom, viewport.middle(), &viewport, &limits);
            (camera.panned(dx, dy), viewport, limits)
        }
    }

    proptest! {
        #[test]
        fn screen_and_plan_are_inverse((camera, viewport, _) in views(), x in 0_f32..1.0, y in 0_f32..1.0) {
            let at = ScreenPoint::new(x * viewport.width, y * viewport.height);
            let back = camera.screen_from_plan(camera.plan_from_screen(at, &viewport), &viewport);
            prop_assert!(back.distance(at) < 0.1, "{back:?} {at:?}");
        }

        #[test]
        fn zooming_about_a_point_keeps_the_point(
            (camera, viewport, limits) in views(), factor in 0.1_f32..10.0, x in 0_f32..1.0, y in 0_f32..1.0,
        ) {
            let at = ScreenPoint::new(x * viewport.width, y * viewport.height);
            let plan = camera.plan_from_screen(at, &viewport);
            let zoomed = camera.zoomed(factor, at, &viewport, &limits);
            prop_assert!(zoomed.screen_from_plan(plan, &viewport).distance(at) < 0.1);
        }

        #[test]
        fn a_clamped_view_is_within_limits_and_stays((camera, viewport, limits) in views()) {
            let clamped = camera.clamped(&viewport, &limits);
            prop_assert!(clamped.scale >= limits.scale_min && clamped.scale <= limits.scale_max);
            prop_assert!(crate::space::overlap(&clamped.visible(&viewport), &limits.bounds));
            let again = clamped.clamped(&viewport, &limits);
            prop_assert!(again.center.distance(clamped.center) * clamped.scale < 0.1);
        }

        #[test]
        fn a_fitted_plan_is_seen_whole_and_uncovered((_, viewport, limits) in views()) {
            let fit = Camera::fit(&limits.bounds, &viewport);
            let low = fit.screen_from_plan(limits.bounds.max, &viewport);
            let high = fit.screen_from_plan(limits.bounds.min, &viewport);
            prop_assert!(high.x >= 0.0 && high.y >= 0.0 && low.x <= viewport.width);
            prop_assert!(low.y <= viewport.height - viewport.insets.bottom);
            let kept = fit.clamped(&viewport, &limits);
            prop_assert!(kept.center.distance(fit.center) * fit.scale < 0.5);
        }

        #[test]
        fn a_revealed_point_is_in_view((camera, viewport, _) in views(), x in -20_f32..60.0, y in -5_f32..45.0) {
            let plan = Point::new(x, y);
            let at = camera.revealing(plan, 30.0, &viewport).screen_from_plan(plan, &viewport);
            prop_assert!(at.x > 0.0 && at.x < viewport.width && at.y > 0.0 && at.y < viewport.height);
        }
    }
}
