//! Outlines that hug their seats, for sections whose source draws none.
//!
//! Stacked rows give a wedge: along the front row, up the row ends, back along the last row. Whatever does not stack
//! (tables, scattered boxes) gets the convex hull. Only operations that every platform computes alike: the browser
//! makes the same outline again.

use super::{Point, path::whole_cm};

/// From a seat's middle to the outline, in metres.
const PAD: f64 = 0.45;
/// Corners that bend less than this are left out, in metres.
const FLAT: f64 = 0.06;

type P = (f64, f64);

fn sub(a: P, b: P) -> P {
    (a.0 - b.0, a.1 - b.1)
}

fn along(a: P, direction: P, length: f64) -> P {
    (a.0 + direction.0 * length, a.1 + direction.1 * length)
}

fn dot(a: P, b: P) -> f64 {
    a.0 * b.0 + a.1 * b.1
}

fn cross(a: P, b: P) -> f64 {
    a.0 * b.1 - a.1 * b.0
}

fn unit(a: P) -> P {
    let length = dot(a, a).sqrt();
    if length < 1e-9 { (0.0, 0.0) } else { (a.0 / length, a.1 / length) }
}

#[inline(never)]
fn mean(points: &[P]) -> P {
    let n = points.len().max(1) as f64;
    let sum = points.iter().fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
    (sum.0 / n, sum.1 / n)
}

/// The outline around rows of seats, in whole centimetres, and whether it is the wedge. `stacked` says that the rows
/// may lie behind each other; `known`, that the wedge was found to hold its seats before and need not be looked at.
pub fn hug<'a>(
    rows: impl Iterator<Item = &'a [super::Seat]>,
    stacked: bool,
    known: bool,
) -> (Vec<Point>, bool) {
    let mut seats: Vec<P> = Vec::new();
    let mut ends = Vec::new();
    for row in rows.filter(|row| !row.is_empty()) {
        seats.extend(row.iter().map(|seat| (f64::from(seat.x), f64::from(seat.y))));
        ends.push(seats.len());
    }
    let wedge = if stacked { wedge(&mut split(&mut seats, &ends)) } else { None };
    let holds = |polygon: &Vec<P>| is_simple(polygon) && seats.iter().all(|seat| contains(polygon, *seat));
    let wedge = wedge.map(|polygon| simplify(&polygon)).filter(|polygon| known || holds(polygon));
    let is_wedge = wedge.is_some();
    let polygon = wedge.unwrap_or_else(|| simplify(&hull(seats.iter().copied())));
    (polygon.into_iter().map(|(x, y)| whole_cm(x, y)).collect(), is_wedge)
}

/// One list as its rows, each of which ends there.
#[inline(never)]
fn split<'a>(mut seats: &'a mut [P], ends: &[usize]) -> Vec<&'a mut [P]> {
    let mut begun = 0;
    let row = |end: &usize| {
        let (row, rest) = std::mem::take(&mut seats).split_at_mut(end - begun);
        (seats, begun) = (rest, *end);
        row
    };
    ends.iter().map(row).collect()
}

/// Where a name is written: the centre of gravity, or the seat next to it when that lies outside.
pub fn label<'a>(outline: &[Point], seats: impl Iterator<Item = &'a super::Seat>) -> Point {
    let polygon: Vec<P> = outline.iter().map(|p| (f64::from(p.x), f64::from(p.y))).collect();
    let origin = polygon.first().copied().unwrap_or_default();
    let (mut area, mut sum) = (0.0, (0.0, 0.0));
    for (n, a) in polygon.iter().enumerate() {
        let (a, b) = (sub(*a, origin), sub(polygon[(n + 1) % polygon.len()], origin));
        let twice = cross(a, b);
        area += twice;
        sum = (sum.0 + (a.0 + b.0) * twice, sum.1 + (a.1 + b.1) * twice);
    }
    let center = if area.abs() < 1e-9 {
        mean(&polygon)
    } else {
        (origin.0 + sum.0 / (3.0 * area), origin.1 + sum.1 / (3.0 * area))
    };
    if contains(&polygon, center) {
        return whole_cm(center.0, center.1);
    }
    let mut best: Option<(f64, P)> = None;
    for seat in seats {
        let at = (f64::from(seat.x), f64::from(seat.y));
        let off = sub(at, center);
        if best.is_none_or(|(least, _)| dot(off, off) < least) {
            best = Some((dot(off, off), at));
        }
    }
    let at = best.map_or(center, |(_, at)| at);
    whole_cm(at.0, at.1)
}

/// Front row, right ends, last row, left ends; `None` when there is no direction to speak of.
///
/// Turns rows about that run the other way.
#[inline(never)]
fn wedge(rows: &mut [&mut [P]]) -> Option<Vec<P>> {
    let longest = rows.iter().max_by_key(|row| row.len()).filter(|row| row.len() > 1)?;
    let across = unit(sub(*longest.last()?, *longest.first()?));
    if across == (0.0, 0.0) {
        return None;
    }
    for row in rows.iter_mut() {
        if dot(sub(*row.last()?, *row.first()?), across) < 0.0 {
            row.reverse();
        }
    }
    let back = (-across.1, across.0);
    let mut keyed: Vec<(f64, &[P])> = rows.iter().map(|row| (dot(mean(row), back), &**row)).collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    let rows: Vec<&[P]> = keyed.into_iter().map(|(_, row)| row).collect();
    let (front, last) = (rows.first()?, rows.last()?);

    let front = edge(front, across, (-back.0, -back.1));
    let far = edge(last, across, back);
    let inner = rows.get(1..rows.len().saturating_sub(1)).unwrap_or_default();
    let right_ends = inner.iter().filter_map(|row| end(row.iter().rev(), across));
    let left_ends = inner.iter().filter_map(|row| end(row.iter(), (-across.0, -across.1)));
    let turn = 1.0;
    let right = chain(*front.last()?, right_ends, *far.last()?, turn);
    let left = chain(*front.first()?, left_ends, *far.first()?, -turn);
    let mut polygon = front;
    polygon.extend(right);
    polygon.extend(far.into_iter().rev());
    polygon.extend(left.into_iter().rev());
    Some(polygon)
}

/// A row's end, moved outwards along the row.
fn end<'a>(mut seats: impl Iterator<Item = &'a P>, outwards: P) -> Option<P> {
    let last = *seats.next()?;
    let direction = seats.next().map_or(outwards, |before| unit(sub(last, *before)));
    Some(along(last, direction, PAD))
}

/// A row moved to one side of itself, with its corners.
#[inline(never)]
fn edge(row: &[P], across: P, side: P) -> Vec<P> {
    let at = |n: usize| row[n.min(row.len() - 1)];
    let normal = |n: usize| {
        let tangent = unit(sub(at(n + 1), at(n.saturating_sub(1))));
        let normal = if tangent == (0.0, 0.0) { side } else { (-tangent.1, tangent.0) };
        if dot(normal, side) < 0.0 { (-normal.0, -normal.1) } else { normal }
    };
    let last = row.len() - 1;
    let left = end(row.iter(), (-across.0, -across.1)).map(|p| along(p, normal(0), PAD));
    let right = end(row.iter().rev(), across).map(|p| along(p, normal(last), PAD));
    let middle = row.iter().enumerate().map(|(n, p)| along(*p, normal(n), PAD));
    left.into_iter().chain(middle).chain(right).collect()
}

/// The points between two corners that stand out on the outer side: short rows leave no dents.
fn chain(from: P, between: impl Iterator<Item = P>, to: P, turn: f64) -> Vec<P> {
    let mut kept = vec![from];
    for point in between.chain([to]) {
        while let [.., a, b] = kept.as_slice() {
            if cross(sub(*b, *a), sub(point, *b)) * turn > 0.0 {
                break;
            }
            kept.pop();
        }
        kept.push(point);
    }
    kept.pop();
    kept.remove(0);
    kept
}

/// The convex hull around discs on all points.
fn hull(seats: impl Iterator<Item = P>) -> Vec<P> {
    const RIM: [P; 8] = [
        (0.92, 0.38),
        (0.38, 0.92),
        (-0.38, 0.92),
        (-0.92, 0.38),
        (-0.92, -0.38),
        (-0.38, -0.92),
        (0.38, -0.92),
        (0.92, -0.38),
    ];
    let mut points: Vec<P> = seats.flat_map(|seat| RIM.map(|rim| along(seat, rim, PAD * 1.1))).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    points.dedup();
    let half = |points: &mut dyn Iterator<Item = P>| {
        let mut kept: Vec<P> = Vec::new();
        for point in points {
            while let [.., a, b] = kept.as_slice() {
                if cross(sub(*b, *a), sub(point, *b)) > 0.0 {
                    break;
                }
                kept.pop();
            }
            kept.push(point);
        }
        kept.pop();
        kept
    };
    let mut polygon = half(&mut points.iter().copied());
    polygon.extend(half(&mut points.iter().rev().copied()));
    polygon
}

/// Leaves out corners that hardly bend (Douglas and Peucker, on the closed polygon).
#[inline(never)]
fn simplify(polygon: &[P]) -> Vec<P> {
    let n = polygon.len();
    if n < 4 {
        return polygon.to_vec();
    }
    let first = polygon[0];
    let far = (0..n).max_by(|a, b| {
        let off = |at: usize| dot(sub(polygon[at], first), sub(polygon[at], first));
        off(*a).total_cmp(&off(*b))
    });
    let far = far.unwrap_or(n / 2).clamp(1, n - 1);
    let mut keep = vec![false; n + 1];
    let at = |index: usize| polygon[index % n];
    let mut spans = vec![(0, far), (far, n)];
    (keep[0], keep[far]) = (true, true);
    while let Some((from, to)) = spans.pop() {
        let base = unit(sub(at(to), at(from)));
        let mut worst = (FLAT, None);
        for index in from + 1..to {
            let off = sub(at(index), at(from));
            let bend = if base == (0.0, 0.0) { dot(off, off).sqrt() } else { cross(base, off).abs() };
            if bend > worst.0 {
                worst = (bend, Some(index));
            }
        }
        if let Some(index) = worst.1 {
            keep[index] = true;
            spans.extend([(from, index), (index, to)]);
        }
    }
    (0..n).filter(|index| keep[*index]).map(at).collect()
}

/// Ray casting; the border counts as either.
#[inline(never)]
pub(crate) fn contains(polygon: &[P], p: P) -> bool {
    let Some(mut a) = polygon.last().copied() else { return false };
    let mut inside = false;
    for b in polygon {
        let from = std::mem::replace(&mut a, *b);
        if (from.1 > p.1) != (b.1 > p.1) && p.0 < (b.0 - from.0) * (p.1 - from.1) / (b.1 - from.1) + from.0 {
            inside = !inside;
        }
    }
    inside
}

/// Whether no two sides cross.
fn is_simple(polygon: &[P]) -> bool {
    let n = polygon.len();
    // Outlines of stacked rows have some tens of corners; more means scattered rows.
    if !(3..=256).contains(&n) {
        return false;
    }
    let side = |at: usize| (polygon[at], polygon[(at + 1) % n]);
    (0..n).all(|i| (i + 2..n).filter(|j| (j + 1) % n != i).all(|j| !crosses(side(i), side(j))))
}

fn crosses((a, b): (P, P), (c, d): (P, P)) -> bool {
    let turn = |o: P, p: P, q: P| cross(sub(p, o), sub(q, o));
    turn(a, b, c) * turn(a, b, d) < 0.0 && turn(c, d, a) * turn(c, d, b) < 0.0
}
