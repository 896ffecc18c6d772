//! Rounds, medians, and the one table.

use std::fmt;

/// Ratios or values of the rounds.
#[derive(Clone, Debug, Default)]
pub struct Rounds(pub Vec<f64>);

impl Rounds {
    /// The middle one.
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        match sorted.len() {
            0 => f64::NAN,
            n if n % 2 == 1 => sorted[n / 2],
            n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
        }
    }

    fn end(&self, pick: impl Fn(f64, f64) -> f64) -> f64 {
        self.0.iter().copied().reduce(pick).unwrap_or(f64::NAN)
    }
}

impl fmt::Display for Rounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            0 => f.write_str("-"),
            1 => f.write_str(&short(self.0[0])),
            _ => {
                let (median, low, high) = (self.median(), self.end(f64::min), self.end(f64::max));
                write!(f, "{} ({}–{})", short(median), short(low), short(high))
            }
        }
    }
}

/// A number with about three digits that mean something.
pub fn short(value: f64) -> String {
    match value.abs() {
        v if v.is_nan() => "-".to_owned(),
        v if v.is_infinite() => "∞".to_owned(),
        v if v >= 1_000.0 => {
            let whole = format!("{:.0}", value);
            let cut = whole.len() % 3;
            let groups = whole.as_bytes()[cut..].chunks(3).map(String::from_utf8_lossy);
            let head = (cut > 0).then(|| whole[..cut].into());
            head.into_iter().chain(groups).collect::<Vec<_>>().join(",")
        }
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 0.1 || v == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// Which side of a limit is good.
#[derive(Clone, Copy, Debug)]
pub enum Bar {
    /// `(floor, goal)`: the more the better.
    AtLeast(f64, f64),
    /// `(floor, goal)`: the less the better.
    AtMost(f64, f64),
    /// None of them may be: so many were `done`, and `(floor, goal)` are how many have to be.
    NoneIn { done: f64, floor: f64, goal: f64 },
    /// Given for its own sake.
    None,
}

impl Bar {
    fn verdict(self, value: f64) -> &'static str {
        if let Self::NoneIn { done, floor, goal } = self {
            return match value {
                _ if value.is_nan() => "not measured",
                v if v > 0.0 => "BELOW",
                _ if done >= goal => "goal",
                _ if done >= floor => "floor",
                _ => "too few for the floor",
            };
        }
        let good = |limit: f64| match self {
            Self::AtLeast(..) => value >= limit,
            Self::AtMost(..) | Self::NoneIn { .. } | Self::None => value <= limit,
        };
        match self {
            Self::None | Self::NoneIn { .. } => "",
            // Where only the goal is given, missing it is no defect.
            Self::AtMost(floor, goal) if floor.is_infinite() => {
                if good(goal) {
                    "goal"
                } else {
                    "not the goal"
                }
            }
            Self::AtLeast(floor, goal) | Self::AtMost(floor, goal) => match (good(goal), good(floor)) {
                _ if value.is_nan() => "not measured",
                (true, _) => "goal",
                (_, true) => "floor",
                _ => "BELOW",
            },
        }
    }

    fn limits(self) -> (String, String) {
        let text = |sign, limit: f64| {
            if limit.is_finite() { format!("{sign} {}", short(limit)) } else { String::new() }
        };
        match self {
            Self::None => Default::default(),
            Self::AtLeast(floor, goal) => (text('≥', floor), text('≥', goal)),
            Self::AtMost(floor, goal) => (text('≤', floor), text('≤', goal)),
            Self::NoneIn { floor, goal, .. } => {
                (format!("0 in {}", short(floor)), format!("0 in {}", short(goal)))
            }
        }
    }
}

/// One line of the table.
pub struct Row {
    /// `G1`.
    pub name: &'static str,
    /// What is measured.
    pub measure: String,
    /// Ours, with its unit.
    pub ours: String,
    /// What it is held against.
    pub yardstick: String,
    /// The value that is judged, of every round.
    pub value: Rounds,
    /// By what.
    pub bar: Bar,
    /// Something went wrong: the verdict is that.
    pub fault: Option<String>,
}

/// Everything measured so far.
#[derive(Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// Adds a line.
    pub fn push(&mut self, row: Row) {
        self.0.push(row);
    }

    /// Puts the lines in the order of the bar.
    pub fn sort(&mut self) {
        self.0.sort_by_key(|row| row.name[1..].parse::<u32>().unwrap_or_default());
    }

    /// Whether a line is below its floor or broken.
    pub fn is_bad(&self) -> bool {
        self.0.iter().any(|row| row.fault.is_some() || row.bar.verdict(row.value.median()) == "BELOW")
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["#", "measure", "ours", "yardstick", "value", "floor", "goal", "verdict"];
        let mut lines: Vec<[String; 8]> = vec![head.map(str::to_owned)];
        for row in &self.0 {
            let (floor, goal) = row.bar.limits();
            let verdict = row.fault.clone().unwrap_or_else(|| row.bar.verdict(row.value.median()).to_owned());
            let (name, value) = (row.name.to_owned(), row.value.to_string());
            let (measure, ours, yardstick) = (row.measure.clone(), row.ours.clone(), row.yardstick.clone());
            lines.push([name, measure, ours, yardstick, value, floor, goal, verdict]);
        }
        let widths: Vec<usize> =
            (0..8).map(|c| lines.iter().map(|l| l[c].chars().count()).max().unwrap_or(0)).collect();
        for (at, line) in lines.iter().enumerate() {
            let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            writeln!(f, "| {} |", cells.collect::<Vec<_>>().join(" | "))?;
            if at == 0 {
                let rules = widths.iter().map(|width| "-".repeat(*width));
                writeln!(f, "|-{}-|", rules.collect::<Vec<_>>().join("-|-"))?;
            }
        }
        Ok(())
    }
}

/// The slope of a straight line through `points`: of logarithms, the exponent of a power law.
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (mx, my) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let cov: f64 = points.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    let var: f64 = points.iter().map(|p| (p.0 - mx).powi(2)).sum();
    cov / var
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_rounds_show_their_spread() {
        let table = [
            (0.0, "0.00"),
            (0.012, "0.012"),
            (0.5, "0.50"),
            (12.34, "12.3"),
            (123.4, "123"),
            (19_594.4, "19,594"),
        ];
        for (value, text) in table {
            assert_eq!(short(value), text);
        }
        assert_eq!(Rounds(vec![3.0, 1.0, 2.0]).to_string(), "2.00 (1.00–3.00)");
    }

    #[test]
    fn a_power_law_has_its_exponent() {
        let points: Vec<_> =
            [1.0_f64, 10.0, 100.0].iter().map(|n| (n.ln(), (3.0 * n.powf(0.5)).ln())).collect();
        assert!((slope(&points) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_verdict_says_which_limit_was_reached() {
        assert_eq!(Bar::AtLeast(0.3, 0.5).verdict(0.6), "goal");
        assert_eq!(Bar::AtLeast(0.3, 0.5).verdict(0.4), "floor");
        assert_eq!(Bar::AtMost(50.0, 20.0).verdict(60.0), "BELOW");
        assert_eq!(Bar::AtMost(50.0, 20.0).verdict(f64::NAN), "not measured");
        let none_in = |done| Bar::NoneIn { done, floor: 100.0, goal: 1_000.0 };
        assert_eq!(none_in(1_000.0).verdict(0.0), "goal");
        assert_eq!(none_in(100.0).verdict(0.0), "floor");
        assert_eq!(none_in(99.0).verdict(0.0), "too few for the floor");
        assert_eq!(none_in(5.0).verdict(1.0), "BELOW");
        assert_eq!(none_in(0.0).verdict(f64::NAN), "not measured");
    }
}
