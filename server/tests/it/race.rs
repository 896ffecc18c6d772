//! The race: 500 buyers for 50 seats and 30 places, and Redis emptied in the middle.

use crate::{
    buyer::{Held, ask, commit, fresh, order, pay_page},
    client::{Call, Client, Reply},
    house::{FLOOR, FLOOR_CAPACITY, FLOOR_TOTAL, ROWS, SEAT_TOTAL, SEATS_A_ROW, seat, seats},
    own_redis::OwnRedis,
    world::{Setup, Stage, World, eventually},
};
use domain::ids::EventId;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Semaphore, task::JoinSet};

const BUYERS: u64 = 500;
/// Who stands at the till at one moment.
const AT_ONCE: usize = 64;
/// Redis is emptied when so many tickets are sold.
const FLUSH_AT: usize = 15;
const TRIES: u32 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_buyers_and_a_lost_redis_sell_every_seat_at_most_once() {
    let redis = OwnRedis::start();
    let setup = Setup { redis_url: redis.url(), pay_window_s: 6, ..Setup::default() };
    let world = World::with(setup).await;
    race(&world, Tills::of(&[&world.http], world.event), || redis.flush()).await;
}

/// The servers of a sale. Each request goes to the next of them, as behind a load balancer.
pub struct Tills {
    servers: Vec<Client>,
    requests: AtomicUsize,
    event: EventId,
}

impl Tills {
    pub fn of(servers: &[&Client], event: EventId) -> Arc<Self> {
        let servers = servers.iter().copied().cloned().collect();
        Arc::new(Self { servers, requests: AtomicUsize::new(0), event })
    }

    fn http(&self) -> &Client {
        &self.servers[self.requests.fetch_add(1, Ordering::Relaxed) % self.servers.len()]
    }
}

/// Runs the race for the event of a stage, and counts.
pub async fn race(stage: &Stage, tills: Arc<Tills>, lose_redis: impl FnOnce()) {
    let before = epoch(&tills).await;
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let earlier = charged(stage).await;
    let mut buyers = JoinSet::new();
    for n in 0..BUYERS {
        let (tills, room) = (tills.clone(), room.clone());
        buyers.spawn(async move {
            let _turn = room.acquire_owned().await.unwrap();
            visit(&tills, n).await;
        });
    }
    eventually("the sale is under way", async || (stage.tickets().await.len() >= FLUSH_AT).then_some(()))
        .await;
    lose_redis();
    while let Some(done) = buyers.join_next().await {
        done.unwrap();
    }
    // Holds that were left alone run out, orders that were left alone lapse.
    stage.settle().await;
    eventually("the provider has told all", async || {
        (stage.ledger().await["webhooks_pending"] == 0).then_some(())
    })
    .await;
    stage.settle().await;
    assert!(epoch(&tills).await > before, "the map was rebuilt");
    let sold = count(stage, &earlier).await;
    assert!(sold >= FLUSH_AT + 10, "only {sold} tickets were sold");
}

async fn epoch(tills: &Tills) -> u64 {
    let path = format!("/api/v1/events/{}/seatmap?format=compact", tills.event);
    tills.http().get(&path).expect(200).await["epoch"].as_u64().unwrap()
}

/// What the provider took and gave back, order by order.
async fn charged(stage: &Stage) -> Map<String, Value> {
    stage.ledger().await["orders"].as_object().unwrap().clone()
}

/// Counts all over again in PostgreSQL and at the provider, without what others bought `earlier`; answers the tickets.
async fn count(stage: &Stage, earlier: &Map<String, Value>) -> usize {
    let tickets = stage.tickets().await;
    let on_seats: Vec<&String> =
        tickets.iter().map(|(_, place)| place).filter(|place| *place != FLOOR).collect();
    let distinct: BTreeSet<&String> = on_seats.iter().copied().collect();
    assert_eq!(distinct.len(), on_seats.len(), "a seat has two tickets");
    let on_floor = tickets.len() - on_seats.len();
    assert!(on_floor as u64 <= FLOOR_CAPACITY, "{on_floor} on the floor");
    // What the seats and places say is what the tickets say.
    let claims = stage.db.store.claims(stage.event).await.unwrap();
    assert_eq!(claims.sold.len(), on_seats.len());
    assert_eq!(claims.areas[0].claimed as usize, on_floor);
    assert!(claims.pending.is_empty());
    // Order by order, the money is the price of its tickets.
    let mut worth: BTreeMap<String, i64> = BTreeMap::new();
    for (order, place) in &tickets {
        *worth.entry(order.to_string()).or_default() += if place == FLOOR { FLOOR_TOTAL } else { SEAT_TOTAL };
    }
    for (order, account) in charged(stage).await.iter().filter(|(order, _)| !earlier.contains_key(*order)) {
        let kept = account["captured"].as_i64().unwrap() - account["refunded"].as_i64().unwrap();
        assert_eq!(kept, worth.remove(order).unwrap_or_default(), "order {order}: {account}");
    }
    assert!(worth.is_empty(), "tickets without money: {worth:?}");
    tickets.len()
}

/// One buyer from the door to the door.
async fn visit(tills: &Tills, n: u64) {
    let mut dice = StdRng::seed_from_u64(n);
    for _ in 0..TRIES {
        let Some(held) = try_hold(tills, &mut dice, n).await else { return };
        match n % 8 {
            // Half leave: some say so, some just go, some only once the payment page is open.
            0 | 4 => return give_back(tills, &held).await,
            2 => return,
            6 => {
                send(|| commit(tills.http(), &held, &order(&fresh(), None))).await;
                return;
            }
            1 => {
                if pay_on_the_page(tills, &held).await {
                    return;
                }
            }
            3 => {
                if pay_twice(tills, &held).await {
                    return;
                }
            }
            _ => {
                if n % 16 == 5 {
                    let declined = order(&fresh(), Some("pm_card_chargeDeclined"));
                    send(|| commit(tills.http(), &held, &declined)).await;
                }
                let request = order(&fresh(), Some("pm_card_visa"));
                if send(|| commit(tills.http(), &held, &request)).await.status == 200 {
                    return;
                }
            }
        }
    }
}

/// Sends until the server is not busy; nothing may break.
async fn send(call: impl Fn() -> Call) -> Reply {
    for _ in 0..100 {
        let reply = call().send().await;
        assert!(reply.status < 500, "{} {}", reply.status, reply.text());
        if reply.status != 429 {
            if reply.status >= 400 {
                reply.problem();
            }
            return reply;
        }
        assert!(!reply.header("retry-after").is_empty());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("busy for ever");
}

async fn try_hold(tills: &Tills, dice: &mut StdRng, n: u64) -> Option<Held> {
    for _ in 0..TRIES {
        let mut wish = choice(dice);
        if n % 8 == 2 {
            wish["ttl_seconds"] = 5.into();
        }
        let reply = send(|| ask(tills.http(), tills.event, &wish)).await;
        match reply.status {
            201 => return Some(Held::read(reply.json())),
            409 => {}
            other => panic!("{other}: {}", reply.text()),
        }
    }
    None
}

/// Singles, groups, the floor, both, and "choose for me".
fn choice(dice: &mut StdRng) -> Value {
    let row = ROWS[dice.random_range(0..ROWS.len())];
    let group = dice.random_range(2..=4);
    let start = dice.random_range(1..=SEATS_A_ROW + 1 - group);
    let floor = json!([{ "area_id": FLOOR, "quantity": dice.random_range(1..=3) }]);
    let mut wish = json!({ "client_reservation_id": fresh() });
    match dice.random_range(0..10) {
        0..=3 => wish["seat_ids"] = json!([seat(row, start)]),
        4..=6 => wish["seat_ids"] = json!(seats(row, start..=start + group - 1)),
        7 => wish["areas"] = floor,
        8 => {
            wish["seat_ids"] = json!([seat(row, start)]);
            wish["areas"] = floor;
        }
        _ => wish["best_available"] = json!({ "quantity": 2 }),
    }
    wish
}

async fn give_back(tills: &Tills, held: &Held) {
    let reply = send(|| tills.http().delete(&held.path("")).bearer(&held.token)).await;
    assert_eq!(reply.status, 204, "{}", reply.text());
}

/// The same request twice at once, as an impatient page sends it.
async fn pay_twice(tills: &Tills, held: &Held) -> bool {
    let request = order(&fresh(), Some("pm_card_visa"));
    let pay = || send(|| commit(tills.http(), held, &request));
    let (one, two) = tokio::join!(pay(), pay());
    if one.status == 200 && two.status == 200 {
        assert_eq!(one.json(), two.json());
    }
    one.status == 200 || two.status == 200
}

async fn pay_on_the_page(tills: &Tills, held: &Held) -> bool {
    let request = order(&fresh(), None);
    let reply = send(|| commit(tills.http(), held, &request)).await;
    if reply.status != 202 {
        return false;
    }
    let url = reply.json()["payment_url"].as_str().unwrap().to_owned();
    // 410: the deadline was faster. That is allowed, and takes nothing.
    pay_page(tills.http(), &url, "4242424242424242").send().await.status == 303
}
