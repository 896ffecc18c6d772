//! What a painter draws in one frame: made anew only when camera or scene have changed.

mod badges;

pub use badges::{Badge, Badges, FIGURES, LINE};

use crate::{
    camera::Camera,
    lod::Detail,
    scene::Scene,
    space::{Rect, ScreenPoint, Viewport, grown, overlap},
};
use domain::seat::AreaIx;
use std::rc::Rc;

/// A range of points or seats: first and how many.
pub type DrawRange = (u32, u32);

/// A few seats too many cost less than one more draw call.
const MERGE_GAP: u32 = 96;

/// One frame.
#[derive(Clone, Debug, PartialEq)]
pub struct DisplayList {
    /// The view.
    pub camera: Camera,
    /// The canvas.
    pub viewport: Viewport,
    /// How strongly everything is drawn.
    pub detail: Detail,
    /// Metres from seat to seat.
    pub pitch: f32,
    /// Seats to draw; empty while they are too small.
    pub seats: Vec<DrawRange>,
    /// Row letters to draw, as rows.
    pub rows: Vec<DrawRange>,
    /// Sections in view.
    pub sections: Vec<SectionItem>,
    /// Areas in view.
    pub areas: Vec<AreaItem>,
    /// Positions of the plan's shapes that are in view.
    pub shapes: Vec<usize>,
    /// Where the seat with the keyboard focus is seen, and its radius in pixels.
    pub focus: Option<(ScreenPoint, f32)>,
}

/// A section in a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct SectionItem {
    /// Its position in the plan.
    pub ix: u16,
    /// Its zone's number, or `NO_ZONE`.
    pub zone: u8,
    /// Part of its seats that is free and passes the filter, 0 to 1.
    pub free_part: f32,
    /// It has free seats, but none that the filter lets through.
    pub filtered_out: bool,
    /// The middle of its writing.
    pub at: ScreenPoint,
    /// Its name and figures, if they fit.
    pub badge: Option<Rc<Badge>>,
}

/// An area in a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaItem {
    /// Its position in the plan.
    pub ix: AreaIx,
    /// Its zone's number, or `NO_ZONE`.
    pub zone: u8,
    /// Part of its capacity that is left; 0 where the filter keeps it out.
    pub free_part: f32,
    /// The middle of its writing.
    pub at: ScreenPoint,
    /// Its name and figures, if they fit.
    pub badge: Option<Rc<Badge>>,
}

impl DisplayList {
    /// The frame of a scene under a camera.
    pub fn new(scene: &Scene, camera: Camera, viewport: Viewport, badges: &mut Badges) -> Self {
        let plan = scene.plan();
        let pitch_px = plan.pitch * camera.scale;
        let detail = Detail::at(pitch_px);
        let seen = camera.visible(&viewport);
        let mut list = Self {
            camera,
            viewport,
            detail,
            pitch: plan.pitch,
            seats: Vec::new(),
            rows: Vec::new(),
            sections: Vec::new(),
            areas: Vec::new(),
            shapes: Vec::new(),
            focus: None,
        };
        badges.update(scene, camera.scale, detail.badges > 0.0);
        if detail.seats > 0.0 {
            list.cull_rows(scene, &grown(&seen, plan.pitch * 2.0));
        }
        for (ix, section) in (0..u16::MAX).zip(&plan.sections) {
            if !scene.section_bounds(ix).is_some_and(|bounds| overlap(&bounds, &seen)) {
                continue;
            }
            let shown = scene.section_matching(ix);
            list.sections.push(SectionItem {
                ix,
                zone: scene.zone_of_section(ix),
                free_part: part(shown, section.len),
                filtered_out: shown == 0 && scene.section_free(ix) > 0,
                at: camera.screen_from_plan(section.label, &viewport),
                badge: badges.sections.get(usize::from(ix)).cloned().flatten(),
            });
        }
        for (ix, area) in (0..u16::MAX).map(AreaIx).zip(&plan.areas) {
            let bounds = area.shape.bounds();
            if !overlap(&bounds, &seen) {
                continue;
            }
            let left = if scene.area_admitted(ix) { scene.area_left(ix) } else { 0 };
            let zone = scene.zone_of_category(area.category);
            let at = camera.screen_from_plan(area.label, &viewport);
            let badge = badges.areas.get(ix.index()).cloned().flatten();
            list.areas.push(AreaItem { ix, zone, free_part: part(left, area.capacity), at, badge });
        }
        list.shapes = (0..plan.shapes.len()).filter(|&at| shape_seen(&plan.shapes[at], &seen)).collect();
        if let Some(seat) = scene.focus() {
            let at = camera.screen_from_plan(scene.grid().place(seat), &viewport);
            let radius = plan.section_ix_of(seat).map_or(0.0, |section| scene.radius(section));
            list.focus = Some((at, radius * camera.scale));
        }
        list
    }

    /// CSS pixels from a seat's middle to the end of what may be drawn of it.
    pub fn seat_px(&self) -> f32 {
        self.pitch * self.camera.scale * 0.7
    }

    fn cull_rows(&mut self, scene: &Scene, seen: &Rect) {
        let plan = scene.plan();
        for (ix, section) in (0..u16::MAX).zip(&plan.sections) {
            if !scene.section_bounds(ix).is_some_and(|bounds| overlap(&bounds, seen)) {
                continue;
            }
            for row_ix in section.rows() {
                let (Some(row), Some(bounds)) = (plan.rows.get(row_ix), scene.row_bounds().get(row_ix))
                else {
                    continue;
                };
                if overlap(bounds, seen) {
                    extend(&mut self.seats, row.first.0, row.len, MERGE_GAP);
                    if self.detail.rows > 0.0 {
                        extend(&mut self.rows, u32::try_from(row_ix).unwrap_or(0), 1, 8);
                    }
                }
            }
        }
    }
}

/// Adds a range; ranges that (nearly) touch become one.
fn extend(ranges: &mut Vec<DrawRange>, first: u32, count: u32, gap: u32) {
    match ranges.last_mut() {
        Some((start, len)) if first <= *start + *len + gap && first >= *start => {
            *len = (*len).max(first + count - *start);
        }
        _ => ranges.push((first, count)),
    }
}

fn shape_seen(shape: &domain::plan::Shape, seen: &Rect) -> bool {
    let drawn = shape.geometry.as_ref().is_some_and(|geometry| overlap(&geometry.bounds(), seen));
    drawn || shape.label.as_ref().is_some_and(|label| grown(seen, label.size * 10.0).contains(label.at))
}

#[expect(clippy::cast_precision_loss, reason = "a part for the eye")]
fn part(some: u32, all: u32) -> f32 {
    if all == 0 { 0.0 } else { (some as f32 / all as f32).clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{camera::Limits, marks, testing};
    use domain::seat::{PackedStates, SeatIx, SeatState};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_seat_in_view_is_in_a_range(seed in 0_u64..200, zoom in 1_f32..20.0, dx in -400_f32..400.0, dy in -300_f32..300.0) {
            let scene = testing::scene(testing::scattered(seed));
            let viewport = Viewport::new(640.0, 480.0);
            let limits = Limits::new(scene.bounds(), scene.plan().pitch, &viewport);
            let fit = Camera::fit(&scene.bounds(), &viewport);
            let camera = fit.zoomed(zoom, viewport.middle(), &viewport, &limits).panned(dx, dy);
            let list = DisplayList::new(&scene, camera, viewport, &mut Badges::default());
            let seen = camera.visible(&viewport);
            if list.detail.seats > 0.0 {
                for (ix, seat) in (0_u32..).zip(&scene.plan().seats) {
                    let drawn = list.seats.iter().any(|(first, count)| (*first..first + count).contains(&ix));
                    prop_assert!(drawn || !seen.contains(seat.point()));
                }
            }
            let sorted = list.seats.windows(2).all(|w| w[0].0 + w[0].1 < w[1].0);
            prop_assert!(sorted, "ranges neither overlap nor touch");
        }
    }

    #[test]
    fn a_far_view_shows_badges_and_no_seats() {
        let mut scene = testing::scene(testing::rows(200, 300));
        let mut states = PackedStates::available(60_000);
        states.set(SeatIx(5), SeatState::Sold);
        scene.set_states(&states);
        assert_eq!(marks::state_of(scene.mark(SeatIx(5))), SeatState::Sold);
        let viewport = Viewport::new(400.0, 400.0);
        let list = DisplayList::new(
            &scene,
            Camera::fit(&scene.bounds(), &viewport),
            viewport,
            &mut Badges::default(),
        );
        assert!(list.seats.is_empty() && list.rows.is_empty());
        let badge = list.sections[0].badge.as_ref().unwrap();
        assert_eq!((badge.name.as_str(), badge.price.as_deref()), ("Stalls", Some("€48")));
        assert_eq!(badge.free.as_deref(), Some("59\u{202f}999 free"));
    }
}
