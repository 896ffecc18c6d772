//! Plan to bytes.

use super::{
    VERSION,
    columns::{Column, join, whole},
    labels,
};
use domain::{
    plan::{Area, AreaKind, AreaShape, Label, Plan, Row, Seat, Section, Shape, ShapeKind, derive},
    seat::SeatIx,
};

/// The asset of a plan. The same plan gives the same bytes.
pub fn encode(plan: &Plan) -> Vec<u8> {
    encode_as(plan, VERSION)
}

/// The asset as an earlier version wrote it.
pub(super) fn encode_as(plan: &Plan, version: u8) -> Vec<u8> {
    let mut out = vec![version];
    let parts = [head(plan), sections(plan, version), rows(plan), seats(plan), drawing(plan, version)];
    out.extend(join(&parts));
    out
}

fn head(plan: &Plan) -> Column {
    let mut out = Column::default();
    out.text(&plan.name);
    out.count(plan.categories.len());
    for category in &plan.categories {
        [&category.key, &category.name, &category.color].into_iter().for_each(|text| out.text(text));
    }
    out.count(plan.levels.len());
    for level in &plan.levels {
        out.text(&level.id);
        out.text(&level.name);
    }
    out.point(plan.focal);
    out
}

/// What of an outline follows from the seats, as bits.
pub(super) mod form {
    /// The corners do.
    pub const OUTLINE: u64 = 1;
    /// The place of the name does.
    pub const LABEL: u64 = 2;
    /// With [`OUTLINE`]: it is the wedge of the rows. Since version 2.
    pub const WEDGE: u64 = 4;
}

fn form_of(plan: &Plan, section: &Section) -> u64 {
    let (outline, wedge) = derive::hug_again(plan, section, false);
    let hugs = outline == section.outline;
    let label = derive::label(plan, section) == section.label;
    let bits = [(hugs, form::OUTLINE), (label, form::LABEL), (hugs && wedge, form::WEDGE)];
    bits.iter().filter(|(set, _)| *set).fold(0, |all, (_, bit)| all | bit)
}

fn sections(plan: &Plan, version: u8) -> Column {
    let [mut texts, mut numbers, mut forms] = [(); 3].map(|()| Column::default());
    numbers.count(plan.sections.len());
    for section in &plan.sections {
        texts.text(&section.id);
        texts.text(&section.name);
        numbers.number(u64::from(section.level));
        numbers.number(u64::from(section.row_count));
        let usual = form_of(plan, section) & if version < 2 { !form::WEDGE } else { !0 };
        numbers.number(usual);
        if usual & form::OUTLINE == 0 {
            forms.points(&section.outline);
        }
        if usual & form::LABEL == 0 {
            forms.point(section.label);
        }
    }
    Column(join(&[texts, numbers, forms]))
}

/// Bits that say what is usual about a row.
pub(super) mod usual {
    pub(in super::super) const TABLE: u64 = 1;
    pub(in super::super) const PATH: u64 = 2;
    pub(in super::super) const LABEL: u64 = 4;
    pub(in super::super) const NUMBERS: u64 = 8;
    pub(in super::super) const IDS: u64 = 16;
    pub(in super::super) const CATEGORY: u64 = 32;
}

fn rows(plan: &Plan) -> Column {
    let [mut lens, mut flags, mut texts, mut numbers, mut paths, mut places] =
        [(); 6].map(|()| Column::default());
    let mut before = RowBefore::default();
    lens.count(plan.rows.len());
    for section in &plan.sections {
        for (n, row) in plan.rows[section.rows()].iter().enumerate() {
            let seats = &plan.seats[row.seats()];
            lens.signed(i64::from(row.len) - before.len);
            before.len = i64::from(row.len);
            let expected = if n == 0 { before.first_label.clone() } else { labels::next(&before.label) };
            let label_is_usual = expected.as_deref() == Some(row.label.as_str());
            let counting = counting(seats);
            let id_begins = labels::before_number(&section.id, &row.label);
            let ids_are_usual = seats.iter().all(|s| s.id.0.strip_prefix(&id_begins) == Some(&*s.number));
            let one_category = seats.iter().all(|s| s.category == seats[0].category);
            let on_path = row.path.as_ref().filter(|path| {
                path.place(row.len).iter().zip(seats).all(|(place, seat)| *place == seat.point())
            });
            flags.number(
                [
                    (row.table, usual::TABLE),
                    (on_path.is_some(), usual::PATH),
                    (label_is_usual, usual::LABEL),
                    (counting.is_some(), usual::NUMBERS),
                    (ids_are_usual, usual::IDS),
                    (one_category, usual::CATEGORY),
                ]
                .iter()
                .fold(0, |all, (yes, bit)| if *yes { all | bit } else { all }),
            );
            if !label_is_usual {
                texts.text(&row.label);
            }
            if n == 0 {
                before.first_label = Some(row.label.clone());
            }
            before.label.clone_from(&row.label);
            write_numbers(seats, counting, ids_are_usual, &mut numbers, &mut texts);
            write_categories(seats, one_category, &mut before.category, &mut numbers);
            match on_path {
                Some(path) => before.write_path(path, &mut paths),
                None => before.write_places(row, seats, &mut places),
            }
        }
    }
    Column(join(&[lens, flags, texts, numbers, paths, places]))
}

/// First number and step, when the numbers of a row count evenly.
fn counting(seats: &[Seat]) -> Option<(i64, i64)> {
    let first = labels::number(&seats.first()?.number)?;
    let step = match seats.get(1) {
        Some(second) => labels::number(&second.number)? - first,
        None => 1,
    };
    let even = |(n, seat): (i64, &Seat)| labels::number(&seat.number) == Some(first + step * n);
    (0..).zip(seats).all(even).then_some((first, step))
}

fn write_numbers(
    seats: &[Seat],
    counting: Option<(i64, i64)>,
    ids_are_usual: bool,
    numbers: &mut Column,
    texts: &mut Column,
) {
    match counting {
        Some((first, step)) => {
            numbers.signed(first - 1);
            numbers.signed(step - 1);
        }
        None => seats.iter().for_each(|seat| texts.text(&seat.number)),
    }
    if ids_are_usual {
        return;
    }
    // Ids of a row mostly begin alike.
    let mut last = "";
    for seat in seats {
        let same = last.bytes().zip(seat.id.0.bytes()).take_while(|(a, b)| a == b).count();
        let same = (0..=same).rev().find(|at| seat.id.0.is_char_boundary(*at)).unwrap_or(0);
        numbers.count(same);
        texts.text(&seat.id.0[same..]);
        last = &seat.id.0;
    }
}

fn write_categories(seats: &[Seat], one: bool, before: &mut i64, numbers: &mut Column) {
    let count = if one { 1 } else { seats.len() };
    for seat in seats.iter().take(count) {
        numbers.signed(i64::from(seat.category) - *before);
        *before = i64::from(seat.category);
    }
}

/// The row before: most rows differ from it in little.
#[derive(Default)]
struct RowBefore {
    len: i64,
    label: String,
    first_label: Option<String>,
    category: i64,
    path: [i64; 5],
    place: (i64, i64),
}

impl RowBefore {
    fn write_path(&mut self, path: &domain::plan::RowPath, out: &mut Column) {
        let now = [
            i64::from(path.x),
            i64::from(path.y),
            i64::from(path.radius),
            i64::from(path.angle),
            i64::from(path.pitch),
        ];
        for (now, before) in now.iter().zip(&self.path) {
            out.signed(now - before);
        }
        self.path = now;
        out.count(path.gaps.len());
        for gap in &path.gaps {
            out.number(u64::from(gap.after));
            out.number(u64::from(gap.extra));
        }
    }

    /// First seat against the first seat of the row before, then the change of the step from seat to seat.
    fn write_places(&mut self, row: &Row, seats: &[Seat], out: &mut Column) {
        debug_assert_eq!(row.len as usize, seats.len());
        let (mut at, mut step) = (self.place, (0, 0));
        for (n, seat) in seats.iter().enumerate() {
            let now = whole(seat.point());
            let moved = (now.0 - at.0, now.1 - at.1);
            out.signed(moved.0 - step.0);
            out.signed(moved.1 - step.1);
            if n == 0 {
                self.place = now;
            } else {
                step = moved;
            }
            at = now;
        }
    }
}

/// Attributes by runs, and the links that do not follow from the places.
fn seats(plan: &Plan) -> Column {
    let [mut attributes, mut links] = [(); 2].map(|()| Column::default());
    let mut runs = 0;
    let mut body = Column::default();
    let mut gap = 0_u64;
    for run in plan.seats.chunk_by(|a, b| a.attributes == b.attributes) {
        if run[0].attributes.is_empty() {
            gap += run.len() as u64;
            continue;
        }
        body.number(gap);
        body.count(run.len());
        body.number(u64::from(run[0].attributes.0));
        gap = 0;
        runs += 1;
    }
    attributes.count(runs);
    attributes.0.extend(body.0);
    let usual = derive::Gaps::new(&plan.rows, &plan.seats).links(&plan.rows, plan.pitch);
    let odd: Vec<u32> =
        (0..plan.seat_count()).filter(|ix| usual.linked(SeatIx(*ix)) != plan.linked(SeatIx(*ix))).collect();
    links.count(odd.len());
    let mut last = 0;
    for ix in odd {
        links.number(u64::from(ix - last));
        last = ix;
    }
    Column(join(&[attributes, links]))
}

fn drawing(plan: &Plan, version: u8) -> Column {
    let mut out = Column::default();
    out.count(plan.areas.len());
    plan.areas.iter().for_each(|one| area(one, &mut out));
    out.count(plan.shapes.len());
    plan.shapes.iter().for_each(|one| shape(one, &mut out));
    // Since version 3.
    if version >= 3 {
        let gates = plan.sections.iter().map(|section| &section.gate);
        let gates = gates.chain(plan.areas.iter().map(|area| &area.gate));
        gates.for_each(|gate| out.opt_text(gate.as_deref()));
    }
    out
}

fn area(area: &Area, out: &mut Column) {
    out.text(&area.id.0);
    out.text(&area.name);
    out.number(u64::from(area.level));
    out.number(match area.kind {
        AreaKind::Standing => 0,
        AreaKind::Table => 1,
    });
    out.number(u64::from(area.capacity));
    out.number(u64::from(area.category));
    geometry(Some(&area.shape), out);
    out.point(area.label);
}

fn shape(shape: &Shape, out: &mut Column) {
    out.number(match shape.kind {
        ShapeKind::Stage => 0,
        ShapeKind::Decoration => 1,
        ShapeKind::Table => 2,
        ShapeKind::Text => 3,
    });
    geometry(shape.geometry.as_ref(), out);
    out.opt_text(shape.fill.as_deref());
    out.opt_text(shape.stroke.as_deref());
    out.number(u64::from(shape.label.is_some()));
    if let Some(Label { text, at, size, color }) = &shape.label {
        out.text(text);
        out.point(*at);
        out.cm(*size);
        out.opt_text(color.as_deref());
    }
}

fn geometry(shape: Option<&AreaShape>, out: &mut Column) {
    match shape {
        None => out.number(0),
        Some(AreaShape::Polygon { points }) => {
            out.number(1);
            out.points(points);
        }
        Some(AreaShape::Rectangle { center, width, height, rotation }) => {
            out.number(2);
            out.point(*center);
            [width, height, rotation].into_iter().for_each(|v| out.cm(*v));
        }
        Some(AreaShape::Ellipse { center, radius_x, radius_y, rotation }) => {
            out.number(3);
            out.point(*center);
            [radius_x, radius_y, rotation].into_iter().for_each(|v| out.cm(*v));
        }
    }
}
