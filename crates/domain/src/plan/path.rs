//! Rows that follow a line or an arc: a few whole numbers from which every seat's place is computed, on the server
//! at import and in the browser from the compact asset, to the same centimetre.
//!
//! That is why sine and cosine are written out here: a platform's own may differ in the last bit, and a place that
//! falls on the border between two centimetres would then differ too.

use super::Point;
use serde::{Deserialize, Serialize};
use std::f64::consts::FRAC_PI_2;

/// Ticks of a length in one metre: a tenth of a millimetre.
pub const TICKS_PER_METRE: f64 = 10_000.0;
/// Ticks of an angle in one degree.
pub const TICKS_PER_DEGREE: f64 = 10_000.0;

/// The line or arc of a row. Seats stand at equal distances, the row's middle in the middle of the path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowPath {
    /// Line: the row's middle. Arc: its centre. In ticks of a tenth of a millimetre.
    pub x: i32,
    /// As `x`, downwards.
    pub y: i32,
    /// Radius of the arc in ticks; zero makes a straight line.
    pub radius: u32,
    /// Line: the direction in which the seats run. Arc: the direction from the centre to the row's middle.
    /// Ten-thousandths of a degree, clockwise from the right.
    pub angle: i32,
    /// Distance between neighbours in ticks, along the path; negative runs an arc anticlockwise.
    pub pitch: i32,
    /// Wider places along the row, in ascending order.
    pub gaps: Vec<Gap>,
}

/// An aisle or a pillar within a row: the seats on both sides are no neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// How many seats stand before it.
    pub after: u32,
    /// Added to the pitch, in ticks.
    pub extra: u32,
}

impl RowPath {
    /// The places of `count` seats, in whole centimetres.
    #[inline(never)]
    pub fn place(&self, count: u32) -> Vec<Point> {
        let pitch = f64::from(self.pitch);
        let sign = if self.pitch < 0 { -1.0 } else { 1.0 };
        let extra: f64 = self.gaps.iter().map(|gap| f64::from(gap.extra)).sum::<f64>() * sign;
        let mut along = -(pitch * f64::from(count.saturating_sub(1)) + extra) / 2.0;
        let middle = f64::from(self.angle) / TICKS_PER_DEGREE * (std::f64::consts::PI / 180.0);
        let (sin, cos) = sin_cos(middle);
        let (x, y, radius) = (f64::from(self.x), f64::from(self.y), f64::from(self.radius));
        let mut gaps = self.gaps.iter().peekable();
        (0..count)
            .map(|seat| {
                while let Some(gap) = gaps.next_if(|gap| gap.after <= seat) {
                    along += f64::from(gap.extra) * sign;
                }
                let at = along;
                along += pitch;
                if self.radius == 0 {
                    whole_cm((x + at * cos) / TICKS_PER_METRE, (y + at * sin) / TICKS_PER_METRE)
                } else {
                    let (sin, cos) = sin_cos(middle + at / radius);
                    whole_cm((x + radius * cos) / TICKS_PER_METRE, (y + radius * sin) / TICKS_PER_METRE)
                }
            })
            .collect()
    }
}

/// The point rounded to whole centimetres, as every position of a frozen plan is.
pub fn whole_cm(x: f64, y: f64) -> Point {
    Point::new(metres(centimetres(x)), metres(centimetres(y)))
}

/// Metres as whole centimetres.
pub fn centimetres(metres: f64) -> i32 {
    nearest(metres * 100.0) as i32
}

/// `f64::round`, bit for bit, from instructions that a browser has: there `round` is a program of its own, and a
/// stadium asks half a million times. The addend is the number below one half, so that what lies just below a half
/// is not carried over it.
fn nearest(value: f64) -> f64 {
    (value + 0.499_999_999_999_999_94_f64.copysign(value)).trunc()
}

/// Whole centimetres as metres.
pub fn metres(centimetres: i32) -> f32 {
    (f64::from(centimetres) / 100.0) as f32
}

/// Sine and cosine from additions and multiplications alone, so that every platform gives the same bits.
/// Good to 15 digits for angles of a few turns.
pub fn sin_cos(radians: f64) -> (f64, f64) {
    let quarter = nearest(radians / FRAC_PI_2);
    let r = radians - quarter * FRAC_PI_2;
    let (mut sin, mut cos, mut term, mut n) = (0.0, 0.0, 1.0, 1.0);
    let mut next = || {
        let now = term;
        term *= r / n;
        n += 1.0;
        now
    };
    for _ in 0..4_u8 {
        cos += next();
        sin += next();
        cos -= next();
        sin -= next();
    }
    cos += next();
    sin += next();
    match quarter.rem_euclid(4.0) as u8 {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_straight_row_stands_about_its_middle_with_its_aisle_open() {
        let path = RowPath {
            x: 10_000,
            y: 20_000,
            pitch: 5_000,
            gaps: vec![Gap { after: 2, extra: 10_000 }],
            ..RowPath::default()
        };
        let xs: Vec<f32> = path.place(4).iter().map(|p| p.x).collect();
        assert_eq!(xs, [-0.25, 0.25, 1.75, 2.25]);
    }

    proptest! {
        #[test]
        fn our_sine_is_the_sine(angle in -20.0_f64..20.0) {
            let (sin, cos) = sin_cos(angle);
            prop_assert!((sin - angle.sin()).abs() < 1e-13 && (cos - angle.cos()).abs() < 1e-13);
        }

        #[test]
        fn our_rounding_is_rounding(value in -1e9_f64..1e9, whole in -4_000_000_i32..4_000_000, bits in any::<u64>()) {
            let half = f64::from(whole) + 0.5;
            let near_half = [half, half.next_down(), half.next_up()];
            let any = Some(f64::from_bits(bits)).filter(|any| any.abs() < 4e15);
            for value in near_half.into_iter().chain([value]).chain(any) {
                prop_assert_eq!(nearest(value).to_bits(), value.round().to_bits(), "{}", value);
            }
        }

        #[test]
        fn a_centimetre_survives_metres(cm in -4_000_000_i32..4_000_000) {
            prop_assert_eq!(centimetres(f64::from(metres(cm))), cm);
        }
    }
}
