//! What buyers were told against what is: their own log.

use crate::witness::{Held, Told, Witness};
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet};

pub(super) async fn check(witness: &Witness, db: &mut PgConnection) -> anyhow::Result<Vec<String>> {
    let (mut found, paid) = {
        let told = witness.told();
        (from_log(&told), told.paid.clone())
    };
    found.extend(paid_orders(&paid, db).await?);
    Ok(found)
}

fn from_log(told: &Told) -> Vec<String> {
    let mut found = overlaps(told);
    found.extend(more_than_one("INV-5 one request, several holds", &told.holds_by_name));
    found.extend(more_than_one("INV-5 one key, several orders", &told.orders_by_key));
    found
}

fn more_than_one(what: &str, answers: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let distinct = |list: &Vec<String>| list.iter().collect::<BTreeSet<_>>().len();
    let wrong = answers.iter().filter(|(_, list)| distinct(list) > 1);
    wrong.map(|(name, list)| format!("{what}: {name} {list:?}")).collect()
}

/// INV-2 and INV-3: a seat was given to somebody while another's hold of it was surely alive.
fn overlaps(told: &Told) -> Vec<String> {
    let mut by_seat: BTreeMap<&str, Vec<&Held>> = BTreeMap::new();
    for held in &told.holds {
        for seat in &held.seats {
            by_seat.entry(seat).or_default().push(held);
        }
    }
    let mut found = Vec::new();
    for (seat, holds) in by_seat {
        for first in &holds {
            let lost = told.losses_us.iter().copied().filter(|lost| *lost >= first.sent_us).min();
            let alive_until = lost.map_or(first.alive_until_us, |lost| lost.min(first.alive_until_us));
            for second in holds.iter().filter(|other| other.hold != first.hold) {
                if second.sent_us > first.answered_us && second.answered_us < alive_until {
                    found.push(format!(
                        "INV-2 seat {seat} was held by {} until {alive_until} µs, and given to {} at {} µs",
                        first.hold, second.hold, second.answered_us
                    ));
                }
            }
        }
    }
    found
}

/// INV-4: who was told "paid" has a ticket for every seat, or the money went back.
async fn paid_orders(
    paid: &BTreeMap<String, Vec<String>>,
    db: &mut PgConnection,
) -> anyhow::Result<Vec<String>> {
    let orders: Vec<String> = paid.keys().cloned().collect();
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT t.order_id::text, l.place_id FROM tickets t JOIN order_lines l ON l.id = t.order_line_id
         WHERE t.order_id::text = ANY($1)",
    )
    .bind(&orders)
    .fetch_all(db)
    .await?;
    let have: BTreeSet<(String, String)> = rows.into_iter().collect();
    let missing =
        paid.iter().flat_map(|(order, seats)| seats.iter().map(move |seat| (order.clone(), seat.clone())));
    let missing = missing.filter(|ticket| !have.contains(ticket));
    Ok(missing
        .map(|(order, seat)| format!("INV-4 order {order} was told paid, no ticket for {seat}"))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(hold: &str, sent_us: u64, answered_us: u64, alive_until_us: u64) -> Held {
        Held { hold: hold.into(), seats: vec!["A-1".into()], sent_us, answered_us, alive_until_us }
    }

    #[test]
    fn two_living_holds_of_a_seat_are_found_and_a_loss_explains_them() {
        let mut told =
            Told { holds: vec![held("a", 0, 10, 5_000), held("b", 11, 30, 5_020)], ..Told::default() };
        assert_eq!(overlaps(&told).len(), 1);
        told.losses_us.push(15);
        assert!(overlaps(&told).is_empty());
        let apart =
            Told { holds: vec![held("a", 0, 10, 500), held("b", 490, 510, 5_020)], ..Told::default() };
        assert!(overlaps(&apart).is_empty(), "the first may have ended in between");
    }

    #[test]
    fn one_name_with_two_answers_is_found() {
        let told = Told {
            holds_by_name: [("x".to_owned(), vec!["a".to_owned(), "b".to_owned()])].into(),
            orders_by_key: [("y".to_owned(), vec!["o".to_owned(), "o".to_owned()])].into(),
            ..Told::default()
        };
        assert_eq!(from_log(&told).len(), 1);
    }
}
