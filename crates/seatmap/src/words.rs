//! What is read aloud and written: seats, sections and areas in a few words.

use crate::{marks, scene::Scene};
use domain::{
    plan::Attributes,
    seat::{AreaIx, SeatIx, SeatState},
};

/// `Stalls, row C, seat 12, €48, available`.
pub fn seat_text(scene: &Scene, seat: SeatIx) -> String {
    let mut text = place_text(scene, seat);
    if let Some(zone) = scene.zone(scene.zone_of(seat)) {
        push(&mut text, &zone.price_text());
    }
    for word in attribute_words(scene.attributes(seat)) {
        push(&mut text, word);
    }
    push(&mut text, state_word(scene.mark(seat)));
    text
}

/// `Stalls, row C, seat 12`.
pub fn place_text(scene: &Scene, seat: SeatIx) -> String {
    let plan = scene.plan();
    let Some(row) = plan.row_of(seat) else { return String::new() };
    let mut text = plan.section_of(seat).map(|section| section.name.clone()).unwrap_or_default();
    if !row.label.is_empty() {
        push(&mut text, if row.table { "table " } else { "row " });
        text.push_str(&row.label);
    }
    push(&mut text, "seat ");
    text.push_str(&plan.number_of(seat));
    text
}

/// `Stalls, €30–48, 112 free of 400`.
pub fn section_text(scene: &Scene, section: u16) -> String {
    let Some(summary) = scene.section_summary(section) else { return String::new() };
    let mut text = summary.name;
    if let (Some(from), Some(to)) = (summary.price_from, summary.price_to) {
        push(&mut text, &crate::zones::price_range_text(from, to));
    }
    push(&mut text, &free_text(summary.free));
    text.push_str(" of ");
    text.push_str(&thousands(summary.total));
    if !scene.filters().is_open() && summary.free > 0 {
        push(&mut text, &match_text(summary.matching));
    }
    text
}

/// `Floor, €39, 600 free`.
pub fn area_text(scene: &Scene, area: AreaIx) -> String {
    let Some(data) = scene.plan().area(area) else { return String::new() };
    let mut text = data.name.clone();
    if let Some(zone) = scene.zone(scene.zone_of_category(data.category)) {
        push(&mut text, &zone.price_text());
    }
    push(&mut text, &free_text(scene.area_left(area)));
    text
}

/// `112 free`, or `none free`.
pub fn free_text(free: u32) -> String {
    if free == 0 { "none free".to_owned() } else { thousands(free) + " free" }
}

/// `12 match`, or `no match`: free seats under a filter. Filtered out is another thing than taken.
pub fn match_text(matching: u32) -> String {
    if matching == 0 { "no match".to_owned() } else { thousands(matching) + " match" }
}

/// What is special about a seat, in words.
pub fn attribute_words(attributes: Attributes) -> impl Iterator<Item = &'static str> {
    const WORDS: [(Attributes, &str); 4] = [
        (Attributes::WHEELCHAIR, "wheelchair place"),
        (Attributes::COMPANION, "companion seat"),
        (Attributes::RESTRICTED_VIEW, "restricted view"),
        (Attributes::STEP_FREE, "step-free"),
    ];
    WORDS.into_iter().filter(move |(a, _)| attributes.contains(*a)).map(|(_, word)| word)
}

/// The state of a seat as the buyer sees it.
pub fn state_word(mark: u8) -> &'static str {
    if mark & marks::RELEASING != 0 {
        return "being released";
    }
    if mark & marks::MINE != 0 {
        return "yours";
    }
    if mark & marks::PENDING != 0 {
        return "being held for you";
    }
    match marks::state_of(mark) {
        SeatState::Available => "available",
        SeatState::Held => "held by someone else",
        SeatState::Sold => "sold",
        SeatState::Blocked => "not for sale",
    }
}

/// `69 850` with a thin gap, as the page beside the map writes it.
pub fn thousands(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

fn push(text: &mut String, word: &str) {
    if !text.is_empty() {
        text.push_str(", ");
    }
    text.push_str(word);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_seat_is_read_with_its_place_price_and_state() {
        let mut scene = testing::scene(testing::rows(3, 12));
        assert_eq!(seat_text(&scene, SeatIx(35)), "Stalls, row C, seat 12, €48, available");
        scene.apply(&[(SeatIx(3), SeatState::Sold)], None);
        assert_eq!(seat_text(&scene, SeatIx(3)), "Stalls, row A, seat 4, €48, wheelchair place, sold");
        scene.set_selection(&[SeatIx(0)], &[], &[]);
        assert_eq!(seat_text(&scene, SeatIx(0)), "Stalls, row A, seat 1, €48, yours");
        assert_eq!(section_text(&scene, 0), "Stalls, €48, 35 free of 36");
        assert_eq!(seat_text(&scene, SeatIx(99)), "not for sale");
    }

    #[test]
    fn large_numbers_are_grouped() {
        let cases = [(0, "0"), (999, "999"), (1000, "1 000"), (69_850, "69 850"), (1_234_567, "1 234 567")];
        for (number, text) in cases {
            assert_eq!(thousands(number).replace('\u{202f}', " "), text);
        }
    }
}
