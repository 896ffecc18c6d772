//! Bytes to plan. The bytes may come from anywhere: every count and index is bounded, nothing panics.

use super::{
    GeometryError, VERSION,
    columns::{Reader, metres, split},
    labels,
    write::usual,
};
use domain::{
    ids::{AreaId, SeatId},
    limits::{
        PLAN_AREA_CAPACITY_MAX, PLAN_AREAS_MAX, PLAN_CATEGORIES_MAX, PLAN_ID_BYTES_MAX, PLAN_LEVELS_MAX,
        PLAN_POLYGON_POINTS_MAX, PLAN_ROW_SEATS_MAX, PLAN_ROWS_MAX, PLAN_SEATS_MAX, PLAN_SECTIONS_MAX,
        PLAN_SHAPES_MAX,
    },
    plan::{
        Area, AreaKind, AreaShape, Attributes, Category, Gap, Label, Level, NeighbourBits, Plan, Point, Row,
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
    let (version, bytes) = bytes.split_first().ok_or(GeometryError::CutOff)?;
    if *version != VERSION {
        return Err(GeometryError::Version(*version));
    }
    let [mut head_part, sections_part, rows_part, seats_part, mut drawing_part] = split(bytes)?;
    let mut plan = head(&mut head_part)?;
    let [mut texts, mut numbers, mut forms] = split(sections_part.0)?;
    let usual_forms = sections(&mut plan, &mut texts, &mut numbers)?;
    rows(&mut plan, rows_part.0)?;
    outlines(&mut plan, &usual_forms, &mut forms)?;
    drawing(&mut plan, &mut drawing_part)?;
    plan.pitch = derive::pitch(&plan.rows, &plan.seats);
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
        usual_forms.push(numbers.below(3)?);
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

fn rows(plan: &mut Plan, bytes: &[u8]) -> Read<()> {
    let [lens, flags, texts, numbers, paths, places] = split(bytes)?;
    let mut from = Columns { lens, flags, texts, numbers, paths, places };
    let total = from.lens.count(PLAN_ROWS_MAX)?;
    let claimed = plan.sections.iter().fold(0_u64, |sum, s| sum + u64::from(s.row_count));
    if claimed != total as u64 {
        return Err(GeometryError::OutOfBounds);
    }
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
    let numbers = seat_numbers(len, has(usual::NUMBERS), from)?;
    let ids = seat_ids(&numbers, has(usual::IDS), section, &label, from)?;
    let categories = seat_categories(plan, len, has(usual::CATEGORY), before, from)?;
    let path = if has(usual::PATH) { Some(before.read_path(&mut from.paths)?) } else { None };
    let places = match &path {
        Some(path) => path.place(len),
        None => before.read_places(len, &mut from.places)?,
    };
    if places.iter().any(|p| !(p.x.abs() < 80_000.0 && p.y.abs() < 80_000.0)) {
        return Err(GeometryError::OutOfBounds);
    }
    let first = SeatIx(plan.seat_count());
    let row = plan.rows.len() as u32;
    let seats = numbers.into_iter().zip(ids).zip(categories).zip(places);
    plan.seats.extend(seats.map(|(((number, id), category), place)| Seat {
        id: SeatId(id),
        row,
        number,
        x: place.x,
        y: place.y,
        category,
        attributes: Attributes::default(),
    }));
    plan.rows.push(Row { section: section_ix, label, table: has(usual::TABLE), path, first, len });
    Ok(())
}

fn seat_numbers(len: u32, counting: bool, from: &mut Columns<'_>) -> Read<Vec<String>> {
    if !counting {
        return (0..len).map(|_| from.texts.string(TEXT_BYTES_MAX)).collect();
    }
    let (first, step) = (from.numbers.signed()?, from.numbers.signed()?);
    let number =
        |n: i64| Some(first.checked_add(1)?.checked_add(step.checked_add(1)?.checked_mul(n)?)?.to_string());
    (0..i64::from(len)).map(|n| number(n).ok_or(GeometryError::OutOfBounds)).collect()
}

fn seat_ids(
    numbers: &[String],
    usual: bool,
    section: &Section,
    row: &str,
    from: &mut Columns<'_>,
) -> Read<Vec<String>> {
    if usual {
        return Ok(numbers.iter().map(|number| labels::seat_id(&section.id, row, number)).collect());
    }
    let mut ids: Vec<String> = Vec::with_capacity(numbers.len());
    for _ in numbers {
        let same = from.numbers.count(PLAN_ID_BYTES_MAX)?;
        let start = ids.last().map_or("", String::as_str).get(..same).ok_or(GeometryError::OutOfBounds)?;
        let id = format!("{start}{}", from.texts.text(PLAN_ID_BYTES_MAX)?);
        if id.len() > PLAN_ID_BYTES_MAX {
            return Err(GeometryError::OutOfBounds);
        }
        ids.push(id);
    }
    Ok(ids)
}

fn seat_categories(
    plan: &Plan,
    len: u32,
    one: bool,
    before: &mut RowBefore,
    from: &mut Columns<'_>,
) -> Read<Vec<u8>> {
    let mut next = || {
        before.category = before.category.wrapping_add(from.numbers.signed()?);
        let at = u64::try_from(before.category).map_err(|_| GeometryError::OutOfBounds)?;
        index(at, plan.categories.len()).map(|at| at as u8)
    };
    if one {
        return next().map(|category| vec![category; len as usize]);
    }
    (0..len).map(|_| next()).collect()
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
        let outline = if usual & 1 != 0 {
            derive::hug(plan, &plan.sections[ix])
        } else {
            forms.points(PLAN_POLYGON_POINTS_MAX)?
        };
        plan.sections[ix].outline = outline;
        let label = if usual & 2 != 0 { derive::label(plan, &plan.sections[ix]) } else { forms.point()? };
        plan.sections[ix].label = label;
    }
    Ok(())
}

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
    let usual = derive::links(&plan.rows, &plan.seats, plan.pitch);
    let mut odd = Vec::new();
    let mut last = 0_u32;
    for _ in 0..links.count(plan.seats.len())? {
        last += links.below(u64::from(plan.seat_count().saturating_sub(last)))? as u32;
        odd.push(last);
    }
    links.end()?;
    plan.neighbours = NeighbourBits::none(plan.seat_count());
    for ix in 0..plan.seat_count() {
        if usual.linked(SeatIx(ix)) != odd.binary_search(&ix).is_ok() {
            plan.neighbours.link(SeatIx(ix));
        }
    }
    Ok(())
}

fn drawing(plan: &mut Plan, from: &mut Reader<'_>) -> Read<()> {
    for _ in 0..from.count(PLAN_AREAS_MAX)? {
        let id = AreaId(from.string(PLAN_ID_BYTES_MAX + TEXT_BYTES_MAX)?);
        let name = from.string(TEXT_BYTES_MAX)?;
        let level = index(from.number()?, plan.levels.len())? as u16;
        let kind = if from.below(1)? == 0 { AreaKind::Standing } else { AreaKind::Table };
        let capacity = from.below(u64::from(PLAN_AREA_CAPACITY_MAX))? as u32;
        let category = index(from.number()?, plan.categories.len())? as u8;
        let shape = geometry(from)?.ok_or(GeometryError::OutOfBounds)?;
        plan.areas.push(Area { id, name, level, kind, capacity, category, shape, label: from.point()? });
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
