//! The keyboard: what a key does to the map.

use crate::{config::Effect, state::State};
use seatmap::{focus::Step, words};

/// Factor of `+` and of the zoom buttons.
pub(crate) const ZOOM_STEP: f32 = 1.6;

impl State {
    /// Whether the key was for the map.
    pub fn key(&mut self, key: &str, now_ms: f64) -> bool {
        let step = match key {
            "ArrowLeft" => Step::Left,
            "ArrowRight" => Step::Right,
            "ArrowUp" => Step::Up,
            "ArrowDown" => Step::Down,
            "Home" => Step::RowStart,
            "End" => Step::RowEnd,
            "PageUp" => Step::SectionBefore,
            "PageDown" => Step::SectionAfter,
            "+" | "=" => return self.zoom_step(ZOOM_STEP, now_ms),
            "-" | "_" => return self.zoom_step(1.0 / ZOOM_STEP, now_ms),
            "0" => return self.fit(now_ms),
            "Enter" | " " => return self.choose_focused(),
            "Escape" => {
                let had = self.scene.focus().is_some();
                if had {
                    self.focus_on(None, now_ms);
                }
                return had;
            }
            _ => return false,
        };
        let view_center = self.camera.plan_from_screen(self.viewport.usable_center(), &self.viewport);
        let next = match self.scene.focus().filter(|_| self.keyboard) {
            Some(seat) => Some(self.scene.step(seat, step)),
            None => self.scene.focus().or_else(|| self.scene.first_focus(view_center)),
        };
        self.keyboard = true;
        self.focus_on(next, now_ms);
        true
    }

    fn choose_focused(&mut self) -> bool {
        let Some(seat) = self.scene.focus() else { return false };
        if self.scene.choosable(seat) {
            self.effects.push(Effect::Toggle(seat));
        } else {
            self.effects.push(Effect::Focus(Some(seat), words::seat_text(&self.scene, seat)));
        }
        true
    }
}
