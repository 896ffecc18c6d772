//! Bringing a draft that was drawn in pixels to metres.

use super::{
    draft::{Draft, Form},
    fields::Spot,
};

/// Multiplies every length of the draft. Sections of such plans have neither outlines nor labels of their own.
pub(super) fn apply(draft: &mut Draft, scale: f64) {
    let spot = |spot: &mut Spot| *spot = (spot.0 * scale, spot.1 * scale);
    if let Some((min, max)) = &mut draft.drawing {
        spot(min);
        spot(max);
    }
    if let Some(focal) = &mut draft.focal {
        spot(focal);
    }
    for seat in draft.sections.iter_mut().flat_map(|s| &mut s.rows).flat_map(|r| &mut r.seats) {
        seat.x *= scale;
        seat.y *= scale;
    }
    for shape in &mut draft.shapes {
        match &mut shape.form {
            Some(Form::Polygon(points)) => points.iter_mut().for_each(spot),
            Some(Form::Rectangle { center, width, height, .. }) => {
                spot(center);
                *width *= scale;
                *height *= scale;
            }
            Some(Form::Ellipse { center, radius, .. }) => {
                spot(center);
                spot(radius);
            }
            None => {}
        }
        if let Some(label) = &mut shape.label {
            label.at.iter_mut().for_each(spot);
            label.size *= scale;
        }
    }
}
