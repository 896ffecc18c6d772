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
    out.shapes.push(shape(ShapeKind::Decoration, rectangle([29.0, 0.0], 4.0, 5.0), "Sound", 1.0));
    floor(&mut out, dice);
    let rings = [
        Ring {
            level: "lower",
            first: 101,
            offset: 1.0,
            rows: 20,
            row_m: 0.85,
            blocks: (6, 2, 3),
            aisle_m: 1.2,
        },
        Ring {
            level: "upper",
            first: 201,
            offset: 20.2,
            rows: 16,
            row_m: 0.85,
            blocks: (6, 2, 5),
            aisle_m: 1.2,
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

/// The standing places: a pit around the catwalk, the floor behind it around the sound desk.
fn floor(out: &mut SourcePlan, dice: &mut Dice) {
    let pit = 1_000 + 50 * dice.below(5);
    let pit_corners = vec![
        [-23.0, -15.0],
        [-4.0, -15.0],
        [-4.0, 15.0],
        [-23.0, 15.0],
        [-23.0, 2.0],
        [-11.5, 2.0],
        [-11.5, -2.0],
        [-23.0, -2.0],
    ];
    // Its corners are cut for the exits.
    let floor_corners = vec![
        [-3.0, -15.0],
        [27.0, -15.0],
        [31.0, -11.0],
        [31.0, -3.0],
        [26.5, -3.0],
        [26.5, 3.0],
        [31.0, 3.0],
        [31.0, 11.0],
        [27.0, 15.0],
        [-3.0, 15.0],
    ];
    let areas = [
        ("front-of-stage", "Front of stage", pit, pit_corners, [-13.5, 8.5]),
        ("floor", "Standing floor", 3_400, floor_corners, [11.5, 0.0]),
    ];
    for (id, name, capacity, points, label) in areas {
        out.areas.push(SourceArea {
            id: id.into(),
            name: name.into(),
            level: "floor".into(),
            kind: AreaKind::Standing,
            capacity,
            category: id.into(),
            shape: SourceForm::Polygon { points },
            label: Some(label),
            gate: Some("Floor".into()),
        });
    }
}
