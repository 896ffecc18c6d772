//! The figures. Each draws into a box of [`WIDTH`] by a given height whose upper left corner is the origin.

use super::{WIDTH, ink::Inks};
use crate::demo::dice::Dice;
use std::fmt::Write as _;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Art {
    /// Rows of seats around a stage.
    Rows,
    /// Spotlights crossing.
    Beams,
    /// Layers of waves under a disc.
    Waves,
    /// Quarter circles in a grid.
    Mosaic,
    /// Bars of sound.
    Bars,
    /// Lanes of a track.
    Lanes,
    /// Discs within discs, cut in half.
    Eclipse,
    /// Cut paper, thrown.
    Confetti,
}

impl Art {
    /// A figure that suits the category.
    pub(super) fn for_category(category: &str, dice: &mut Dice) -> Self {
        let choice: &[Self] = match category {
            "theatre" => &[Self::Rows, Self::Beams, Self::Eclipse, Self::Mosaic],
            "opera" => &[Self::Eclipse, Self::Rows, Self::Waves],
            "concert" => &[Self::Waves, Self::Bars, Self::Eclipse, Self::Beams],
            "comedy" => &[Self::Confetti, Self::Mosaic, Self::Beams],
            "family" => &[Self::Confetti, Self::Mosaic, Self::Waves],
            "sport" => &[Self::Lanes],
            "club" => &[Self::Bars, Self::Beams],
            _ => &[Self::Mosaic, Self::Rows],
        };
        dice.pick(choice, Self::Rows)
    }

    /// Whether the title stands above the figure.
    pub(super) fn title_first(self) -> bool {
        matches!(self, Self::Rows | Self::Waves | Self::Bars)
    }

    /// Draws it.
    pub(super) fn draw(self, svg: &mut String, inks: &Inks, height: f32, dice: &mut Dice) {
        match self {
            Self::Rows => rows(svg, inks, height, dice),
            Self::Beams => beams(svg, inks, height, dice),
            Self::Waves => waves(svg, inks, height, dice),
            Self::Mosaic => mosaic(svg, inks, height, dice),
            Self::Bars => bars(svg, inks, height, dice),
            Self::Lanes => lanes(svg, inks, height, dice),
            Self::Eclipse => eclipse(svg, inks, height, dice),
            Self::Confetti => confetti(svg, inks, height, dice),
        }
    }
}

/// Seats are the dots of a dashed line with round ends: a whole row is one path.
fn rows(svg: &mut String, inks: &Inks, height: f32, dice: &mut Dice) {
    let (cx, cy) = (WIDTH / 2.0, height + 60.0);
    let chosen = 2 + dice.below(5);
    let _ = write!(svg, "<g fill=\"none\" stroke-linecap=\"round\" stroke-width=\"9\">");
    let mut radius = 120.0;
    let mut row = 0;
    while radius < height + 130.0 {
        let color = if row == chosen { inks.accent } else { inks.soft };
        let gap = dice.between(14.0, 14.8);
        let _ = write!(
            svg,
            "<path d=\"M{:.0} {cy:.0}a{radius:.0} {radius:.0} 0 0 1 {:.0} 0\" stroke=\"{color}\" \
             stroke-dasharray=\".1 {gap:.1}\"/>",
            cx - radius,
            2.0 * radius
        );
        radius += 17.0;
        row += 1;
    }
    let _ = write!(
        svg,
        "</g><path d=\"M{:.0} {height:.0}a92 92 0 0 1 184 0z\" fill=\"{}\"/>",
        cx - 92.0,
        inks.ink
    );
}

fn beams(svg: &mut String, inks: &Inks, height: f32, dice: &mut Dice) {
    let floor = height - 26.0;
    let target = dice.between(150.0, 250.0);
    let _ = write!(svg, "<g opacity=\".85\">");
    for (lamp, color) in [(30.0, inks.soft), (370.0, inks.soft), (dice.between(120.0, 280.0), inks.accent)] {
        let spread = dice.between(58.0, 92.0);
        let _ = write!(
            svg,
            "<path d=\"M{lamp:.0} -10L{:.0} {floor:.0}H{:.0}z\" fill=\"{color}\" fill-opacity=\".75\"/>",
            target - spread,
            target + spread
        );
    }
    let _ = write!(
        svg,
        "</g><ellipse cx=\"{target:.0}\" cy=\"{floor:.0}\" rx=\"104\" ry=\"17\" fill=\"{}\"/>\
         <circle cx=\"{target:.0}\" cy=\"{:.0}\" r=\"21\" fill=\"{}\"/>\
         <path d=\"M{:.0} {floor:.0}c2-52 14-66 36-66s34 14 36 66z\" fill=\"{}\"/>",
        inks.ink,
        floor - 92.0,
        inks.ground,
        target - 36.0,
        inks.ground
    );
}

fn waves(svg: &mut String, inks: &Inks, height: f32, dice: &mut Dice) {
    let (x, r) = (dice.between(110.0, 290.0), dice.between(58.0, 84.0));
    let _ =
        write!(svg, "<circle cx=\"{x:.0}\" cy=\"{:.0}\" r=\"{r:.0}\" fill=\"{}\"/>", r + 14.0, inks.accent);
    let layers = 6;
    for layer in 0..layers {
        let y = height * (0.30 + 0.125 * layer as f32);
        let swell = dice.between(14.0, 34.0);
        let shift = dice.between(-80.0, 0.0);
        let (color, opacity) =
            if layer % 2 == 0 { (inks.soft, 1.0) } else { (inks.ink, 0.16 + 0.12 * layer as f32) };
        let _ = write!(
            svg,
            "<path d=\"M{shift:.0} {y:.0}q50 {:.0} 100 0t100 0t100 0t100 0t100 0V{height:.0}H{shift:.0}z\" \
             fill=\"{color}\" fill-opacity=\"{opacity:.2}\"/>",
            -swell
        );
    }
}

fn mosaic(svg: &mut String, inks: &Inks, height: f32, dice: &mut Dice) {
    let cell = WIDTH / 5.0;
    let lines = (height / cell).ceil() as u32;
    for line in 0..lines {
        // Hang the grid from the lower edge: the upper one may be cut.
        let y = height - (line + 1) as f32 * cell;
        for column in 0..5_u8 {
            let x = f32::from(column) * cell;
            let color = dice.pick(&[inks.soft, inks.soft, inks.accent, inks.ink], inks.soft);
            let shape = match dice.below(6) {
                0 => format!("M{x:.0} {y:.0}h{cell}a{cell} {cell} 0 0 1-{cell} {cell}z"),
                1 => format!("M{:.0} {y:.0}v{cell}a{cell} {cell} 0 0 1-{cell}-{cell}z", x + cell),
                2 => format!("M{x:.0} {:.0}h{cell}a{cell} {cell} 0 0 0-{cell}-{cell}z", y + cell),
                3 => format!("M{x:.0} {y:.0}l{cell} {cell}h-{cell}z"),
                4 => format!(
                    "M{x:.0} {:.0}a{half} {half} 0 1 1 {cell} 0a{half} {half} 0 1 1-{cell} 0z",
                    y + cell / 2.0,
                    half = cell / 2.0
                ),
                _ => continue,
            };
            let _ = write!(svg, "<path d=\"{shape}\" fill=\"{color}\"/>");
        }
    }
}

fn bars(svg: &mut String, inks: &Inks, height: f32, dice: &mut Dice) {
    let count = 19_u8;
    let step = WIDTH / f32::from(count);
    let peak = dice.between(4.0, 14.0);
    for n in 0..count {
        // A swell around the peak, with some unrest.
        let far = (f32::from(n) - peak) / 5.5;
        let size = height * (0.16 + 0.66 * (-far * far).exp()) * dice.between(0.72, 1.08);
        let color = if (f32::from(n) - peak).abs() < 1.6 {
            inks.accent
        } else if n % 3 == 0 {
            inks.ink
        } else {
            inks.soft
        };
        let _ = write!(
            svg,
            "<rect x=\"{:.1}\" y=\"{:.0}\" width=\"{:.1}\" height=\"{:.0}\" rx=\"{:.1}\" fill=\"{color}\"/>",
            f32::from(n) * step + 3.0,
            height - size - 18.0,
            step - 6.0,
            size,
            (step - 6.0) / 2.0
        );
    }
}

fn lanes(svg: &mut String, inks: &Inks, height: f32, dice: &mut Dice) {
    let tilt = dice.between(-16.0, -7.0);
    let _ = write!(
        svg,
        "<g transform=\"rotate({tilt:.0} 200 {:.0})\" fill=\"none\" stroke-width=\"15\">",
        height / 2.0
    );
    let winner = dice.below(7);
    for lane in 0..8_u8 {
        let inset = f32::from(lane) * 20.0;
        let color = if u64::from(lane) == winner {
            inks.accent
        } else if lane % 2 == 0 {
            inks.ink
        } else {
            inks.soft
        };
        let (x, y) = (-150.0 + inset, -30.0 + inset);
        let (w, h) = (500.0 - 2.0 * inset, height + 60.0 - 2.0 * inset);
        if h < 24.0 {
            break;
        }
        let _ = write!(
            svg,
            "<rect x=\"{x:.0}\" y=\"{y:.0}\" width=\"{w:.0}\" height=\"{h:.0}\" rx=\"{:.0}\" stroke=\"{color}\"/>",
            h / 2.0
        );
    }
    let _ = write!(
        svg,
        "</g><circle cx=\"{:.0}\" cy=\"{:.0}\" r=\"26\" fill=\"{}\"/>",
        dice.between(290.0, 350.0),
        dice.between(70.0, 120.0),
        inks.accent
    );
}

fn eclipse(svg: &mut String, inks: &Inks, height: f32, dice: &mut Dice) {
    let (cx, cy) = (dice.between(150.0, 250.0), height * 0.52);
    let mut radius = height * 0.62;
    let turn = dice.below(360);
    for (ring, color) in
        [inks.soft, inks.accent, inks.ground, inks.ink, inks.soft, inks.accent].iter().enumerate()
    {
        let angle = turn + 47 * ring as u64;
        // Every other ring is half a disc, turned.
        if ring % 2 == 0 {
            let _ = write!(svg, "<circle cx=\"{cx:.0}\" cy=\"{cy:.0}\" r=\"{radius:.0}\" fill=\"{color}\"/>");
        } else {
            let _ = write!(
                svg,
                "<path d=\"M{:.0} {cy:.0}a{radius:.0} {radius:.0} 0 0 1 {:.0} 0z\" fill=\"{color}\" \
                 transform=\"rotate({angle} {cx:.0} {cy:.0})\"/>",
                cx - radius,
                2.0 * radius
            );
        }
        radius *= 0.74;
    }
}

fn confetti(svg: &mut String, inks: &Inks, height: f32, dice: &mut Dice) {
    // A loose grid keeps the pieces apart; each leans its own way.
    let columns = 5_u8;
    let lines = (height / 76.0).floor().max(1.0) as u8;
    for line in 0..lines {
        for column in 0..columns {
            let x = f32::from(column) * 84.0 + 32.0 + dice.between(-16.0, 16.0);
            let y = f32::from(line) * (height / f32::from(lines)) + 40.0 + dice.between(-14.0, 14.0);
            let s = dice.between(15.0, 31.0);
            let color = dice.pick(&[inks.accent, inks.soft, inks.ink, inks.soft], inks.soft);
            let shape = match dice.below(5) {
                0 => format!("<circle r=\"{s:.0}\"/>"),
                1 => format!("<path d=\"M-{s:.0} 0a{s:.0} {s:.0} 0 0 1 {:.0} 0z\"/>", 2.0 * s),
                2 => {
                    format!("<rect x=\"-{s:.0}\" y=\"-5\" width=\"{:.0}\" height=\"10\" rx=\"5\"/>", 2.0 * s)
                }
                3 => format!("<path d=\"M0-{s:.0}L{s:.0} {s:.0}H-{s:.0}z\"/>"),
                _ => format!("<circle r=\"{s:.0}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"7\"/>"),
            };
            let _ = write!(
                svg,
                "<g transform=\"translate({x:.0} {y:.0}) rotate({})\" fill=\"{color}\">{shape}</g>",
                dice.below(180)
            );
        }
    }
}
