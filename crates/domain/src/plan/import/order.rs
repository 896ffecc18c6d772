//! The order of seats along a row that lists places only: the same whatever order the source lists them in.

/// A seat's place in whole centimetres and its position in the row's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spotted {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) item: usize,
}

/// Positions in the list, in the order along the row. Two readings are tried: along the straight line that fits
/// best, and around the circle that fits best (horseshoes); the shorter walk wins. The row then runs from
/// left to right, an upright one downwards. `item` must not depend on the source's order where places are equal
/// (rows are sorted by seat number beforehand; equal places are reported anyway).
pub(super) fn along_row(seats: &mut [Spotted]) -> Vec<usize> {
    // From here on nothing depends on the order of the source.
    seats.sort_unstable();
    let mut straight = by_key(seats, &line_key(seats));
    if let Some(keys) = circle_keys(seats) {
        let circle = by_key(seats, &keys);
        if walk(&circle) < walk(&straight) * 0.999 {
            straight = circle;
        }
    }
    let (first, last) = (straight.first().copied(), straight.last().copied());
    if let (Some(first), Some(last)) = (first, last)
        && (last.x, last.y) < (first.x, first.y)
    {
        straight.reverse();
    }
    straight.into_iter().map(|seat| seat.item).collect()
}

fn by_key(seats: &[Spotted], keys: &[f64]) -> Vec<Spotted> {
    let mut keyed: Vec<(f64, Spotted)> = keys.iter().copied().zip(seats.iter().copied()).collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    keyed.into_iter().map(|(_, seat)| seat).collect()
}

fn walk(seats: &[Spotted]) -> f64 {
    seats.windows(2).map(|w| f64::from(w[1].x - w[0].x).hypot(f64::from(w[1].y - w[0].y))).sum()
}

/// The seats relative to their mean, in centimetres.
fn centred(seats: &[Spotted]) -> (Vec<(f64, f64)>, (f64, f64)) {
    let n = seats.len().max(1) as f64;
    let mean_x = seats.iter().map(|s| f64::from(s.x)).sum::<f64>() / n;
    let mean_y = seats.iter().map(|s| f64::from(s.y)).sum::<f64>() / n;
    let points = seats.iter().map(|s| (f64::from(s.x) - mean_x, f64::from(s.y) - mean_y)).collect();
    (points, (mean_x, mean_y))
}

/// Distance along the principal axis.
fn line_key(seats: &[Spotted]) -> Vec<f64> {
    let (points, _) = centred(seats);
    let (xx, xy, yy) =
        points.iter().fold((0.0, 0.0, 0.0), |(xx, xy, yy), (x, y)| (xx + x * x, xy + x * y, yy + y * y));
    let angle = 0.5 * f64::atan2(2.0 * xy, xx - yy);
    let (sin, cos) = angle.sin_cos();
    points.iter().map(|(x, y)| x * cos + y * sin).collect()
}

/// Angle around the fitted circle, counted from its widest opening; `None` when no circle fits.
fn circle_keys(seats: &[Spotted]) -> Option<Vec<f64>> {
    if seats.len() < 4 {
        return None;
    }
    let (points, _) = centred(seats);
    // Least squares for x² + y² = 2ax + 2by + c, about the mean: two equations in a and b.
    let mut sums = [0.0_f64; 5];
    for (x, y) in &points {
        let square = x * x + y * y;
        for (sum, term) in sums.iter_mut().zip([x * x, x * y, y * y, x * square, y * square]) {
            *sum += term;
        }
    }
    let [xx, xy, yy, xs, ys] = sums;
    let det = xx * yy - xy * xy;
    if det.abs() <= 1e-6 * (xx + yy) * (xx + yy) {
        return None;
    }
    let (a, b) = ((xs * yy - ys * xy) / (2.0 * det), (ys * xx - xs * xy) / (2.0 * det));
    let angles: Vec<f64> = points.iter().map(|(x, y)| f64::atan2(y - b, x - a)).collect();
    let mut sorted = angles.clone();
    sorted.sort_by(f64::total_cmp);
    let (first, last) = (sorted.first()?, sorted.last()?);
    let mut opening = (first + std::f64::consts::TAU - last, *first);
    for pair in sorted.windows(2) {
        if pair[1] - pair[0] > opening.0 + 1e-9 {
            opening = (pair[1] - pair[0], pair[1]);
        }
    }
    Some(angles.iter().map(|angle| (angle - opening.1 + 1e-9).rem_euclid(std::f64::consts::TAU)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(points: &[(i32, i32)]) -> Vec<usize> {
        let mut seats: Vec<Spotted> =
            points.iter().enumerate().map(|(item, (x, y))| Spotted { x: *x, y: *y, item }).collect();
        along_row(&mut seats)
    }

    #[test]
    fn rows_run_from_left_to_right_and_upright_ones_downwards() {
        assert_eq!(order(&[(100, 0), (0, 0), (50, 3)]), [1, 2, 0]);
        assert_eq!(order(&[(0, 100), (0, 0), (0, 50)]), [1, 2, 0]);
    }

    #[test]
    fn a_horseshoe_is_walked_around_and_not_across() {
        let points: Vec<(i32, i32)> = (0..25)
            .map(|n| {
                let (sin, cos) = (f64::from(n) * 10.0 - 210.0).to_radians().sin_cos();
                ((cos * 500.0) as i32, (sin * 500.0) as i32)
            })
            .collect();
        let walked = order(&points);
        assert!(
            walked == (0..25).collect::<Vec<_>>() || walked == (0..25).rev().collect::<Vec<_>>(),
            "{walked:?}"
        );
    }
}
