//! A playhouse: stalls, circle and balcony behind each other on arcs about the stage, boxes at the sides.

use super::draw::{
    Dice, ROW_M, arc_row, fit, letters, line_row, mark, plan, seats_in, section, shape, text, wheelchairs,
};
use crate::plan::{
    ShapeKind,
    source::{Pair, SourceForm, SourcePlan, SourceSection},
};

/// The centre of all rows' arcs, behind the stage's front.
const CENTER: Pair = [0.0, -12.0];
const AISLE_M: f64 = 1.15;

struct Tier {
    level: &'static str,
    name: &'static str,
    prefix: &'static str,
    blocks: &'static [&'static str],
    radius: f64,
    rows: u32,
    /// Half of the opening, in degrees.
    half: f64,
    /// How the category follows from the row.
    category: fn(u32) -> &'static str,
}

const TIERS: [Tier; 3] = [
    Tier {
        level: "stalls",
        name: "Stalls",
        prefix: "STALLS",
        blocks: &["Left", "Centre", "Right"],
        radius: 15.6,
        rows: 15,
        half: 30.0,
        category: |row| if row < 8 { "stalls" } else { "rear-stalls" },
    },
    Tier {
        level: "circle",
        name: "Circle",
        prefix: "CIRCLE",
        blocks: &["Far left", "Left", "Right", "Far right"],
        radius: 32.4,
        rows: 6,
        half: 27.0,
        category: |_| "circle",
    },
    Tier {
        level: "balcony",
        name: "Balcony",
        prefix: "BALCONY",
        blocks: &["Far left", "Left", "Right", "Far right"],
        radius: 41.0,
        rows: 6,
        half: 22.0,
        category: |_| "balcony",
    },
];

/// About 1,150 seats.
pub(super) fn theatre(dice: &mut Dice) -> SourcePlan {
    let categories = [
        ("stalls", "Stalls", "#b23a48"),
        ("rear-stalls", "Rear stalls", "#d1772b"),
        ("circle", "Circle", "#3b6fb6"),
        ("balcony", "Balcony", "#2e8b6f"),
        ("boxes", "Boxes", "#a44a9c"),
    ];
    let levels = [("stalls", "Stalls"), ("circle", "Circle"), ("balcony", "Balcony")];
    let mut out = plan("Playhouse", &categories, &levels);
    out.focal = Some([0.0, 0.0]);
    let stage = vec![[-9.0, -7.0], [9.0, -7.0], [7.5, 0.0], [4.0, 1.1], [0.0, 1.5], [-4.0, 1.1], [-7.5, 0.0]];
    out.shapes.push(shape(ShapeKind::Stage, SourceForm::Polygon { points: stage }, "Stage", 1.6));
    for tier in &TIERS {
        out.sections.extend(blocks(tier));
        let label = tier.radius + ROW_M * f64::from(tier.rows) + 0.9;
        out.shapes.push(text(tier.name, [0.0, CENTER[1] + label], 1.1));
    }
    boxes(&mut out, dice);
    accessible(&mut out);
    out
}

/// The wedges of a tier, from the left.
fn blocks(tier: &Tier) -> Vec<SourceSection> {
    let count = tier.blocks.len() as f64;
    let width = 2.0 * tier.half / count;
    let block = |(n, name): (usize, &&str)| {
        let id = format!("{}-{}", tier.prefix, initials(name));
        let mut block =
            section(id, format!("{} {}", tier.name, name.to_lowercase()), tier.level, (tier.category)(0));
        let middle = 90.0 + tier.half - width * (n as f64 + 0.5);
        for row in 0..tier.rows {
            let radius = tier.radius + ROW_M * f64::from(row);
            let seats = fit(radius * width.to_radians() - AISLE_M);
            let mut line = arc_row(letters(row), CENTER, radius, middle, seats);
            line.category = Some((tier.category)(row).into());
            let (first, last) = (n == 0, n + 1 == tier.blocks.len());
            if !first {
                mark(&mut line, 0, &["aisle"]);
            }
            if !last {
                mark(&mut line, seats - 1, &["aisle"]);
            }
            // The outermost places of the upper tiers look past the proscenium.
            if tier.level != "stalls" && (first || last) && row < 2 {
                for at in 0..3 {
                    mark(&mut line, if first { at } else { seats - 1 - at }, &["restricted_view"]);
                }
            }
            block.rows.push(line);
        }
        block
    };
    tier.blocks.iter().enumerate().map(block).collect()
}

/// `Far left` → `FL`.
fn initials(name: &str) -> String {
    name.split(' ').filter_map(|word| word.chars().next()).collect::<String>().to_uppercase()
}

/// Boxes at both sides of the stalls, two rows of three chairs each.
fn boxes(out: &mut SourcePlan, dice: &mut Dice) {
    let each = 4 + dice.below(2);
    for side in [-1.0, 1.0] {
        for n in 0..each {
            let number = if side < 0.0 { n + 1 } else { each + n + 1 };
            let y = 0.6 + 2.6 * f64::from(n);
            let mut one = section(format!("BOX-{number}"), format!("Box {number}"), "circle", "boxes");
            // Looking at the stage, left to right: upwards on the left side, downwards on the right one.
            let angle = -90.0 * -side;
            for (row, back) in [(0, 0.0), (1, ROW_M)] {
                let mut line = line_row(letters(row), [side * (15.5 + back), y], angle, 3);
                if row == 1 {
                    (0..3).for_each(|at| mark(&mut line, at, &["restricted_view"]));
                }
                one.rows.push(line);
            }
            out.sections.push(one);
        }
    }
}

/// Places for wheelchairs stand at the back of the stalls, where the foyer is level; two more in the circle.
fn accessible(out: &mut SourcePlan) {
    for section in &mut out.sections {
        let pairs = match section.id.as_str() {
            "STALLS-L" | "STALLS-R" => 2,
            "STALLS-C" => 3,
            "CIRCLE-L" | "CIRCLE-R" => 1,
            _ => 0,
        };
        if let Some(row) = section.rows.last_mut().filter(|_| pairs > 0) {
            let seats = seats_in(row);
            let from = if section.id.ends_with("-R") { 0 } else { seats - 2 * pairs };
            wheelchairs(row, from, pairs);
            (0..seats).for_each(|at| mark(row, at, &["step_free"]));
        }
    }
}
