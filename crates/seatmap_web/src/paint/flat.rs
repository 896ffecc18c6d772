//! Seats on a flat canvas, where there is no WebGL2 or its context was lost. The same looks with less polish.

use super::Moment;
use crate::{
    dom,
    theme::{Rgb, Theme, hex, mix},
};
use domain::{
    plan::Attributes,
    seat::{SeatIx, SeatState},
};
use seatmap::{
    display::DisplayList, marks, points::look_of, scene::Scene, space::ScreenPoint, zones::SeatShape,
};
use wasm_bindgen::JsValue;
use web_sys::CanvasRenderingContext2d;

/// Corners of the shapes in radii; an empty list is a disc.
const fn corners(shape: SeatShape) -> &'static [(f64, f64)] {
    match shape {
        SeatShape::Disc => &[],
        SeatShape::Square => &[(-0.86, -0.86), (0.86, -0.86), (0.86, 0.86), (-0.86, 0.86)],
        SeatShape::Diamond => &[(0.0, -1.1), (1.1, 0.0), (0.0, 1.1), (-1.1, 0.0)],
        SeatShape::Hexagon => {
            &[(-0.53, -0.92), (0.53, -0.92), (1.06, 0.0), (0.53, 0.92), (-0.53, 0.92), (-1.06, 0.0)]
        }
        SeatShape::Triangle => &[(0.0, -1.0), (1.05, 0.85), (-1.05, 0.85)],
        SeatShape::Drop => &[(0.0, 1.0), (1.05, -0.85), (-1.05, -0.85)],
        SeatShape::Pill => &[(-0.7, -0.7), (0.7, -0.7), (1.06, 0.0), (0.7, 0.7), (-0.7, 0.7), (-1.06, 0.0)],
        SeatShape::Plus => &[
            (-0.4, -1.0),
            (0.4, -1.0),
            (0.4, -0.4),
            (1.0, -0.4),
            (1.0, 0.4),
            (0.4, 0.4),
            (0.4, 1.0),
            (-0.4, 1.0),
            (-0.4, 0.4),
            (-1.0, 0.4),
            (-1.0, -0.4),
            (-0.4, -0.4),
        ],
    }
}

/// One style of many seats: what is drawn in one path.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Style {
    mark: u8,
    look: u8,
}

/// Draws the frame's seats, grouped by style.
pub(crate) fn draw(
    context: &CanvasRenderingContext2d,
    scene: &Scene,
    list: &DisplayList,
    theme: &Theme,
    moment: Moment,
) -> Result<(), JsValue> {
    moment.in_css_pixels(context)?;
    context.set_global_alpha(f64::from(list.detail.seats));
    let mut groups: Vec<(Style, Vec<SeatIx>)> = Vec::new();
    for &(first, count) in &list.seats {
        for seat in (first..first + count).map(SeatIx) {
            let look = look_of(scene.zone_of(seat));
            let style = Style { mark: scene.mark(seat) & !marks::FRESH, look };
            match groups.iter_mut().find(|(other, _)| *other == style) {
                Some((_, seats)) => seats.push(seat),
                None => groups.push((style, vec![seat])),
            }
        }
    }
    for (style, seats) in &groups {
        let (color, filled, size) = look(*style, theme, moment);
        context.begin_path();
        for seat in seats {
            let at = list.camera.screen_from_plan(scene.grid().place(*seat), &list.viewport);
            let section = scene.plan().section_ix_of(*seat).unwrap_or(0);
            let radius = f64::from((scene.radius(section) * list.camera.scale).max(1.0));
            outline(context, *style, at, radius * size)?;
        }
        if filled {
            context.set_fill_style_str(&hex(color));
            context.fill();
        } else {
            context.set_stroke_style_str(&hex(color));
            context.set_line_width(1.0);
            context.stroke();
        }
    }
    labels(context, scene, list, theme, &groups)?;
    context.set_global_alpha(1.0);
    Ok(())
}

fn look(style: Style, theme: &Theme, moment: Moment) -> (Rgb, bool, f64) {
    let zone = theme.zones[usize::from(style.look)];
    if style.mark & marks::MINE != 0 {
        return (theme.accent, true, 1.15);
    }
    if style.mark & (marks::PENDING | marks::RELEASING) != 0 {
        return (mix(theme.paper, theme.accent, 0.4 + 0.6 * moment.pulse), true, 1.1);
    }
    let dim = style.mark & marks::DIM != 0;
    match marks::state_of(style.mark) {
        SeatState::Available => (if dim { mix(zone, theme.paper, 0.8) } else { zone }, true, 1.0),
        SeatState::Held => (mix(theme.line, theme.muted, 0.5), false, 0.9),
        SeatState::Sold => (mix(theme.line, theme.muted, 0.2), false, 0.9),
        SeatState::Blocked => (theme.line, true, 0.3),
    }
}

fn outline(
    context: &CanvasRenderingContext2d,
    style: Style,
    at: ScreenPoint,
    radius: f64,
) -> Result<(), JsValue> {
    let (x, y) = (f64::from(at.x), f64::from(at.y));
    let corners = if radius < 2.6 { &[] } else { corners(SeatShape::of_zone(usize::from(style.look % 8))) };
    let Some(((first_x, first_y), others)) = corners.split_first() else {
        context.move_to(x + radius, y);
        return context.arc(x, y, radius, 0.0, std::f64::consts::TAU);
    };
    context.move_to(x + first_x * radius, y + first_y * radius);
    for (corner_x, corner_y) in others {
        context.line_to(x + corner_x * radius, y + corner_y * radius);
    }
    context.close_path();
    Ok(())
}

fn labels(
    context: &CanvasRenderingContext2d,
    scene: &Scene,
    list: &DisplayList,
    theme: &Theme,
    groups: &[(Style, Vec<SeatIx>)],
) -> Result<(), JsValue> {
    if list.detail.labels <= 0.0 {
        return Ok(());
    }
    context.set_text_align("center");
    context.set_text_baseline("middle");
    context.set_font(
        &["600 ", &dom::px(dom::whole(scene.plan().pitch * list.camera.scale * 0.3)), " ", &theme.font]
            .concat(),
    );
    let seats = groups.iter().flat_map(|(style, seats)| seats.iter().map(move |seat| (style, seat)));
    for (style, seat) in seats {
        let own = style.mark & marks::MINE != 0;
        if !own && marks::state_of(style.mark) != SeatState::Available {
            continue;
        }
        let Some(data) = scene.plan().seat(*seat) else { continue };
        let color = if own { theme.accent_ink } else { theme.on_zones[usize::from(style.look)] };
        let at = list.camera.screen_from_plan(data.point(), &list.viewport);
        let text = if own {
            "✓".into()
        } else if data.attributes.contains(Attributes::WHEELCHAIR) {
            "♿".into()
        } else {
            scene.plan().number_of(*seat)
        };
        context.set_fill_style_str(&hex(color));
        context.fill_text(&text, f64::from(at.x), f64::from(at.y))?;
    }
    Ok(())
}
