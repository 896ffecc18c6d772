//! How much is shown: sections, then seats, then their numbers; each fades over the next.

/// What is drawn at a zoom, each from 0 (absent) to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detail {
    /// Section names, price ranges and free counts.
    pub badges: f32,
    /// How strongly a section's shape is filled; a trace stays below the seats.
    pub section_fill: f32,
    /// Seats.
    pub seats: f32,
    /// Row letters at the ends of the rows.
    pub rows: f32,
    /// Numbers in the seats.
    pub labels: f32,
}

/// Pixels from seat to seat from which seats can be chosen.
pub const SEATS_FROM_PX: f32 = 6.0;

impl Detail {
    /// The detail where neighbours stand `pitch_px` CSS pixels apart.
    pub fn at(pitch_px: f32) -> Self {
        Self {
            badges: 1.0 - ramp(pitch_px, 5.4, 6.4),
            section_fill: 1.0 - ramp(pitch_px, 5.2, 7.4),
            seats: ramp(pitch_px, 5.2, 6.8),
            rows: ramp(pitch_px, 11.0, 13.0),
            labels: ramp(pitch_px, 21.5, 22.5),
        }
    }

    /// Whether a pointer means seats; below that it means sections.
    pub fn picks_seats(&self) -> bool {
        self.seats >= 0.5
    }
}

/// 0 up to `from`, 1 from `to` on, smooth between.
fn ramp(value: f32, from: f32, to: f32) -> f32 {
    let t = ((value - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn zooming_in_never_takes_detail_away(a in 0.1_f32..80.0, b in 0.1_f32..80.0) {
            let (far, near) = (Detail::at(a.min(b)), Detail::at(a.max(b)));
            prop_assert!(near.seats >= far.seats && near.rows >= far.rows && near.labels >= far.labels);
            prop_assert!(near.badges <= far.badges && near.section_fill <= far.section_fill);
            prop_assert!(near.labels <= near.rows && near.rows <= near.seats, "each on top of the one before");
        }

        #[test]
        fn something_to_choose_is_always_shown(pitch_px in 0.1_f32..80.0) {
            let detail = Detail::at(pitch_px);
            prop_assert!(detail.seats > 0.4 || detail.badges > 0.4);
            prop_assert_eq!(detail.picks_seats(), pitch_px >= SEATS_FROM_PX);
        }
    }
}
