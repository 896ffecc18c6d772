//! What is written on sections and areas, and how large: as much as fits their shape, alike within a level.
//!
//! A layout holds for one zoom and one set of figures; a drag changes neither, so it costs nothing.

use crate::{
    scene::Scene,
    space::{Point, polygon_contains},
    words,
    zones::{ZoneInfo, price_range_text},
};
use domain::seat::AreaIx;
use std::rc::Rc;

/// Writing on a section or area: its lines, as many as fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Badge {
    /// Height of the name's letters in pixels; the other lines are a little smaller, see [`FIGURES`].
    pub size: f32,
    /// The name, its last word where only that fits, or nothing where only the figures do.
    pub name: String,
    /// Price range.
    pub price: Option<String>,
    /// `112 free`.
    pub free: Option<String>,
}

/// Height of the figures' letters against the name's.
pub const FIGURES: f32 = 0.84;
/// From line to line against the name's letters.
pub const LINE: f32 = 1.22;
/// Middle of a letter's width as a part of its height: good enough to decide what fits.
const LETTER: f32 = 0.57;

/// One way to write: which name, height of letters, lines with the name's.
#[derive(Clone, Copy)]
struct Layout {
    name: Name,
    size: f32,
    lines: u8,
}

#[derive(Clone, Copy, PartialEq)]
enum Name {
    Whole,
    LastWord,
    /// Figures alone.
    Left,
}

/// From most to least.
const LAYOUTS: [Layout; 12] = [
    Layout { name: Name::Whole, size: 15.0, lines: 3 },
    Layout { name: Name::Whole, size: 13.0, lines: 3 },
    Layout { name: Name::Whole, size: 11.5, lines: 3 },
    Layout { name: Name::LastWord, size: 13.0, lines: 3 },
    Layout { name: Name::LastWord, size: 11.5, lines: 3 },
    Layout { name: Name::Whole, size: 11.5, lines: 2 },
    Layout { name: Name::LastWord, size: 12.0, lines: 2 },
    Layout { name: Name::Whole, size: 11.5, lines: 1 },
    Layout { name: Name::LastWord, size: 12.0, lines: 1 },
    Layout { name: Name::LastWord, size: 10.0, lines: 1 },
    Layout { name: Name::Left, size: 12.0, lines: 3 },
    Layout { name: Name::Left, size: 12.0, lines: 2 },
];
/// For areas with much room.
const LARGE: Layout = Layout { name: Name::Whole, size: 20.0, lines: 3 };
/// A level takes the first layout that so many hundredths of its sections can take.
const MAJORITY: usize = 70;

/// The lines of a section before any is left out.
struct Texts {
    name: String,
    short: String,
    price: Option<String>,
    free: String,
}

/// The badges of all sections and areas at one zoom.
#[derive(Clone, Debug, Default)]
pub struct Badges {
    made_for: Option<(f32, u32)>,
    /// By section; `None` where nothing fits.
    pub sections: Vec<Option<Rc<Badge>>>,
    /// By area.
    pub areas: Vec<Option<Rc<Badge>>>,
}

impl Badges {
    /// Lays out anew if zoom or figures have changed.
    pub fn update(&mut self, scene: &Scene, scale: f32, with_sections: bool) {
        let key = Some((if with_sections { scale } else { -scale }, scene.figures_revision()));
        if key == self.made_for {
            return;
        }
        self.made_for = key;
        self.sections = if with_sections { sections(scene, scale) } else { Vec::new() };
        self.areas = areas(scene, scale);
    }
}

fn sections(scene: &Scene, scale: f32) -> Vec<Option<Rc<Badge>>> {
    let plan = scene.plan();
    let texts: Vec<Texts> =
        (0..u16::MAX).zip(&plan.sections).map(|(ix, _)| section_texts(scene, ix)).collect();
    let mut badges = vec![None; texts.len()];
    for level in 0..plan.levels.len().max(1) {
        let of_level = || {
            let all = plan.sections.iter().zip(&texts).enumerate();
            all.filter(move |(_, (section, _))| usize::from(section.level) == level)
        };
        let count = of_level().count();
        let start = LAYOUTS.iter().position(|layout| {
            let fitting = of_level().filter(|(_, (s, t))| layout.fits(t, &s.outline, s.label, scale));
            fitting.count() * 100 >= count * MAJORITY
        });
        for (at, (section, texts)) in of_level() {
            badges[at] = badge(texts, &section.outline, section.label, scale, start.unwrap_or(0));
        }
    }
    badges
}

fn areas(scene: &Scene, scale: f32) -> Vec<Option<Rc<Badge>>> {
    let badges = (0..u16::MAX).map(AreaIx).zip(&scene.plan().areas).map(|(ix, area)| {
        let price = scene.zone(scene.zone_of_category(area.category)).map(ZoneInfo::price_text);
        let texts = Texts::new(area.name.clone(), price, words::free_text(scene.area_left(ix)));
        let outline = area.shape.polygon();
        // Twice the room that the large letters need.
        if LARGE.fits(&texts, &outline, area.label, scale / 2.0) {
            return Some(LARGE.badge(&texts));
        }
        badge(&texts, &outline, area.label, scale, 0)
    });
    badges.collect()
}

fn badge(texts: &Texts, outline: &[Point], label: Point, scale: f32, start: usize) -> Option<Rc<Badge>> {
    // The level settles name and letters; a larger section of it may say more than its neighbours.
    let alike = LAYOUTS.get(start)?;
    let fuller = [3, 2].map(|lines| Layout { lines, ..*alike });
    let mut layouts = fuller.iter().filter(|fuller| fuller.lines > alike.lines).chain(&LAYOUTS[start..]);
    let found = *layouts.find(|layout| layout.fits(texts, outline, label, scale))?;
    // Without a number to call it by, figures tell more than a bare name that fits by chance.
    let figures = || LAYOUTS.iter().find(|l| l.name == Name::Left && l.fits(texts, outline, label, scale));
    let bare = found.lines == 1 && texts.short == texts.name;
    Some(figures().filter(|_| bare).unwrap_or(&found).badge(texts))
}

impl Layout {
    fn name(self, texts: &Texts) -> &str {
        match self.name {
            Name::Whole => &texts.name,
            Name::LastWord => &texts.short,
            Name::Left => "",
        }
    }

    fn badge(self, texts: &Texts) -> Rc<Badge> {
        Rc::new(Badge {
            size: self.size,
            name: self.name(texts).to_owned(),
            price: texts.price.clone().filter(|_| self.lines > 2),
            free: (self.lines > 1).then(|| texts.free.clone()),
        })
    }
}

fn section_texts(scene: &Scene, ix: u16) -> Texts {
    let summary = scene.section_summary(ix);
    let name = summary.as_ref().map(|s| s.name.clone()).unwrap_or_default();
    let prices = summary.as_ref().and_then(|s| Some((s.price_from?, s.price_to?)));
    let price = prices.map(|(from, to)| price_range_text(from, to));
    let (free, matching) = summary.map_or((0, 0), |s| (s.free, s.matching));
    let filtered = !scene.filters().is_open() && free > 0;
    Texts::new(name, price, if filtered { words::match_text(matching) } else { words::free_text(free) })
}

impl Texts {
    /// The last word stands for the name where it is a number or letter (`Block 112`).
    fn new(name: String, price: Option<String>, free: String) -> Self {
        let last = name.rsplit(' ').next().unwrap_or_default();
        let telling = last.len() <= 2 || last.starts_with(|c: char| c.is_ascii_digit());
        let short = if telling { last.to_owned() } else { name.clone() };
        Self { name, short, price, free }
    }
}

impl Layout {
    /// Whether the block of lines around the label lies inside the outline.
    fn fits(self, texts: &Texts, outline: &[Point], label: Point, scale: f32) -> bool {
        let mut width = letters(self.name(texts)) * self.size * 1.06;
        if self.lines > 1 {
            width = width.max(letters(&texts.free) * self.size * FIGURES * 0.94);
        }
        if self.lines > 2 {
            width = width.max(texts.price.as_deref().map_or(0.0, letters) * self.size * FIGURES * 0.94);
        }
        let lines = f32::from(self.lines - u8::from(self.name == Name::Left));
        let (x, y) = ((width + 2.0) / 2.0 / scale, lines * self.size * LINE / 2.0 / scale);
        let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, 0.0), (1.0, 0.0)];
        corners.iter().all(|(a, b)| polygon_contains(outline, Point::new(label.x + a * x, label.y + b * y)))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few letters")]
fn letters(text: &str) -> f32 {
    text.chars().count() as f32 * LETTER
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(width: f32, height: f32) -> Option<(String, Option<String>, Option<String>)> {
        let outline = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
        let outline = outline.map(|(x, y)| Point::new(x * width / 2.0, y * height / 2.0));
        let texts = Texts::new("Lower tier 112".into(), Some("€38–52".into()), "400 free".into());
        let badge = badge(&texts, &outline, Point::default(), 1.0, 0)?;
        Some((badge.name.clone(), badge.price.clone(), badge.free.clone()))
    }

    #[test]
    fn a_smaller_section_says_less() {
        let line = |name: &str, price: Option<&str>, free: Option<&str>| {
            Some((name.to_owned(), price.map(str::to_owned), free.map(str::to_owned)))
        };
        let cases = [
            ((200.0, 80.0), line("Lower tier 112", Some("€38–52"), Some("400 free"))),
            ((70.0, 60.0), line("112", Some("€38–52"), Some("400 free"))),
            ((70.0, 34.0), line("112", None, Some("400 free"))),
            ((30.0, 20.0), line("112", None, None)),
            ((10.0, 20.0), None),
        ];
        for ((width, height), expected) in cases {
            assert_eq!(at(width, height), expected, "{width} × {height}");
        }
    }

    #[test]
    fn only_a_number_or_letter_stands_for_a_name() {
        let short = |name: &str| Texts::new(name.into(), None, String::new()).short;
        assert_eq!((short("Block 12").as_str(), short("Box C").as_str()), ("12", "C"));
        assert_eq!(short("Stalls left"), "Stalls left");
    }
}
