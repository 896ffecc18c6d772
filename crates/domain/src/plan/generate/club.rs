//! A club: 600 standing, on the floor and in the gallery.

use super::draw::{Dice, plan, rectangle, shape, text};
use crate::plan::{
    AreaKind, ShapeKind,
    source::{SourceArea, SourceForm, SourcePlan},
};

/// 600 places.
pub(super) fn club(dice: &mut Dice) -> SourcePlan {
    let categories = [("floor", "Floor", "#b23a48"), ("gallery", "Gallery", "#3b6fb6")];
    let mut out = plan("Club", &categories, &[("floor", "Floor"), ("gallery", "Gallery")]);
    out.focal = Some([0.0, 0.5]);
    out.shapes.push(shape(ShapeKind::Decoration, rectangle([0.0, 8.6], 25.0, 25.8), "", 0.0));
    let stage = vec![[-6.0, -3.5], [6.0, -3.5], [6.0, 0.0], [3.0, 0.9], [-3.0, 0.9], [-6.0, 0.0]];
    out.shapes.push(shape(ShapeKind::Stage, SourceForm::Polygon { points: stage }, "Stage", 1.2));
    out.shapes.push(shape(ShapeKind::Decoration, rectangle([-10.9, 8.0], 1.6, 9.0), "Bar", 0.7));
    out.shapes.push(shape(ShapeKind::Decoration, rectangle([10.9, 3.0], 1.6, 3.0), "Exit", 0.6));
    out.shapes.push(text("Entrance", [0.0, 22.3], 0.8));
    let gallery = 120 + 10 * dice.below(4);
    let floor = vec![[-6.5, 1.6], [6.5, 1.6], [9.5, 4.5], [9.5, 13.2], [-9.5, 13.2], [-9.5, 4.5]];
    let balcony = vec![[-11.7, 14.0], [11.7, 14.0], [11.7, 20.5], [-11.7, 20.5]];
    let areas = [
        ("floor", "Floor", 600 - gallery, SourceForm::Polygon { points: floor }, [0.0, 7.5]),
        ("gallery", "Gallery", gallery, SourceForm::Polygon { points: balcony }, [0.0, 17.3]),
    ];
    for (id, name, capacity, shape, label) in areas {
        out.areas.push(SourceArea {
            id: id.into(),
            name: name.into(),
            level: id.into(),
            kind: AreaKind::Standing,
            capacity,
            category: id.into(),
            shape,
            label: Some(label),
            gate: None,
        });
    }
    out
}
