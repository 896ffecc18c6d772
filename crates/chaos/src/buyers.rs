//! The load: buyers who hold, pay, change their minds, ask twice, and ask again when nobody answers.

use crate::{
    api::{Answer, Api},
    witness::{Held, Witness},
    world::ROWS,
};
use chrono::DateTime;
use http::Method;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep};

/// A buyer asks again so many times before giving up.
const TRIES: u32 = 12;
/// Shorter than the product's shortest life would be refused.
const LIVES_S: std::ops::Range<u64> = 5..8;

/// The sale as buyers see it.
pub struct Sale {
    pub api: Api,
    pub bases: Vec<String>,
    pub event: String,
    pub witness: Arc<Witness>,
}

impl Sale {
    fn url(&self, dice: &mut StdRng, path: &str) -> String {
        format!("{}/api/v1{path}", self.bases[dice.random_range(0..self.bases.len())])
    }
}

/// Keeps `at_once` buyers at the till until `end`, and waits for the last.
pub async fn shop(sale: Arc<Sale>, at_once: usize, seed: u64, end: Instant) {
    let mut tills = JoinSet::new();
    for till in 0..at_once as u64 {
        let sale = sale.clone();
        tills.spawn(async move {
            let mut dice = StdRng::seed_from_u64(seed.wrapping_mul(1_000_003) + till);
            while Instant::now() < end {
                visit(&sale, &mut dice).await;
            }
        });
    }
    while tills.join_next().await.is_some() {}
}

async fn visit(sale: &Sale, dice: &mut StdRng) {
    let Some((hold, token, seats)) = hold(sale, dice).await else {
        sleep(Duration::from_millis(dice.random_range(5..60))).await;
        return;
    };
    sleep(Duration::from_millis(dice.random_range(0..400))).await;
    match dice.random_range(0..100) {
        // Left alone: it expires.
        0..12 => {}
        12..24 => {
            sale.witness.ends(&hold);
            let url = sale.url(dice, &format!("/reservations/{hold}"));
            count(sale, sale.api.call(Method::DELETE, &url, Some(&token), None).await.as_ref());
        }
        24..30 => {
            let url = sale.url(dice, &format!("/reservations/{hold}/extend"));
            count(sale, sale.api.call(Method::POST, &url, Some(&token), None).await.as_ref());
        }
        30..75 => pay(sale, dice, &hold, &token, &seats, Some("pm_card_visa")).await,
        75..82 => pay(sale, dice, &hold, &token, &seats, Some("pm_card_chargeDeclined")).await,
        _ => pay(sale, dice, &hold, &token, &seats, None).await,
    }
}

/// Some neighbours, or places on the floor.
fn wish(dice: &mut StdRng, name: &str) -> Value {
    let ttl_seconds = dice.random_range(LIVES_S);
    if dice.random_bool(0.2) {
        let quantity = dice.random_range(1..4);
        return json!({
            "client_reservation_id": name, "ttl_seconds": ttl_seconds,
            "areas": [{ "area_id": "FLOOR", "quantity": quantity }],
        });
    }
    let (row, first, count) = (dice.random_range(0..5), dice.random_range(1..=10), dice.random_range(1..4));
    let seats: Vec<String> =
        (first..(first + count).min(11)).map(|number| format!("STALLS-{}-{number}", ROWS[row])).collect();
    json!({ "client_reservation_id": name, "seat_ids": seats, "ttl_seconds": ttl_seconds })
}

async fn hold(sale: &Sale, dice: &mut StdRng) -> Option<(String, String, Vec<String>)> {
    let name = format!("{:032x}", dice.random::<u128>());
    let wish = wish(dice, &name);
    for _ in 0..4 {
        let url = sale.url(dice, &format!("/events/{}/reservations", sale.event));
        let sent_us = sale.witness.now_us();
        let answer = sale.api.call(Method::POST, &url, None, Some(&wish)).await;
        count(sale, answer.as_ref());
        let Some(answer) = answer else { continue };
        if answer.status == 201 {
            return Some(note_hold(&sale.witness, &name, sent_us, &answer.body));
        }
        if answer.status < 500 && answer.status != 429 {
            return None;
        }
        sleep(Duration::from_millis(dice.random_range(20..200))).await;
    }
    None
}

/// Writes a hold down; answers its id, its token and its seats.
pub fn note_hold(witness: &Witness, name: &str, sent_us: u64, view: &Value) -> (String, String, Vec<String>) {
    let text = |name: &str| view[name].as_str().unwrap_or_default().to_owned();
    let seats: Vec<String> = view["seats"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|seat| seat["id"].as_str().map(str::to_owned))
        .collect();
    let time = |name: &str| DateTime::parse_from_rfc3339(view[name].as_str().unwrap_or_default()).ok();
    let life = time("expires_at")
        .zip(time("server_time"))
        .map_or(0, |(end, now)| (end - now).num_microseconds().unwrap_or_default());
    let held = Held {
        hold: text("hold_id"),
        seats: seats.clone(),
        sent_us,
        answered_us: witness.now_us(),
        alive_until_us: sent_us + u64::try_from(life).unwrap_or_default(),
    };
    let mut told = witness.told();
    told.holds_by_name.entry(name.to_owned()).or_default().push(held.hold.clone());
    told.holds.push(held);
    (text("hold_id"), text("hold_token"), seats)
}

/// Places the order and pays, by a card's token or on the provider's page. Asks again with the same key while nobody
/// answers, and sometimes twice at once.
async fn pay(sale: &Sale, dice: &mut StdRng, hold: &str, token: &str, seats: &[String], card: Option<&str>) {
    let key = format!("{:032x}", dice.random::<u128>());
    let mut order = json!({
        "idempotency_key": key, "buyer": { "name": "Chaos Buyer", "email": "buyer@example.com" },
    });
    if let Some(card) = card {
        order["payment_token"] = json!(card);
    }
    sale.witness.ends(hold);
    let twice = dice.random_bool(0.2);
    for _ in 0..TRIES {
        let urls = [0, 1].map(|_| sale.url(dice, &format!("/reservations/{hold}/commit")));
        let ask = |url: &str| {
            let (url, api, order, token) =
                (url.to_owned(), sale.api.clone(), order.clone(), token.to_owned());
            async move { api.call(Method::POST, &url, Some(&token), Some(&order)).await }
        };
        let (answer, other) =
            if twice { tokio::join!(ask(&urls[0]), ask(&urls[1])) } else { (ask(&urls[0]).await, None) };
        let mut done = false;
        for answer in [answer, other].into_iter().flatten() {
            done |= note_order(sale, dice, &key, seats, &answer).await;
        }
        if done {
            return;
        }
        sleep(Duration::from_millis(dice.random_range(50..600))).await;
    }
}

/// Writes an answer down; `true` when there is nothing more to ask for.
async fn note_order(sale: &Sale, dice: &mut StdRng, key: &str, seats: &[String], answer: &Answer) -> bool {
    count(sale, Some(answer));
    if let Some(order) = answer.body["order_id"].as_str() {
        let mut told = sale.witness.told();
        told.orders_by_key.entry(key.to_owned()).or_default().push(order.to_owned());
        if answer.status == 200 {
            told.paid.insert(order.to_owned(), seats.to_vec());
        }
    }
    match (answer.status, answer.body["payment_url"].as_str()) {
        (202, Some(page)) => {
            visit_page(sale, dice, page).await;
            true
        }
        (status, _) => status < 500 && !matches!(status, 202 | 409 | 429),
    }
}

/// On the provider's page some pay, some pay late, some are declined, some leave.
async fn visit_page(sale: &Sale, dice: &mut StdRng, page: &str) {
    let number = match dice.random_range(0..10) {
        0..6 => "4242424242424242",
        6 => "4000000000000002",
        7 => {
            // About when the order's time is over.
            sleep(Duration::from_millis(dice.random_range(3_000..5_500))).await;
            "4242424242424242"
        }
        _ => return,
    };
    let form = format!("number={number}&expiry=12%2F34&cvc=123&name=Chaos+Buyer");
    for _ in 0..3 {
        if sale.api.form(page, &form).await.is_some() {
            return;
        }
    }
}

fn count(sale: &Sale, answer: Option<&Answer>) {
    let mut told = sale.witness.told();
    match answer {
        Some(answer) => *told.answers.entry(answer.status).or_default() += 1,
        None => told.unanswered += 1,
    }
}
