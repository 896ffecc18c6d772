//! What lies above the seats: badges of sections and areas, texts of the plan, the focus ring.

use super::{Moment, ground};
use crate::{
    dom,
    theme::{Theme, hex},
};
use seatmap::{
    display::{Badge, DisplayList, FIGURES, LINE},
    scene::Scene,
    space::ScreenPoint,
};
use wasm_bindgen::JsValue;
use web_sys::CanvasRenderingContext2d;

/// Draws the frame's writing.
pub(crate) fn draw(
    context: &CanvasRenderingContext2d,
    scene: &Scene,
    list: &DisplayList,
    theme: &Theme,
    moment: Moment,
) -> Result<(), JsValue> {
    moment.in_css_pixels(context)?;
    context.set_text_align("center");
    context.set_text_baseline("middle");
    shapes(context, scene, list, theme)?;
    if list.detail.badges > 0.0 {
        let sections = list.sections.iter().filter_map(|item| Some((item.at, item.badge.as_deref()?)));
        context.set_global_alpha(f64::from(list.detail.badges));
        badges(context, sections, theme)?;
        context.set_global_alpha(1.0);
    }
    let areas = list.areas.iter().filter_map(|item| Some((item.at, item.badge.as_deref()?)));
    badges(context, areas, theme)?;
    focus(context, list, theme)
}

fn shapes(
    context: &CanvasRenderingContext2d,
    scene: &Scene,
    list: &DisplayList,
    theme: &Theme,
) -> Result<(), JsValue> {
    for &at in &list.shapes {
        let Some(shape) = scene.plan().shapes.get(at) else { continue };
        let Some(label) = shape.label.as_ref().filter(|label| !label.text.is_empty()) else { continue };
        let size = dom::whole((label.size * list.camera.scale).min(24.0));
        if size < 8 {
            continue;
        }
        let place = list.camera.screen_from_plan(label.at, &list.viewport);
        context.set_font(&font("500", size, theme));
        context.set_fill_style_str(&hex(ground::on_shape(shape, theme)));
        context.fill_text(&label.text, f64::from(place.x), f64::from(place.y))?;
    }
    Ok(())
}

/// All names, then all figures: a change of font is the dearest call here.
fn badges<'a>(
    context: &CanvasRenderingContext2d,
    badges: impl Iterator<Item = (ScreenPoint, &'a Badge)> + Clone,
    theme: &Theme,
) -> Result<(), JsValue> {
    for (weight, color, figures) in [("600", theme.ink, false), ("450", theme.ink, true)] {
        context.set_fill_style_str(&hex(color));
        let mut font_size = 0;
        for (place, badge) in badges.clone() {
            let name = Some(&badge.name).filter(|name| !name.is_empty());
            let lines = [(name, false), (badge.price.as_ref(), true), (badge.free.as_ref(), true)];
            let lines = lines.iter().filter_map(|(line, figure)| Some(((*line)?, *figure)));
            let count = lines.clone().count();
            let size = dom::whole(if figures { badge.size * FIGURES } else { badge.size });
            if font_size != size {
                font_size = size;
                context.set_font(&font(weight, size, theme));
            }
            let step = badge.size * LINE;
            let above = step * [0.0, 0.0, 0.5, 1.0][count.min(3)];
            let mut y = place.y - above;
            for (line, figure) in lines {
                if figure == figures {
                    context.fill_text(line, f64::from(place.x), f64::from(y))?;
                }
                y += step;
            }
        }
    }
    Ok(())
}

fn focus(context: &CanvasRenderingContext2d, list: &DisplayList, theme: &Theme) -> Result<(), JsValue> {
    let Some((at, radius)) = list.focus else { return Ok(()) };
    let radius = f64::from(radius.max(4.0)) + 4.0;
    for (color, width) in [(theme.paper, 6.0), (theme.focus, 3.0)] {
        context.begin_path();
        context.arc(f64::from(at.x), f64::from(at.y), radius, 0.0, std::f64::consts::TAU)?;
        context.set_stroke_style_str(&hex(color));
        context.set_line_width(width);
        context.stroke();
    }
    Ok(())
}

fn font(weight: &str, size: i32, theme: &Theme) -> String {
    [weight, " ", &dom::px(size), " ", &theme.font].concat()
}
