//! Rings of seats about a floor: straight sides and round corners, every row at the same distance from the one
//! before. Arena and stadium are made of these.

use super::draw::{SEAT_M, arc_row, fit, line_row, section};
use crate::plan::source::{Pair, SourceRow, SourceSection};

/// The floor: corner circles about the corners of a rectangle.
#[derive(Clone, Copy)]
pub(super) struct Floor {
    /// Half of the straight part from left to right.
    pub(super) half_x: f64,
    /// Half of the straight part from top to bottom.
    pub(super) half_y: f64,
    /// Radius of the innermost row in the corners.
    pub(super) radius: f64,
}

/// One ring.
pub(super) struct Ring {
    pub(super) level: &'static str,
    /// Number of the first section.
    pub(super) first: u32,
    /// From the innermost possible row to this ring's first.
    pub(super) offset: f64,
    pub(super) rows: u32,
    pub(super) row_m: f64,
    /// Blocks on a long side, on a short side, in a corner.
    pub(super) blocks: (u32, u32, u32),
    pub(super) aisle_m: f64,
}

/// Where on the ring a block lies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Top,
    Right,
    Bottom,
    Left,
    Corner,
}

/// A block's section with its side and its middle's direction from the centre of the floor, in degrees clockwise
/// from the right.
pub(super) struct Block {
    pub(super) side: Side,
    pub(super) toward: f64,
    pub(super) section: SourceSection,
}

/// All blocks of a ring, clockwise from the top left; category by side.
pub(super) fn ring(floor: Floor, ring: &Ring, category: impl Fn(Side) -> &'static str) -> Vec<Block> {
    let (long, short, corner) = ring.blocks;
    let (x, y) = (floor.half_x, floor.half_y);
    let mut blocks: Vec<(Side, Pair, Vec<SourceRow>)> = Vec::new();
    let straight = |blocks: &mut Vec<_>, side: Side, count: u32| {
        for n in 0..count {
            blocks.push((
                side,
                straight_middle(floor, side, n, count),
                straight_rows(floor, ring, side, n, count),
            ));
        }
    };
    let round = |blocks: &mut Vec<_>, center: Pair, from: f64| {
        for n in 0..corner {
            let width = 90.0 / f64::from(corner);
            let middle = from + width * (f64::from(n) + 0.5);
            blocks.push((
                Side::Corner,
                at(center, floor.radius, middle),
                round_rows(floor, ring, center, middle, width),
            ));
        }
    };
    straight(&mut blocks, Side::Top, long);
    round(&mut blocks, [x, -y], -90.0);
    straight(&mut blocks, Side::Right, short);
    round(&mut blocks, [x, y], 0.0);
    straight(&mut blocks, Side::Bottom, long);
    round(&mut blocks, [-x, y], 90.0);
    straight(&mut blocks, Side::Left, short);
    round(&mut blocks, [-x, -y], 180.0);
    let finish = |(n, (side, middle, rows)): (usize, (Side, Pair, Vec<SourceRow>))| {
        let number = ring.first + n as u32;
        let mut section = section(number.to_string(), format!("Block {number}"), ring.level, category(side));
        section.rows = rows;
        section.gate = Some(gate(middle).into());
        Block { side, toward: middle[1].atan2(middle[0]).to_degrees(), section }
    };
    blocks.into_iter().enumerate().map(finish).collect()
}

/// The door of the quarter that a block lies in, clockwise from the upper right.
fn gate([x, y]: Pair) -> &'static str {
    match (x >= 0.0, y >= 0.0) {
        (true, false) => "A",
        (true, true) => "B",
        (false, true) => "C",
        (false, false) => "D",
    }
}

fn at(center: Pair, radius: f64, degrees: f64) -> Pair {
    let (sin, cos) = degrees.to_radians().sin_cos();
    [center[0] + radius * cos, center[1] + radius * sin]
}

/// Along a straight side clockwise: where the n-th of `count` equal parts has its middle, from the side's middle.
fn part(half: f64, n: u32, count: u32) -> f64 {
    half * (2.0 * (f64::from(n) + 0.5) / f64::from(count) - 1.0)
}

fn straight_middle(floor: Floor, side: Side, n: u32, count: u32) -> Pair {
    let out = floor.radius;
    match side {
        Side::Top => [part(floor.half_x, n, count), -floor.half_y - out],
        Side::Right => [floor.half_x + out, part(floor.half_y, n, count)],
        Side::Bottom => [-part(floor.half_x, n, count), floor.half_y + out],
        Side::Left | Side::Corner => [-floor.half_x - out, -part(floor.half_y, n, count)],
    }
}

fn straight_rows(floor: Floor, ring: &Ring, side: Side, n: u32, count: u32) -> Vec<SourceRow> {
    let half = if matches!(side, Side::Top | Side::Bottom) { floor.half_x } else { floor.half_y };
    let seats = fit(2.0 * half / f64::from(count) - ring.aisle_m);
    let [x, y] = straight_middle(floor, side, n, count);
    let row = |row: u32| {
        let out = ring.offset + ring.row_m * f64::from(row);
        // From left to right for those who look at the floor: anticlockwise on the drawing.
        let (middle, angle) = match side {
            Side::Top => ([x, y - out], 180.0),
            Side::Right => ([x + out, y], -90.0),
            Side::Bottom => ([x, y + out], 0.0),
            Side::Left | Side::Corner => ([x - out, y], 90.0),
        };
        line_row((row + 1).to_string(), middle, angle, seats)
    };
    (0..ring.rows).map(row).collect()
}

fn round_rows(floor: Floor, ring: &Ring, center: Pair, middle: f64, width: f64) -> Vec<SourceRow> {
    let row = |row: u32| {
        let radius = floor.radius + ring.offset + ring.row_m * f64::from(row);
        // On a tight arc the chord is what keeps neighbours apart; half a seat is lost to it at most.
        let seats = fit((radius * width.to_radians() - ring.aisle_m).max(2.0 * SEAT_M));
        arc_row((row + 1).to_string(), center, radius, middle, seats)
    };
    (0..ring.rows).map(row).collect()
}
