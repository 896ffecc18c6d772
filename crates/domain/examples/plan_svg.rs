//! Draws a plan to SVG: `cargo run -p domain --example plan_svg -- stadium 1 > stadium.svg`, or with the name of a
//! plan file instead of a kind.

use domain::plan::{AreaShape, Plan, Point, ShapeKind, generate, import};
use std::fmt::Write as _;

fn main() {
    let mut args = std::env::args().skip(1);
    let what = args.next().unwrap_or_else(|| "theatre".into());
    let seed = args.next().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let source = match generate::Kind::named(&what) {
        Some(kind) => generate::generate(kind, seed).into_bytes(),
        None => std::fs::read(&what).unwrap_or_default(),
    };
    match import::parse(&source) {
        Ok(plan) => {
            eprintln!(
                "{}: {} seats, capacity {}, {} sections, {} rows, {} areas, source {} bytes",
                plan.name,
                plan.seat_count(),
                plan.capacity(),
                plan.sections.len(),
                plan.rows.len(),
                plan.areas.len(),
                source.len()
            );
            println!("{}", svg(&plan));
        }
        Err(problems) => {
            for problem in problems {
                eprintln!("{} {problem}", problem.code);
            }
            std::process::exit(1);
        }
    }
}

fn corners(points: &[Point]) -> String {
    points.iter().map(|p| format!("{:.2},{:.2} ", p.x, p.y)).collect()
}

fn svg(plan: &Plan) -> String {
    let b = plan.bounds;
    let mut out = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='{} {} {} {}' width='1600'>\n<rect x='{}' y='{}' width='100%' \
         height='100%' fill='#faf7f2'/>\n",
        b.min.x,
        b.min.y,
        b.width(),
        b.height(),
        b.min.x,
        b.min.y
    );
    let mut labels = String::new();
    let write_label = |labels: &mut String, at: Point, size: f32, text: &str| {
        let _ = writeln!(
            labels,
            "<text x='{}' y='{}' font-size='{size}' text-anchor='middle' dominant-baseline='middle' \
             font-family='sans-serif' fill='#1b1820'>{}</text>",
            at.x,
            at.y,
            text.replace('&', "&amp;").replace('<', "&lt;")
        );
    };
    for shape in &plan.shapes {
        let fill = shape.fill.clone().unwrap_or_else(|| match shape.kind {
            ShapeKind::Stage => "#4a4453".into(),
            _ => "#ece6dc".into(),
        });
        if let Some(geometry) = &shape.geometry {
            let stroke = shape.stroke.as_deref().unwrap_or("#c9c0b2");
            let points = corners(&AreaShape::polygon(geometry));
            let _ = writeln!(
                out,
                "<polygon points='{points}' fill='{fill}' stroke='{stroke}' stroke-width='0.1'/>"
            );
        }
        if let Some(label) = &shape.label {
            write_label(&mut labels, label.at, label.size, &label.text);
        }
    }
    for section in &plan.sections {
        let points = corners(&section.outline);
        let _ =
            writeln!(out, "<polygon points='{points}' fill='#fff' stroke='#8a8294' stroke-width='0.08'/>");
        let size = if plan.seats.len() > 5_000 { 2.0 } else { 0.8 };
        write_label(&mut labels, section.label, size, &section.name.replace("Block ", ""));
    }
    for area in &plan.areas {
        let points = corners(&area.shape.polygon());
        let color = &plan.categories[usize::from(area.category)].color;
        let _ = writeln!(
            out,
            "<polygon points='{points}' fill='{color}' fill-opacity='0.35' stroke='{color}' stroke-width='0.1'/>"
        );
        let size = if plan.bounds.width() > 60.0 { 1.6 } else { 0.6 };
        write_label(&mut labels, area.label, size, &format!("{} ({})", area.name, area.capacity));
    }
    for (ix, seat) in plan.seats.iter().enumerate() {
        let color = &plan.categories[usize::from(seat.category)].color;
        let stroke = if seat.attributes.0 & 3 != 0 { " stroke='#000' stroke-width='0.08'" } else { "" };
        let opacity = if seat.attributes.0 & 4 != 0 { " fill-opacity='0.5'" } else { "" };
        let _ = writeln!(
            out,
            "<circle cx='{}' cy='{}' r='{}' fill='{color}'{stroke}{opacity}/>",
            seat.x,
            seat.y,
            plan.pitch * 0.4
        );
        if plan.linked(domain::seat::SeatIx(ix as u32)) && plan.seats.len() < 5_000 {
            let next = &plan.seats[ix + 1];
            let _ = writeln!(
                out,
                "<line x1='{}' y1='{}' x2='{}' y2='{}' stroke='#000' stroke-width='0.05'/>",
                seat.x, seat.y, next.x, next.y
            );
        }
    }
    out + &labels + &format!("<circle cx='{}' cy='{}' r='0.4' fill='red'/></svg>", plan.focal.x, plan.focal.y)
}
