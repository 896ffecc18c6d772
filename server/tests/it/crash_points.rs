//! `kill -9` before and after every step of a purchase and of its undoing. The wire to PostgreSQL, or the provider, holds
//! the process at the step; the product knows nothing of it. One world for all points: each has a seat of its own.

use crate::{
    buyer::{Held, commit, fresh, hold, look, order, pay_page, wish},
    child::Child,
    client::Client,
    cut::{Cut, Stop},
    house::{ROWS, SEAT_TOTAL, SEATS_A_ROW, seat},
    world::{Setup, eventually},
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// Longer than a worker waits before it takes up what a dead process left.
const PATIENCE: Duration = Duration::from_secs(90);
const CARD: &str = "4242424242424242";

/// Where the process dies.
#[derive(Clone, Copy, Debug)]
enum Point {
    /// At the nth statement like this (0: the first).
    Table(Stop, u32),
    /// The provider has not acted on such a call.
    ProviderBefore(&'static str),
    /// The provider has, and its answer is lost.
    ProviderAfter(&'static str),
}

use Point::{ProviderAfter, ProviderBefore, Table};
use Stop::{After, Before};

/// The steps of a purchase on a hosted page, in their order.
const PURCHASE: &[Point] = &[
    Table(Before("INSERT INTO reservations"), 0),
    Table(After("INSERT INTO reservations"), 0),
    Table(Before("SET checkout = $3"), 0),
    Table(After("SET checkout = $3"), 0),
    Table(After("SET checkout = $3"), 1),
    Table(Before("INSERT INTO payments"), 0),
    Table(After("INSERT INTO payments"), 0),
    ProviderBefore("checkout/sessions"),
    ProviderAfter("checkout/sessions"),
    Table(Before("UPDATE payments p SET session_id"), 0),
    Table(After("UPDATE payments p SET session_id"), 0),
    Table(After("SET checkout = $3"), 2),
    Table(Before("INSERT INTO provider_facts"), 0),
    Table(After("INSERT INTO provider_facts"), 0),
    Table(After("SET checkout = $3"), 3),
    Table(Before("INSERT INTO tickets"), 0),
    Table(After("INSERT INTO tickets"), 0),
    Table(After("SET checkout = $3"), 4),
    Table(Before("SET applied_at"), 0),
];

/// The steps of giving an order up, in their order.
const UNDOING: &[Point] = &[
    Table(After("SET checkout = $3"), 0),
    ProviderBefore("expire"),
    ProviderAfter("expire"),
    Table(Before("UPDATE payments SET state = $2, failure"), 0),
    Table(After("UPDATE payments SET state = $2, failure"), 0),
    Table(Before("UPDATE orders SET status = $2, decided_at"), 0),
    Table(After("UPDATE orders SET status = $2, decided_at"), 0),
];

/// A server on a wire that can be stopped.
struct Scene {
    child: Child,
    cut: Cut,
}

impl Scene {
    async fn new() -> Self {
        let mut child = Child::start(Setup::default()).await;
        child.kill();
        let direct = child.stage.config.database_url.clone().unwrap();
        let cut = Cut::to(&direct).await;
        child.stage.config.database_url = Some(cut.url(&direct));
        child.start_again().await;
        Self { child, cut }
    }

    async fn faults(&self, faults: &Value) {
        self.child.stage.sandbox.post("/_sandbox/faults", faults).expect(204).await;
    }

    async fn arm(&self, point: Point) {
        match point {
            Table(stop, skip) => self.cut.arm(stop, skip),
            ProviderBefore(path) => self.faults(&json!({ "hold_before": path })).await,
            ProviderAfter(path) => self.faults(&json!({ "hold_after": path })).await,
        }
    }

    /// Waits until the process stands at the point, kills it there, and starts another.
    async fn dies(&mut self, point: Point) {
        eventually(&format!("the process stands at {point:?}"), async || {
            let held = match point {
                Table(..) => self.cut.is_hit(),
                ProviderBefore(_) | ProviderAfter(_) => {
                    let faults = self.child.stage.sandbox.get("/_sandbox/faults").expect(200).await;
                    faults["held"].as_u64().unwrap() > 0
                }
            };
            held.then_some(())
        })
        .await;
        self.child.kill();
        self.cut.mend();
        self.faults(&json!({})).await;
        self.child.start_again().await;
    }
}

fn place(n: usize) -> String {
    let row = n / SEATS_A_ROW as usize;
    seat(ROWS[row], u32::try_from(n % SEATS_A_ROW as usize).unwrap() + 1)
}

/// Places and pays, as far as the server lives.
async fn purchase(http: Client, held: Held, request: Value) {
    let Some(reply) = commit(&http, &held, &request).try_send().await else { return };
    if reply.status == 202
        && let Some(url) = reply.json()["payment_url"].as_str()
        && url.contains("/pay/")
    {
        pay_page(&http, url, CARD).try_send().await;
    }
}

async fn becomes(http: &Client, held: &Held, request: &Value, status: &str, point: &str) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        // The buyer asks again, as a patient one does; whoever has paid gets the answer of the first time.
        let reply = commit(http, held, request).try_send().await;
        if let Some(reply) = reply.filter(|reply| matches!(reply.status, 200 | 202)) {
            let answer = reply.json();
            if let Some(url) = answer["payment_url"].as_str().filter(|url| url.contains("/pay/")) {
                pay_page(http, url, CARD).try_send().await;
            }
            let order = look(http, answer["order_id"].as_str().unwrap(), &held.token).send().await;
            if order.status == 200 && order.json()["status"] == status {
                return answer;
            }
        }
        assert!(Instant::now() < deadline, "never {status}: {point}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_and_after_every_step_of_a_purchase_each_buyer_has_paid_once_and_has_the_ticket() {
    let mut scene = Scene::new().await;
    let event = scene.child.stage.event;
    let mut buyers = Vec::new();
    for (n, &point) in PURCHASE.iter().enumerate() {
        let held = hold(&scene.child.http, event, &wish(&[place(n)])).await;
        let request = order(&fresh(), None);
        scene.arm(point).await;
        let buying = tokio::spawn(purchase(scene.child.http.clone(), held.clone(), request.clone()));
        scene.dies(point).await;
        buying.await.unwrap();
        buyers.push((held, request, point));
    }
    for (held, request, point) in &buyers {
        let answer = becomes(&scene.child.http, held, request, "completed", &format!("{point:?}")).await;
        let address = answer["order_url"].as_str().unwrap();
        let page = scene.child.http.get(address).send().await.text();
        assert!(page.contains("Your tickets are here"), "{point:?}: {page}");
    }
    scene.child.stage.settle().await;
    let (tickets, money) = (scene.child.stage.tickets().await, scene.child.stage.money().await);
    assert_eq!(tickets.len(), PURCHASE.len());
    assert_eq!(money, SEAT_TOTAL * i64::try_from(PURCHASE.len()).unwrap());
    assert_eq!(scene.child.stage.payments().await, PURCHASE.len() as u64, "nobody was charged twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_and_after_every_step_of_giving_up_the_page_is_closed_and_the_seat_is_free() {
    let mut scene = Scene::new().await;
    let event = scene.child.stage.event;
    let mut left = Vec::new();
    for (n, &point) in UNDOING.iter().enumerate() {
        let held = hold(&scene.child.http, event, &wish(&[place(n)])).await;
        let awaiting = commit(&scene.child.http, &held, &order(&fresh(), None)).expect(202).await;
        scene.arm(point).await;
        let call = scene.child.http.delete(&held.path("")).bearer(&held.token);
        let leaving = tokio::spawn(call.try_send());
        scene.dies(point).await;
        leaving.await.unwrap();
        left.push((held, awaiting, point));
    }
    for (held, awaiting, point) in &left {
        let id = awaiting["order_id"].as_str().unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let order = look(&scene.child.http, id, &held.token).expect(200).await;
            if order["status"] == "cancelled" {
                break;
            }
            assert!(Instant::now() < deadline, "never cancelled: {point:?}: {order}");
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        // Every undo once more: it changes nothing.
        scene.child.http.delete(&held.path("")).bearer(&held.token).send().await;
        let url = awaiting["payment_url"].as_str().unwrap();
        let late = pay_page(&scene.child.http, url, CARD).send().await;
        assert_eq!(late.status, 410, "{point:?}: the page takes nothing any more");
        let page = scene.child.http.get(awaiting["order_url"].as_str().unwrap()).send().await.text();
        assert!(page.contains("No money was taken"), "{point:?}: {page}");
    }
    scene.child.stage.settle().await;
    for n in 0..UNDOING.len() {
        hold(&scene.child.http, event, &wish(&[place(n)])).await;
    }
    assert_eq!((scene.child.stage.money().await, scene.child.stage.tickets().await.len()), (0, 0));
}
