//! Bytes to plan. The bytes may come from anywhere: every count and index is bounded, nothing panics.

use super::{
    GeometryError, OLDEST, VERSION,
    columns::{Reader, metres, split},
    labels,
    write::{form, usual},
};
use domain::{
    ids::{AreaId, SeatId},
    limits::{
        PLAN_AREA_CAPACITY_MAX, PLAN_AREAS_MAX, PLAN_CATEGORIES_MAX, PLAN_ID_BYTES_MAX, PLAN_LEVELS_MAX,
        PLAN_POLYGON_POINTS_MAX, PLAN_ROW_SEATS_MAX, PLAN_ROWS_MAX, PLAN_SEATS_MAX, PLAN_SECTIONS_MAX,
        PLAN_SHAPES_MAX,
    },
    plan::{
        Area, AreaKind, AreaShape, Attributes, Category, Counting, Gap, Label, Level, Plan, Point, Row,
        RowPath, Seat, Section, Shape, ShapeKind, derive,
    },
    seat::SeatIx,
};

type Read<T> = Result<T, GeometryError>;

/// Bytes of a name, label or text: the import's bounds are in characters of up to four bytes.
const TEXT_BYTES_MAX: usize = 4 * 200;

/// Reads an asset.
///
/// # Errors
/// When the bytes are not an asset of this version.
pub fn decode(bytes: &[u8]) -> Read<Plan> {
    read(bytes, true)
}

/// Reads an asset for drawing: ids that follow from section, row and number are left out, and numbers that count up are
/// left to [`Plan::number_of`]. Two texts a seat are most of the work for a stadium.
///
/// # Errors
/// When the bytes are not an asset of this version.
pub fn decode_drawing(bytes: &[u8]) -> Read<Plan> {
    read(bytes, false)
}

fn read(bytes: &[u8], named: bool) -> Read<Plan> {
    let (version, bytes) = bytes.split_first().ok_or(GeometryError::CutOff)?;
    if !(OLDEST..=VERSION).contains(version) {
        return Err(GeometryError::Version(*version));
    }
    let [mut head_part, sections_part, rows_part, seats_part, mut drawing_part] = split(bytes)?;
    let mut plan = head(&mut head_part)?;
    let [mut texts, mut numbers, mut forms] = split(sections_part.0)?;
    let usual_forms = sections(&mut plan, &mut texts, &mut numbers)?;
    rows(&mut plan, rows_part.0, named)?;
    outlines(&mut plan, &usual_forms, &mut forms)?;
    drawing(&mut plan, &mut drawing_part, *version)?;
    let gaps = derive::Gaps::new(&plan.rows, &plan.seats);
    plan.pitch = gaps.pitch();
    plan.neighbours = gaps.links(&plan.rows, plan.pitch);
    seats(&mut plan, seats_part.0)?;
    for part in [head_part, texts, numbers, forms, drawing_part] {
        part.end()?;
    }
    plan.bounds = derive::bounds(&plan);
    Ok(plan)
}

fn head(from: &mut Reader<'_>) -> Read<Plan> {
    let mut plan = Plan { name: from.string(TEXT_BYTES_MAX)?, ..Plan::default() };
    for _ in 0..from.count(PLAN_CATEGORIES_MAX)? {
        let mut text = || from.string(TEXT_BYTES_MAX);
        plan.categories.push(Category { key: text()?, name: text()?, color: text()? });
    }
    for _ in 0..from.count(PLAN_LEVELS_MAX)? {
        let (id, name) = (from.string(TEXT_BYTES_MAX)?, from.string(TEXT_BYTES_MAX)?);
        plan.levels.push(Level { id, name });
    }
    plan.focal = from.point()?;
    Ok(plan)
}

/// Everything about sections but their seats and outlines; answers what of the latter is usual.
fn sections(plan: &mut Plan, texts: &mut Reader<'_>, numbers: &mut Reader<'_>) -> Read<Vec<u64>> {
    let mut usual_forms = Vec::new();
    let mut first_row = 0_u32;
    for _ in 0..numbers.count(PLAN_SECTIONS_MAX)? {
        let level = index(numbers.number()?, plan.levels.len())? as u16;
        let row_count = numbers.below(PLAN_ROWS_MAX as u64)? as u32;
        usual_forms.push(numbers.below(form::OUTLINE | form::LABEL | form::WEDGE)?);
        let (id, name) = (texts.string(PLAN_ID_BYTES_MAX)?, texts.string(TEXT_BYTES_MAX)?);
        plan.sections.push(Section { id, name, level, first_row, row_count, ..Section::default() });
        first_row += row_count;
    }
    Ok(usual_forms)
}

fn index(value: u64, len: usize) -> Read<usize> {
    usize::try_from(value).ok().filter(|at| *at < len).ok_or(GeometryError::OutOfBounds)
}

struct Columns<'a> {
    lens: Reader<'a>,
    flags: Reader<'a>,
    texts: Reader<'a>,
    numbers: Reader<'a>,
    paths: Reader<'a>,
    places: Reader<'a>,
    /// Seats get the names that follow from the rest.
    named: bool,
}

#[derive(Default)]
struct RowBefore {
    len: i64,
    label: String,
    first_label: Option<String>,
    category: i64,
    path: [i64; 5],
    place: (i64, i64),
}

fn rows(plan: &mut Plan, bytes: &[u8], named: bool) -> Read<()> {
    let [lens, flags, texts, numbers, paths, places] = split(bytes)?;
    let mut from = Columns { lens, flags, texts, numbers, paths, places, named };
    let total = from.lens.count(PLAN_ROWS_MAX)?;
    let claimed = plan.sections.iter().fold(0_u64, |sum, s| sum + u64::from(s.row_count));
    if claimed != total as u64 {
        return Err(GeometryError::OutOfBounds);
    }
    plan.rows.reserve_exact(total);
    plan.seats.reserve_exact(seats_claimed(total, from.lens));
    let mut before = RowBefore::default();
    let mut sections = std::mem::take(&mut plan.sections);
    for (ix, section) in sections.iter_mut().enumerate() {
        section.first = SeatIx(plan.seat_count());
        for n in 0..section.row_count {
            row(plan, section, ix as u16, n == 0, &mut before, &mut from)?;
        }
        section.len = plan.seat_count() - section.first.0;
    }
    plan.sections = sections;
    for column in [from.lens, from.flags, from.texts, from.numbers, from.paths, from.places] {
        column.end()?;
    }
    Ok(())
}

/// How many seats the rows say they have, so that the list is made once; not more than a plan may have.
fn seats_claimed(rows: usize, mut lens: Reader<'_>) -> usize {
    let (mut len, mut sum) = (0_i64, 0_i64);
    for _ in 0..rows {
        let Ok(more) = lens.signed() else { break };
        len = len.saturating_add(more);
        sum = sum.saturating_add(len.max(0));
    }
    sum.min(i64::from(PLAN_SEATS_MAX)) as usize
}

/// A function of its own, as some below: a browser improves what is called often, and a loop only from its next run.
#[inline(never)]
fn row(
    plan: &mut Plan,
    section: &Section,
    section_ix: u16,
    first_of_section: bool,
    before: &mut RowBefore,
    from: &mut Columns<'_>,
) -> Read<()> {
    before.len = before.len.checked_add(from.lens.signed()?).ok_or(GeometryError::OutOfBounds)?;
    let len = u32::try_from(before.len)
        .ok()
        .filter(|len| (1..=PLAN_ROW_SEATS_MAX).contains(len))
        .filter(|len| plan.seat_count() + len <= PLAN_SEATS_MAX)
        .ok_or(GeometryError::OutOfBounds)?;
    let flags = from.flags.below(63)?;
    let has = |bit: u64| flags & bit != 0;
    let expected = if first_of_section { before.first_label.clone() } else { labels::next(&before.label) };
    let label = if has(usual::LABEL) {
        expected.ok_or(GeometryError::OutOfBounds)?
    } else {
        from.texts.string(TEXT_BYTES_MAX)?
    };
    if first_of_section {
        before.first_label = Some(label.clone());
    }
    before.label.clone_from(&label);
    let first = SeatIx(plan.seat_count());
    seat_numbers(plan, len, has(usual::NUMBERS), from)?;
    let (seats, categories) = (&mut plan.seats[first.index()..], plan.categories.len());
    seat_ids(seats, has(usual::IDS), section, &label, from)?;
    seat_categories(seats, categories, has(usual::CATEGORY), before, from)?;
    let path = if has(usual::PATH) { Some(before.read_path(&mut from.paths)?) } else { None };
    let places = match &path {
        Some(path) => path.place(len),
        None => before.read_places(len, &mut from.places)?,
    };
    seat_places(seats, &places)?;
    plan.rows.push(Row { section: section_ix, label, table: has(usual::TABLE), path, first, len });
    Ok(())
}

/// Puts the row's seats into the list, with their numbers and nothing else.
#[inline(never)]
fn seat_numbers(plan: &mut Plan, len: u32, counting: bool, from: &mut Columns<'_>) -> Read<()> {
    let row = plan.rows.len() as u32;
    let (mut number, mut step) = (0, 0);
    if counting {
        let outside = GeometryError::OutOfBounds;
        number = from.numbers.signed()?.checked_add(1).ok_or(outside)?;
        step = from.numbers.signed()?.checked_add(1).ok_or(outside)?;
        step.checked_mul(i64::from(len)).and_then(|all| number.checked_add(all)).ok_or(outside)?;
    }
    let left_out = counting && !from.named;
    if !from.named {
        plan.counting.push(left_out.then_some(Counting { first: number, step }));
    }
    for _ in 0..len {
        let text = match counting {
            true if left_out => String::new(),
            true => number.to_string(),
            false => from.texts.string(TEXT_BYTES_MAX)?,
        };
        number = number.wrapping_add(step);
        let (id, attributes) = (SeatId(String::new()), Attributes::default());
        plan.seats.push(Seat { id, row, number: text, x: 0.0, y: 0.0, category: 0, attributes });
    }
    Ok(())
}

#[inline(never)]
fn seat_ids(
    seats: &mut [Seat],
    usual: bool,
    section: &Section,
    row: &str,
    from: &mut Columns<'_>,
) -> Read<()> {
    if usual && !from.named {
        return Ok(());
    }
    if usual {
        let mut id = labels::before_number(&section.id, row);
        let before = id.len();
        for seat in seats {
            id.truncate(before);
            id.push_str(&seat.number);
            seat.id = SeatId(id.clone());
        }
        return Ok(());
    }
    let mut last = "";
    for seat in seats {
        let same = from.numbers.count(PLAN_ID_BYTES_MAX)?;
        let start = last.get(..same).ok_or(GeometryError::OutOfBounds)?;
        let id = [start, from.texts.text(PLAN_ID_BYTES_MAX)?].concat();
        if id.len() > PLAN_ID_BYTES_MAX {
            return Err(GeometryError::OutOfBounds);
        }
        seat.id = SeatId(id);
        last = &seat.id.0;
    }
    Ok(())
}

#[inline(never)]
fn seat_categories(
    seats: &mut [Seat],
    categories: usize,
    one: bool,
    before: &mut RowBefore,
    from: &mut Columns<'_>,
) -> Read<()> {
    let mut category = 0;
    for (n, seat) in seats.iter_mut().enumerate() {
        if n == 0 || !one {
            before.category = before.category.wrapping_add(from.numbers.signed()?);
            let at = u64::try_from(before.category).map_err(|_| GeometryError::OutOfBounds)?;
            category = index(at, categories)? as u8;
        }
        seat.category = category;
    }
    Ok(())
}

#[inline(never)]
fn seat_places(seats: &mut [Seat], places: &[Point]) -> Read<()> {
    for (seat, place) in seats.iter_mut().zip(places) {
        if !(place.x.abs() < 80_000.0 && place.y.abs() < 80_000.0) {
            return Err(GeometryError::OutOfBounds);
        }
        (seat.x, seat.y) = (place.x, place.y);
    }
    Ok(())
}

impl RowBefore {
    fn read_path(&mut self, from: &mut Reader<'_>) -> Read<RowPath> {
        for value in &mut self.path {
            *value = value.wrapping_add(from.signed()?);
        }
        let [x, y, radius, angle, pitch] = self.path;
        let small = |v: i64| i32::try_from(v).map_err(|_| GeometryError::OutOfBounds);
        let mut path = RowPath {
            x: small(x)?,
            y: small(y)?,
            radius: u32::try_from(radius).map_err(|_| GeometryError::OutOfBounds)?,
            angle: small(angle)?,
            pitch: small(pitch)?,
            gaps: Vec::new(),
        };
        for _ in 0..from.count(64)? {
            let after = from.below(u64::from(PLAN_ROW_SEATS_MAX))? as u32;
            let extra = from.below(u64::from(u32::MAX))? as u32;
            path.gaps.push(Gap { after, extra });
        }
        Ok(path)
    }

    fn read_places(&mut self, len: u32, from: &mut Reader<'_>) -> Read<Vec<Point>> {
        let (mut at, mut step) = (self.place, (0_i64, 0_i64));
        (0..len)
            .map(|n| {
                let moved = (step.0.wrapping_add(from.signed()?), step.1.wrapping_add(from.signed()?));
                at = (at.0.wrapping_add(moved.0), at.1.wrapping_add(moved.1));
                if n == 0 {
                    self.place = at;
                } else {
                    step = moved;
                }
                Ok(Point::new(metres(at.0)?, metres(at.1)?))
            })
            .collect()
    }
}

fn outlines(plan: &mut Plan, usual_forms: &[u64], forms: &mut Reader<'_>) -> Read<()> {
    for (ix, usual) in usual_forms.iter().enumerate() {
        let outline = if usual & form::OUTLINE != 0 {
            derive::hug_again(plan, &plan.sections[ix], usual & form::WEDGE != 0).0
        } else {
            forms.points(PLAN_POLYGON_POINTS_MAX)?
        };
        plan.sections[ix].outline = outline;
        let label =
            if usual & form::LABEL != 0 { derive::label(plan, &plan.sections[ix]) } else { forms.point()? };
        plan.sections[ix].label = label;
    }
    Ok(())
}

/// What is odd about seats: attributes, and neighbours unlike what the places suggest.
fn seats(plan: &mut Plan, bytes: &[u8]) -> Read<()> {
    let [mut attributes, mut links] = split(bytes)?;
    let mut at = 0_usize;
    for _ in 0..attributes.count(plan.seats.len())? {
        let gap = attributes.count(plan.seats.len())?;
        let len = attributes.count(plan.seats.len())?;
        let value = Attributes(attributes.below(31)? as u8);
        let run = plan.seats.get_mut(at + gap..at + gap + len).ok_or(GeometryError::OutOfBounds)?;
        run.iter_mut().for_each(|seat| seat.attributes = value);
        at += gap + len;
    }
    attributes.end()?;
    let mut odd = Vec::new();
    let mut last = 0_u32;
    for _ in 0..links.count(plan.seats.len())? {
        last += links.below(u64::from(plan.seat_count().saturating_sub(last)))? as u32;
        odd.push(last);
    }
    links.end()?;
    odd.dedup();
    odd.into_iter().for_each(|ix| plan.neighbours.turn(SeatIx(ix)));
    Ok(())
}

fn drawing(plan: &mut Plan, from: &mut Reader<'_>, version: u8) -> Read<()> {
    for _ in 0..from.count(PLAN_AREAS_MAX)? {
        let id = AreaId(from.string(PLAN_ID_BYTES_MAX + TEXT_BYTES_MAX)?);
        let name = from.string(TEXT_BYTES_MAX)?;
        let level = index(from.number()?, plan.levels.len())? as u16;
        let kind = if from.below(1)? == 0 { AreaKind::Standing } else { AreaKind::Table };
        let capacity = from.below(u64::from(PLAN_AREA_CAPACITY_MAX))? as u32;
        let category = index(from.number()?, plan.categories.len())? as u8;
        let shape = geometry(from)?.ok_or(GeometryError::OutOfBounds)?;
        let label = from.point()?;
        plan.areas.push(Area { id, name, level, kind, capacity, category, shape, label, gate: None });
    }
    for _ in 0..from.count(PLAN_SHAPES_MAX)? {
        let kind = match from.below(3)? {
            0 => ShapeKind::Stage,
            1 => ShapeKind::Decoration,
            2 => ShapeKind::Table,
            _ => ShapeKind::Text,
        };
        let geometry = geometry(from)?;
        let (fill, stroke) = (from.opt_string(TEXT_BYTES_MAX)?, from.opt_string(TEXT_BYTES_MAX)?);
        let label = if from.below(1)? == 1 { Some(label(from)?) } else { None };
        plan.shapes.push(Shape { kind, geometry, fill, stroke, label });
    }
    if version >= 3 {
        let gates = plan.sections.iter_mut().map(|section| &mut section.gate);
        for gate in gates.chain(plan.areas.iter_mut().map(|area| &mut area.gate)) {
            *gate = from.opt_string(TEXT_BYTES_MAX)?;
        }
    }
    Ok(())
}

fn label(from: &mut Reader<'_>) -> Read<Label> {
    Ok(Label {
        text: from.string(TEXT_BYTES_MAX)?,
        at: from.point()?,
        size: from.cm()?,
        color: from.opt_string(TEXT_BYTES_MAX)?,
    })
}

fn geometry(from: &mut Reader<'_>) -> Read<Option<AreaShape>> {
    Ok(match from.below(3)? {
        0 => None,
        1 => Some(AreaShape::Polygon { points: from.points(PLAN_POLYGON_POINTS_MAX)? }),
        2 => Some(AreaShape::Rectangle {
            center: from.point()?,
            width: from.cm()?,
            height: from.cm()?,
            rotation: from.cm()?,
        }),
        _ => Some(AreaShape::Ellipse {
            center: from.point()?,
            radius_x: from.cm()?,
            radius_y: from.cm()?,
            rotation: from.cm()?,
        }),
    })
}
