//! A football stadium: four tiers around the pitch, exactly 70,000 seats.

use super::{
    bowl::{Block, Floor, Ring, Side, ring},
    draw::{Dice, plan, rectangle, seats_in, shape, wheelchairs},
};
use crate::plan::{
    ShapeKind,
    source::{SourceForm, SourcePlan},
};

const SEATS: u32 = 70_000;
const FLOOR: Floor = Floor { half_x: 40.0, half_y: 24.0, radius: 18.0 };

const RINGS: [Ring; 4] = [
    Ring { level: "1", first: 101, offset: 0.0, rows: 22, row_m: 0.85, blocks: (8, 4, 4), aisle_m: 1.2 },
    Ring { level: "2", first: 201, offset: 20.6, rows: 18, row_m: 0.85, blocks: (8, 4, 5), aisle_m: 1.2 },
    Ring { level: "3", first: 301, offset: 39.0, rows: 13, row_m: 0.9, blocks: (8, 4, 6), aisle_m: 1.2 },
    Ring { level: "4", first: 401, offset: 53.8, rows: 21, row_m: 0.85, blocks: (8, 4, 8), aisle_m: 1.2 },
];

/// Exactly 70,000 seats.
pub(super) fn stadium(dice: &mut Dice) -> SourcePlan {
    let categories = [
        ("main", "Main stands, lower", "#b23a48"),
        ("ends", "Ends, lower", "#d1772b"),
        ("middle", "Middle tier", "#b5a12c"),
        ("club", "Club tier", "#a44a9c"),
        ("upper-main", "Upper tier, main stands", "#3b6fb6"),
        ("upper-ends", "Upper tier, ends", "#2e8b6f"),
    ];
    let levels = [("1", "Lower tier"), ("2", "Middle tier"), ("3", "Club tier"), ("4", "Upper tier")];
    let mut out = plan("Stadium", &categories, &levels);
    out.focal = Some([0.0, 0.0]);
    pitch(&mut out);
    let mut blocks: Vec<Block> = RINGS
        .iter()
        .flat_map(|one| {
            ring(FLOOR, one, |side| match (one.level, side) {
                ("1", Side::Top | Side::Bottom) => "main",
                ("1", _) => "ends",
                ("2", _) => "middle",
                ("3", _) => "club",
                (_, Side::Top | Side::Bottom) => "upper-main",
                _ => "upper-ends",
            })
        })
        .collect();
    trim(&mut blocks);
    accessible(&mut blocks, dice);
    out.sections = blocks.into_iter().map(|block| block.section).collect();
    out
}

/// The field of play.
fn pitch(out: &mut SourcePlan) {
    let mut grass = shape(ShapeKind::Stage, rectangle([0.0, 0.0], 105.0, 68.0), "Pitch", 6.0);
    grass.fill = Some("#5d9b61".into());
    out.shapes.push(grass);
    let line = |form: SourceForm| {
        let mut line = shape(ShapeKind::Decoration, form, "", 0.0);
        line.fill = Some("#5d9b61".into());
        line.stroke = Some("#ffffff".into());
        line
    };
    out.shapes.push(line(SourceForm::Ellipse {
        center: [0.0, 0.0],
        radius_x: 9.15,
        radius_y: 9.15,
        rotation: 0.0,
    }));
    for side in [-1.0, 1.0] {
        out.shapes.push(line(rectangle([side * 44.25, 0.0], 16.5, 40.3)));
        out.shapes.push(line(rectangle([side * 49.75, 0.0], 5.5, 18.3)));
    }
}

/// Takes seats from the last rows of the upper tier until the count is right: a pair from a block at a time, so
/// that rows stay symmetrical.
fn trim(blocks: &mut [Block]) {
    let total: u32 = blocks.iter().flat_map(|b| &b.section.rows).map(seats_in).sum();
    let mut excess = total.saturating_sub(SEATS);
    let mut depth = 1;
    while excess > 0 && depth < RINGS[3].rows {
        for block in blocks.iter_mut().filter(|block| block.section.level == "4") {
            let at = block.section.rows.len().saturating_sub(depth as usize);
            let Some(row) = block.section.rows.get_mut(at) else { continue };
            if let Some(count) = row.count.as_mut().filter(|count| **count > 8) {
                let take = excess.min(2);
                *count -= take;
                excess -= take;
            }
        }
        depth += 1;
    }
}

/// Wheelchair places stand on the walkway behind the lower tier.
fn accessible(blocks: &mut [Block], dice: &mut Dice) {
    let shift = dice.below(4);
    for block in blocks.iter_mut().filter(|b| b.section.level == "1" && b.side != Side::Corner) {
        if let Some(row) = block.section.rows.last_mut().filter(|row| seats_in(row) >= 12) {
            wheelchairs(row, shift, 3);
        }
    }
}
