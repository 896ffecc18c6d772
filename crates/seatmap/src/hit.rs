//! What is under a pointer or a finger.

use crate::{
    camera::Camera,
    lod::Detail,
    scene::Scene,
    space::{ScreenPoint, Viewport, polygon_contains},
};
use domain::seat::{AreaIx, SeatIx};

/// What points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// Mouse or pen: exact.
    Fine,
    /// A finger.
    Coarse,
}

/// What was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hit {
    /// Nothing.
    None,
    /// One seat.
    Seat(SeatIx),
    /// A finger on several seats, nearest first: come closer, or ask.
    Several(Vec<SeatIx>),
    /// A section, while seats are too small.
    Section(u16),
    /// An area.
    Area(AreaIx),
}

/// Half the width of a fingertip in CSS pixels.
const FINGER_PX: f32 = 15.0;
/// From this distance of neighbours on, a finger inside a seat means that seat.
const FINGER_SURE_PX: f32 = 24.0;

impl Scene {
    /// What lies at `at`.
    pub fn hit(&self, at: ScreenPoint, pointer: Pointer, camera: &Camera, viewport: &Viewport) -> Hit {
        let plan_point = camera.plan_from_screen(at, viewport);
        let pitch_px = self.plan().pitch * camera.scale;
        if Detail::at(pitch_px).picks_seats() {
            let seat = match pointer {
                Pointer::Fine => self.grid().nearest(plan_point, self.plan().pitch * 0.55).map(|(s, _)| s),
                Pointer::Coarse if pitch_px >= FINGER_SURE_PX => {
                    let reach = (FINGER_PX / camera.scale).max(self.plan().pitch * 0.6);
                    self.grid().nearest(plan_point, reach).map(|(s, _)| s)
                }
                Pointer::Coarse => return self.fingertip(at, camera, viewport),
            };
            if let Some(seat) = seat {
                return Hit::Seat(seat);
            }
        }
        self.hit_surface(at, camera, viewport)
    }

    /// Section or area at `at`; sections only while seats are too small to pick.
    fn hit_surface(&self, at: ScreenPoint, camera: &Camera, viewport: &Viewport) -> Hit {
        let p = camera.plan_from_screen(at, viewport);
        if !Detail::at(self.plan().pitch * camera.scale).picks_seats()
            && let Some(section) = self.section_at(p)
        {
            return Hit::Section(section);
        }
        let within = |(ix, area): (u16, &domain::plan::Area)| {
            polygon_contains(&area.shape.polygon(), p).then_some(AreaIx(ix))
        };
        match (0..u16::MAX).zip(&self.plan().areas).rev_find_map(within) {
            Some(area) => Hit::Area(area),
            None => Hit::None,
        }
    }

    /// The section whose outline holds a plan point; of several the one that is drawn last.
    pub fn section_at(&self, p: crate::space::Point) -> Option<u16> {
        let within = |(ix, section): (u16, &domain::plan::Section)| {
            let near = self.section_bounds(ix).is_some_and(|b| b.contains(p));
            (near && polygon_contains(&section.outline, p)).then_some(ix)
        };
        (0..u16::MAX).zip(&self.plan().sections).rev_find_map(within)
    }

    /// A finger on small seats: one if no other is near or the others cannot be chosen.
    fn fingertip(&self, at: ScreenPoint, camera: &Camera, viewport: &Viewport) -> Hit {
        let p = camera.plan_from_screen(at, viewport);
        let mut near: Vec<(SeatIx, f32)> = Vec::new();
        self.grid().within(p, FINGER_PX / camera.scale, |seat, distance| {
            let before =
                |other: &&(SeatIx, f32)| other.1 < distance || (other.1 == distance && other.0 < seat);
            let at = near.iter().take_while(before).count();
            near.insert(at, (seat, distance));
        });
        match near.as_slice() {
            [] => self.hit_surface(at, camera, viewport),
            [(seat, _)] => Hit::Seat(*seat),
            _ => Hit::Several(near.into_iter().map(|(seat, _)| seat).collect()),
        }
    }
}

/// The last match wins: what is drawn later lies on top.
trait RevFindMap: Iterator + Sized {
    fn rev_find_map<T>(self, f: impl FnMut(Self::Item) -> Option<T>) -> Option<T> {
        self.filter_map(f).last()
    }
}

impl<I: Iterator> RevFindMap for I {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{camera::Limits, space::Point, testing};
    use proptest::prelude::*;

    fn view(scene: &Scene, zoom: f32) -> (Camera, Viewport) {
        let viewport = Viewport::new(800.0, 600.0);
        let limits = Limits::new(scene.bounds(), scene.plan().pitch, &viewport);
        let fit = Camera::fit(&scene.bounds(), &viewport);
        (fit.zoomed(zoom, viewport.middle(), &viewport, &limits), viewport)
    }

    proptest! {
        #[test]
        fn a_fine_hit_is_the_nearest_seat_of_all(seed in 0_u64..200, x in 0_f32..800.0, y in 0_f32..600.0, zoom in 1_f32..6.0) {
            let scene = testing::scene(testing::scattered(seed));
            let (camera, viewport) = view(&scene, zoom);
            let at = ScreenPoint::new(x, y);
            let p = camera.plan_from_screen(at, &viewport);
            let nearest = (0..).map(SeatIx).zip(&scene.plan().seats)
                .map(|(ix, seat)| (seat.point().distance(p), ix))
                .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let expected = nearest.filter(|(distance, _)| *distance <= scene.plan().pitch * 0.55).map(|(_, ix)| ix);
            let hit = scene.hit(at, Pointer::Fine, &camera, &viewport);
            prop_assert_eq!(expected, if let Hit::Seat(seat) = hit { Some(seat) } else { None });
        }

        #[test]
        fn a_finger_never_picks_one_of_several_small_seats(x in 100_f32..700.0, y in 100_f32..500.0, zoom in 0.9_f32..3.0) {
            let scene = testing::scene(testing::rows(40, 60));
            let (camera, viewport) = view(&scene, zoom);
            let hit = scene.hit(ScreenPoint::new(x, y), Pointer::Coarse, &camera, &viewport);
            if let Hit::Seat(seat) = hit {
                let at = camera.screen_from_plan(scene.grid().place(seat), &viewport);
                let others = scene.plan().seats.iter().filter(|s| {
                    camera.screen_from_plan(s.point(), &viewport).distance(ScreenPoint::new(x, y)) < FINGER_PX
                });
                prop_assert!(others.count() <= 1 || scene.plan().pitch * camera.scale >= FINGER_SURE_PX, "{at:?}");
            }
        }
    }

    #[test]
    fn sections_are_hit_while_seats_are_small() {
        let scene = testing::scene(testing::rows(200, 300));
        let (camera, viewport) = view(&scene, 1.0);
        let middle = camera.screen_from_plan(Point::new(70.0, 80.0), &viewport);
        assert_eq!(scene.hit(middle, Pointer::Coarse, &camera, &viewport), Hit::Section(0));
        assert_eq!(scene.hit(ScreenPoint::new(1.0, 1.0), Pointer::Fine, &camera, &viewport), Hit::None);
    }
}
