//! A camera's way from one view to another, as a pure function of the time.

use crate::{camera::Camera, space::Point};

/// Milliseconds that a flight takes.
pub const FLIGHT_MS: f64 = 260.0;

/// A move under way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flight {
    from: Camera,
    to: Camera,
    start_ms: f64,
    duration_ms: f64,
}

impl Flight {
    /// Starts at `now_ms`. Under reduced motion it is over at once.
    pub fn new(from: Camera, to: Camera, now_ms: f64, reduced_motion: bool) -> Self {
        Self { from, to, start_ms: now_ms, duration_ms: if reduced_motion { 0.0 } else { FLIGHT_MS } }
    }

    /// Where it ends.
    pub fn target(&self) -> Camera {
        self.to
    }

    /// The view at that time, and whether the flight is over.
    ///
    /// The scale goes its way evenly in the eye (by ratio), and the centre so that one screen point stands still:
    /// linear in `1 / scale`.
    pub fn at(&self, now_ms: f64) -> (Camera, bool) {
        let elapsed = now_ms - self.start_ms;
        if elapsed >= self.duration_ms {
            return (self.to, true);
        }
        #[expect(clippy::cast_possible_truncation, reason = "a part of one")]
        let part = (elapsed / self.duration_ms).max(0.0) as f32;
        let eased = 1.0 - (1.0 - part) * (1.0 - part) * (1.0 - part);
        let (a, b) = (self.from, self.to);
        let scale = a.scale * (eased * (b.scale / a.scale).ln()).exp();
        let turn = 1.0 / b.scale - 1.0 / a.scale;
        let moved =
            if (b.scale / a.scale - 1.0).abs() < 0.01 { eased } else { (1.0 / scale - 1.0 / a.scale) / turn };
        let center = Point::new(
            a.center.x + (b.center.x - a.center.x) * moved,
            a.center.y + (b.center.y - a.center.y) * moved,
        );
        (Camera { center, scale }, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Camera = Camera { center: Point::new(0.0, 0.0), scale: 2.0 };
    const B: Camera = Camera { center: Point::new(30.0, 10.0), scale: 40.0 };

    #[test]
    fn a_flight_goes_from_its_start_to_its_end() {
        let flight = Flight::new(A, B, 1000.0, false);
        assert_eq!(flight.at(1000.0), (A, false));
        assert_eq!(flight.at(1000.0 + FLIGHT_MS), (B, true));
        let mut before = A;
        for step in 1..26 {
            let (view, done) = flight.at(1000.0 + 10.0 * f64::from(step));
            assert_eq!(done, step == 26);
            assert!(view.scale > before.scale && view.center.x > before.center.x);
            before = view;
        }
    }

    #[test]
    fn reduced_motion_jumps() {
        assert_eq!(Flight::new(A, B, 5.0, true).at(5.0), (B, true));
    }
}
