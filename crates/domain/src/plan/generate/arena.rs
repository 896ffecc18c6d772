//! An arena set for a concert: the stage at the left end, a standing floor before it, a bowl on three sides.

use super::{
    bowl::{Floor, Ring, Side, ring},
    draw::{Dice, mark, plan, rectangle, seats_in, shape, wheelchairs},
};
use crate::plan::{
    AreaKind, ShapeKind,
    source::{SourceArea, SourceForm, SourcePlan},
};

const FLOOR: Floor = Floor { half_x: 24.0, half_y: 9.0, radius: 9.0 };

/// About 18,000 places.
pub(super) fn arena(dice: &mut Dice) -> SourcePlan {
    let categories = [
        ("front-of-stage", "Front of stage", "#a44a9c"),
        ("floor", "Standing floor", "#b23a48"),
        ("lower-side", "Lower bowl, sides", "#d1772b"),
        ("lower-end", "Lower bowl, end", "#b5a12c"),
        ("upper-side", "Upper bowl, sides", "#3b6fb6"),
        ("upper-end", "Upper bowl, end", "#2e8b6f"),
    ];
    let levels = [("floor", "Floor"), ("lower", "Lower bowl"), ("upper", "Upper bowl")];
    let mut out = plan("Arena", &categories, &levels);
    out.focal = Some([-22.0, 0.0]);
    out.shapes.push(shape(ShapeKind::Stage, rectangle([-28.5, 0.0], 9.0, 22.0), "Stage", 2.4));
    out.shapes.push(shape(ShapeKind::Stage, rectangle([-18.0, 0.0], 12.0, 3.0), "", 0.0));
    out.shapes.push(shape(ShapeKind::Decoration, rectangle([16.0, 0.0], 5.0, 4.0), "Sound", 1.0));
    floor(&mut out, dice);
    let rings = [
        Ring {
            level: "lower",
            first: 101,
            offset: 1.0,
            rows: 18,
            row_m: 0.85,
            blocks: (7, 3, 3),
            aisle_m: 1.3,
        },
        Ring {
            level: "upper",
            first: 201,
            offset: 19.5,
            rows: 15,
            row_m: 0.85,
            blocks: (8, 4, 5),
            aisle_m: 1.3,
        },
    ];
    for one in &rings {
        let lower = one.level == "lower";
        let category = |side: Side| match (lower, side) {
            (true, Side::Top | Side::Bottom) => "lower-side",
            (true, _) => "lower-end",
            (false, Side::Top | Side::Bottom) => "upper-side",
            (false, _) => "upper-end",
        };
        for mut block in ring(FLOOR, one, category) {
            // Nobody sits behind the stage; the blocks beside it see it from the side.
            let behind = block.toward.abs();
            if behind > 155.0 {
                continue;
            }
            if behind > 140.0 {
                for row in &mut block.section.rows {
                    row.attributes = vec!["restricted_view"];
                }
            }
            let wide = block.section.rows.last_mut().filter(|_| lower && block.side != Side::Corner);
            if let Some(row) = wide.filter(|row| seats_in(row) >= 8) {
                wheelchairs(row, 1, 2);
            }
            out.sections.push(block.section);
        }
    }
    for section in &mut out.sections {
        if let Some(row) = section.rows.first_mut() {
            mark(row, 0, &["aisle"]);
        }
    }
    out
}

/// The standing places: a pit before the catwalk, the floor behind it.
fn floor(out: &mut SourcePlan, dice: &mut Dice) {
    let pit = 1_000 + 50 * dice.below(5);
    let areas = [
        ("front-of-stage", "Front of stage", pit, rectangle([-13.5, 0.0], 19.0, 30.0)),
        ("floor", "Standing floor", 3_000, rectangle([14.0, 0.0], 34.0, 30.0)),
    ];
    for (id, name, capacity, shape) in areas {
        let corners = if id == "floor" { Some(rear()) } else { None };
        out.areas.push(SourceArea {
            id: id.into(),
            name: name.into(),
            level: "floor".into(),
            kind: AreaKind::Standing,
            capacity,
            category: id.into(),
            shape: corners.unwrap_or(shape),
            label: Some(if id == "floor" { [7.0, 8.0] } else { [-13.0, 8.0] }),
        });
    }
}

/// The floor behind the barrier, with its corners cut for the exits.
fn rear() -> SourceForm {
    SourceForm::Polygon {
        points: vec![[-3.0, -15.0], [27.0, -15.0], [31.0, -11.0], [31.0, 11.0], [27.0, 15.0], [-3.0, 15.0]],
    }
}
