//! Fingers and mouse buttons: what a series of pointer events means.

use seatmap::{hit::Pointer, space::ScreenPoint};

/// Further than this is a drag, not a tap.
const SLOP_FINE_PX: f32 = 5.0;
const SLOP_COARSE_PX: f32 = 10.0;
/// Two taps within this time and distance are a double tap.
const DOUBLE_MS: f64 = 320.0;
const DOUBLE_PX: f32 = 28.0;
/// Pixels a millisecond below which a let-go map stands still.
const FLING_MIN: f32 = 0.25;

/// One pointer that is down.
#[derive(Clone, Copy, Debug)]
struct Finger {
    id: i32,
    start: ScreenPoint,
    at: ScreenPoint,
}

/// What a pointer event means for the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Gesture {
    /// Nothing yet.
    None,
    /// The map follows the finger by so many pixels.
    Pan(f32, f32),
    /// Two fingers: zoom about a point, and move.
    Pinch { factor: f32, about: ScreenPoint, dx: f32, dy: f32 },
    /// Let go while moving: pixels a millisecond.
    Fling(f32, f32),
    /// A tap; `double` when it follows another closely.
    Tap { at: ScreenPoint, pointer: Pointer, double: bool },
}

/// The pointers that are down and what they did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gestures {
    fingers: Vec<Finger>,
    moved: bool,
    velocity: (f32, f32),
    moved_ms: f64,
    tapped: Option<(f64, ScreenPoint)>,
}

impl Gestures {
    /// Whether something is held down.
    pub fn is_down(&self) -> bool {
        !self.fingers.is_empty()
    }

    /// A pointer goes down.
    pub fn down(&mut self, id: i32, at: ScreenPoint, now_ms: f64) {
        if self.fingers.is_empty() {
            self.moved = false;
            self.velocity = (0.0, 0.0);
        } else {
            self.moved = true;
        }
        self.moved_ms = now_ms;
        self.fingers.retain(|finger| finger.id != id);
        self.fingers.push(Finger { id, start: at, at });
    }

    /// A pointer moves.
    pub fn moved(&mut self, id: i32, at: ScreenPoint, pointer: Pointer, now_ms: f64) -> Gesture {
        let before = self.spread();
        let Some(finger) = self.fingers.iter_mut().find(|finger| finger.id == id) else {
            return Gesture::None;
        };
        let (dx, dy) = (at.x - finger.at.x, at.y - finger.at.y);
        let slop = if pointer == Pointer::Fine { SLOP_FINE_PX } else { SLOP_COARSE_PX };
        if !self.moved && finger.start.distance(at) < slop {
            return Gesture::None;
        }
        self.moved = true;
        finger.at = at;
        match (before, self.spread()) {
            (Some((was, mid_was)), Some((is, mid))) => Gesture::Pinch {
                factor: is / was.max(1.0),
                about: mid,
                dx: mid.x - mid_was.x,
                dy: mid.y - mid_was.y,
            },
            _ => {
                let elapsed = crate::dom::narrow(now_ms - self.moved_ms).max(1.0);
                self.moved_ms = now_ms;
                let blend = |old: f32, new: f32| old * 0.6 + new / elapsed * 0.4;
                self.velocity = (blend(self.velocity.0, dx), blend(self.velocity.1, dy));
                Gesture::Pan(dx, dy)
            }
        }
    }

    /// A pointer goes up.
    pub fn up(&mut self, id: i32, at: ScreenPoint, pointer: Pointer, now_ms: f64) -> Gesture {
        let known = self.fingers.iter().any(|finger| finger.id == id);
        self.fingers.retain(|finger| finger.id != id);
        if !known || !self.fingers.is_empty() {
            return Gesture::None;
        }
        if self.moved {
            let (x, y) = self.velocity;
            let resting = now_ms - self.moved_ms > 60.0 || x.hypot(y) < FLING_MIN;
            return if resting { Gesture::None } else { Gesture::Fling(x, y) };
        }
        let near =
            |(ms, place): (f64, ScreenPoint)| now_ms - ms < DOUBLE_MS && place.distance(at) < DOUBLE_PX;
        let double = self.tapped.is_some_and(near);
        self.tapped = (!double).then_some((now_ms, at));
        Gesture::Tap { at, pointer, double }
    }

    /// The browser took the pointer away.
    pub fn cancel(&mut self, id: i32) {
        self.fingers.retain(|finger| finger.id != id);
        self.moved = true;
    }

    /// Distance and middle of the first two fingers.
    fn spread(&self) -> Option<(f32, ScreenPoint)> {
        let [a, b, ..] = self.fingers.as_slice() else { return None };
        let mid = ScreenPoint::new((a.at.x + b.at.x) / 2.0, (a.at.y + b.at.y) / 2.0);
        Some((a.at.distance(b.at), mid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: fn(f32, f32) -> ScreenPoint = ScreenPoint::new;

    #[test]
    fn a_still_finger_taps_and_twice_is_double() {
        let mut g = Gestures::default();
        g.down(1, P(10.0, 10.0), 0.0);
        assert_eq!(g.moved(1, P(14.0, 12.0), Pointer::Coarse, 10.0), Gesture::None);
        let tap = |at, double| Gesture::Tap { at, pointer: Pointer::Coarse, double };
        assert_eq!(g.up(1, P(14.0, 12.0), Pointer::Coarse, 50.0), tap(P(14.0, 12.0), false));
        g.down(1, P(15.0, 12.0), 200.0);
        assert_eq!(g.up(1, P(15.0, 12.0), Pointer::Coarse, 250.0), tap(P(15.0, 12.0), true));
        g.down(1, P(15.0, 12.0), 300.0);
        assert_eq!(
            g.up(1, P(15.0, 12.0), Pointer::Coarse, 310.0),
            tap(P(15.0, 12.0), false),
            "a third is a first"
        );
    }

    #[test]
    fn a_drag_pans_and_a_quick_end_flings() {
        let mut g = Gestures::default();
        g.down(1, P(0.0, 0.0), 0.0);
        assert_eq!(g.moved(1, P(20.0, 0.0), Pointer::Fine, 10.0), Gesture::Pan(20.0, 0.0));
        assert!(matches!(g.up(1, P(20.0, 0.0), Pointer::Fine, 15.0), Gesture::Fling(x, _) if x > 0.5));
        g.down(1, P(0.0, 0.0), 1000.0);
        g.moved(1, P(20.0, 0.0), Pointer::Fine, 1010.0);
        assert_eq!(
            g.up(1, P(20.0, 0.0), Pointer::Fine, 1200.0),
            Gesture::None,
            "it rested before it was let go"
        );
    }

    #[test]
    fn two_fingers_pinch_about_their_middle() {
        let mut g = Gestures::default();
        g.down(1, P(0.0, 0.0), 0.0);
        g.down(2, P(100.0, 0.0), 5.0);
        let pinch = Gesture::Pinch { factor: 2.0, about: P(100.0, 0.0), dx: 50.0, dy: 0.0 };
        assert_eq!(g.moved(2, P(200.0, 0.0), Pointer::Coarse, 10.0), pinch);
        assert_eq!(g.up(2, P(200.0, 0.0), Pointer::Coarse, 20.0), Gesture::None);
        assert_eq!(g.up(1, P(0.0, 0.0), Pointer::Coarse, 25.0), Gesture::None, "a pinch is no tap");
    }
}
