//! What lies below the seats: the shapes of the plan, sections, areas. Paths are made once, in metres; a frame
//! sets a transform and colours.

use super::Moment;
use crate::theme::{Rgb, Theme, hex, mix, parse_hex};
use domain::plan::{Plan, Point, ShapeKind};
use seatmap::{display::DisplayList, points::look_of, scene::Scene};
use wasm_bindgen::JsValue;
use web_sys::{CanvasRenderingContext2d, Path2d};

/// The paths of the plan.
pub(crate) struct Ground {
    paths: Paths,
}

/// The plan as paths in metres.
pub(crate) struct Paths {
    sections: Vec<Path2d>,
    areas: Vec<Path2d>,
    shapes: Vec<Option<Path2d>>,
}

impl Paths {
    /// The paths of a plan.
    pub fn new(plan: &Plan) -> Result<Self, JsValue> {
        let sections = plan.sections.iter().map(|section| path(&section.outline));
        let areas = plan.areas.iter().map(|area| path(&area.shape.polygon()));
        let shapes =
            plan.shapes.iter().map(|shape| shape.geometry.as_ref().map(|g| path(&g.polygon())).transpose());
        Ok(Self {
            sections: sections.collect::<Result<_, _>>()?,
            areas: areas.collect::<Result<_, _>>()?,
            shapes: shapes.collect::<Result<_, _>>()?,
        })
    }
}

fn path(polygon: &[Point]) -> Result<Path2d, JsValue> {
    let path = Path2d::new()?;
    for (at, p) in polygon.iter().enumerate() {
        if at == 0 {
            path.move_to(f64::from(p.x), f64::from(p.y));
        } else {
            path.line_to(f64::from(p.x), f64::from(p.y));
        }
    }
    path.close_path();
    Ok(path)
}

impl Ground {
    /// The ground of a plan.
    pub fn new(plan: &Plan) -> Result<Self, JsValue> {
        Ok(Self { paths: Paths::new(plan)? })
    }

    /// Draws the frame's ground, beginning with the paper.
    pub fn draw(
        &self,
        context: &CanvasRenderingContext2d,
        scene: &Scene,
        list: &DisplayList,
        theme: &Theme,
        moment: Moment,
    ) -> Result<(), JsValue> {
        moment.in_css_pixels(context)?;
        context.set_fill_style_str(&hex(theme.paper));
        context.fill_rect(
            0.0,
            0.0,
            f64::from(list.viewport.width) + 1.0,
            f64::from(list.viewport.height) + 1.0,
        );
        draw_plan(context, &self.paths, scene, list, theme, moment)
    }

    /// The same picture on another canvas (the minimap's).
    pub fn draw_on(
        &self,
        context: &CanvasRenderingContext2d,
        scene: &Scene,
        list: &DisplayList,
        theme: &Theme,
        moment: Moment,
    ) -> Result<(), JsValue> {
        draw_plan(context, &self.paths, scene, list, theme, moment)
    }
}

fn draw_plan(
    context: &CanvasRenderingContext2d,
    paths: &Paths,
    scene: &Scene,
    list: &DisplayList,
    theme: &Theme,
    moment: Moment,
) -> Result<(), JsValue> {
    let Moment { dpr, origin: (left, top), .. } = moment;
    let scale = f64::from(list.camera.scale * dpr);
    let zero = list.camera.screen_from_plan(Point::default(), &list.viewport);
    let (x, y) = (f64::from(zero.x * dpr + left), f64::from(zero.y * dpr + top));
    context.set_transform(scale, 0.0, 0.0, scale, x, y)?;
    context.set_line_join("round");
    let hairline = f64::from(dpr) / scale;
    for &at in &list.shapes {
        if let (Some(shape), Some(Some(path))) = (scene.plan().shapes.get(at), paths.shapes.get(at)) {
            let (fill, stroke) = shape_colors(shape, theme);
            context.set_fill_style_str(&hex(fill));
            context.fill_with_path_2d(path);
            context.set_stroke_style_str(&hex(stroke));
            context.set_line_width(hairline);
            context.stroke_with_path(path);
        }
    }
    // The stroke in the colour of the fill rounds the corners and joins the seats at the edge; from far it is
    // less than a pixel and half of the work.
    let rounded = scene.plan().pitch * list.camera.scale > 3.0;
    context.set_line_width(f64::from(scene.plan().pitch) * 0.5);
    let mut last = None;
    for item in &list.sections {
        if let Some(path) = paths.sections.get(usize::from(item.ix)) {
            let strength = list.detail.section_fill;
            let color = if item.filtered_out {
                mix(trace(theme), theme.zones[usize::from(look_of(item.zone))], 0.06 * strength)
            } else {
                surface(theme, item.zone, item.free_part, strength)
            };
            if last.replace(color) != Some(color) {
                let color = hex(color);
                context.set_fill_style_str(&color);
                context.set_stroke_style_str(&color);
            }
            context.fill_with_path_2d(path);
            if rounded {
                context.stroke_with_path(path);
            }
        }
    }
    context.set_line_width(hairline * 1.5);
    for item in &list.areas {
        if let Some(path) = paths.areas.get(item.ix.index()) {
            context.set_fill_style_str(&hex(surface(theme, item.zone, item.free_part, 1.0)));
            context.fill_with_path_2d(path);
            let zone = theme.zones[usize::from(look_of(item.zone))];
            context.set_stroke_style_str(&hex(mix(
                theme.paper,
                zone,
                if item.free_part > 0.0 { 0.7 } else { 0.2 },
            )));
            context.stroke_with_path(path);
        }
    }
    Ok(())
}

/// What lies below seats.
fn trace(theme: &Theme) -> Rgb {
    mix(theme.paper, theme.ink, 0.035)
}

/// The fuller of free seats, the fuller of colour; below seats only a trace.
fn surface(theme: &Theme, zone: u8, free_part: f32, strength: f32) -> Rgb {
    let trace = trace(theme);
    if strength <= 0.0 {
        return trace;
    }
    let full = if free_part <= 0.0 {
        mix(theme.paper, theme.ink, 0.1)
    } else {
        mix(
            theme.paper,
            theme.zones[usize::from(look_of(zone))],
            0.16 + 0.26 * (free_part * 10.0).ceil() / 10.0,
        )
    };
    mix(trace, full, strength)
}

fn shape_colors(shape: &domain::plan::Shape, theme: &Theme) -> (Rgb, Rgb) {
    let own = |text: &Option<String>, part: f32| {
        text.as_deref().and_then(parse_hex).map(|color| mix(theme.paper, color, part))
    };
    match shape.kind {
        ShapeKind::Stage => {
            let fill = own(&shape.fill, 0.34).unwrap_or(stage(theme));
            (fill, own(&shape.stroke, 0.5).unwrap_or(fill))
        }
        ShapeKind::Table => (theme.surface, mix(theme.line, theme.muted, 0.4)),
        ShapeKind::Decoration | ShapeKind::Text => {
            (own(&shape.fill, 0.34).unwrap_or(theme.sunken), own(&shape.stroke, 0.5).unwrap_or(theme.line))
        }
    }
}

/// The stage is the darkest thing on light paper, and does not glare on dark.
fn stage(theme: &Theme) -> Rgb {
    mix(theme.paper, theme.ink, if theme.dark_paper { 0.17 } else { 0.8 })
}

/// The colour that is readable on a shape.
pub(crate) fn on_shape(shape: &domain::plan::Shape, theme: &Theme) -> Rgb {
    let on_dark = shape.kind == ShapeKind::Stage && shape.fill.is_none() && !theme.dark_paper;
    if on_dark { theme.paper } else { theme.muted }
}
