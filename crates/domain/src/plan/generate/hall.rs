//! A conference hall: tables of ten before the stage, the first ones sold whole, rows behind them.

use super::draw::{
    Dice, ROW_M, SEAT_M, letters, line_row, mark, plan, rectangle, section, shape, wheelchairs,
};
use crate::plan::{
    ShapeKind,
    source::{SourcePlan, SourceTable},
};

const TABLE_M: f64 = 0.9;
const TABLE_STEP_M: f64 = 3.6;
const COLUMNS: u32 = 6;

/// About 760 places: 6 tables sold whole, 18 by seat, two blocks of rows.
pub(super) fn hall(dice: &mut Dice) -> SourcePlan {
    let categories =
        [("gold", "Gold tables", "#b5a12c"), ("tables", "Tables", "#3b6fb6"), ("rows", "Rows", "#2e8b6f")];
    let mut out = plan("Conference hall", &categories, &[("hall", "Hall")]);
    out.focal = Some([0.0, 0.0]);
    out.shapes.push(shape(ShapeKind::Decoration, rectangle([0.0, 14.6], 30.0, 37.2), "", 0.0));
    out.shapes.push(shape(ShapeKind::Stage, rectangle([0.0, -1.6], 14.0, 3.2), "Stage", 1.2));
    out.shapes.push(shape(ShapeKind::Decoration, rectangle([-12.2, -1.6], 3.0, 1.6), "Desk", 0.6));
    let mut number = 1;
    let mut tables = |id: &str,
                      name: &str,
                      category: &str,
                      sold: &'static str,
                      lines: std::ops::Range<u32>| {
        let mut block = section(id.into(), name.into(), "hall", category);
        for line in lines {
            for column in 0..COLUMNS {
                let x = TABLE_STEP_M * (f64::from(column) - f64::from(COLUMNS - 1) / 2.0);
                let x = x + if x < 0.0 { -0.8 } else { 0.8 };
                block.tables.push(SourceTable {
                    label: number.to_string(),
                    center: [super::draw::short(x), super::draw::short(4.0 + TABLE_STEP_M * f64::from(line))],
                    radius: TABLE_M,
                    count: 10,
                    sold,
                    category: None,
                    attributes: vec!["step_free"],
                });
                number += 1;
            }
        }
        block
    };
    out.sections.push(tables("GOLD", "Gold table", "gold", "whole", 0..1));
    out.sections.push(tables("TABLE", "Tables", "tables", "by_seat", 1..4));
    let rows = 12 + dice.below(2);
    for (side, id, name) in [(-1.0, "ROWS-L", "Rows left"), (1.0, "ROWS-R", "Rows right")] {
        let mut block = section(id.into(), name.into(), "hall", "rows");
        for row in 0..rows {
            let seats = 22;
            let middle = side * (0.9 + SEAT_M * f64::from(seats) / 2.0);
            let mut line = line_row(letters(row), [middle, 19.6 + ROW_M * f64::from(row)], 0.0, seats);
            mark(&mut line, if side < 0.0 { seats - 1 } else { 0 }, &["aisle"]);
            if row == 0 {
                wheelchairs(&mut line, if side < 0.0 { seats - 4 } else { 0 }, 2);
            }
            block.rows.push(line);
        }
        out.sections.push(block);
    }
    out
}
