//! Every state of `docs/errors.md` is reached, says of the money what stands there, and leads on.

use crate::{
    buyer::{buy, commit, fresh, hold, order, pay_page, standing, wish},
    client::Reply,
    hosted::becomes,
    house::{self, seat, seats},
    own_redis::OwnRedis,
    refunds::{late_money, lost},
    visitor::{Seen, Visitor, words},
    world::{Setup, World, eventually},
};
use axum::http::Method;
use chrono::TimeDelta;
use domain::ids::{EventId, SeatId};
use serde_json::{Value, json};
use services::clock;
use std::{cell::RefCell, collections::BTreeMap};
use store_pg::catalogue::EventStatus;

const GUIDE: &str = include_str!("../../../docs/errors.md");
const SECTIONS: [&str; 7] =
    ["The event", "Choosing", "Checkout", "The payment page", "The order", "Tickets", "Any request"];

/// A row of the guide.
struct Row {
    money: String,
    next: String,
    picture: String,
}

/// The rows of a section, and which of them were seen.
struct Guide {
    rows: BTreeMap<String, Row>,
    seen: RefCell<Vec<String>>,
}

impl Guide {
    fn of(section: &str) -> Self {
        let text = GUIDE.split("\n## ").find_map(|part| part.strip_prefix(section)).unwrap();
        let rows = text.lines().filter(|line| line.starts_with("| `")).map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [id, _, money, next, picture] = cells[..] else { panic!("five cells: {line}") };
            let row =
                Row { money: money.into(), next: next.into(), picture: picture.trim_matches('`').into() };
            (id.trim_matches('`').to_owned(), row)
        });
        Self { rows: rows.collect(), seen: RefCell::default() }
    }

    /// Whether a page says by now what its row wants.
    fn says(&self, id: &str, reply: &Reply) -> bool {
        words(&reply.text()).contains(&self.rows[id].money)
    }

    /// Checks the page of a state.
    async fn check(&self, id: &str, visitor: &Visitor, seen: Seen) {
        let row = self.rows.get(id).unwrap_or_else(|| panic!("{id} has no row"));
        let html = seen.reply.text();
        let text = words(&html);
        assert!(text.contains(&row.money), "{id} says nothing of the money ({}): {text}", row.money);
        assert_eq!(html.matches("<h1").count(), 1, "{id} has one headline: {text}");
        let title = html.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).unwrap().0;
        assert!(title.len() > " · Parterre".len() && title.contains('·'), "{id}: {title}");
        assert!(html.contains("rel=\"stylesheet\""), "{id} is dressed like the others");
        if let Err(why) = visitor.leads_on(&seen, &row.next).await {
            panic!("{id} leads nowhere: {why}: {text}");
        }
        self.seen.borrow_mut().push(id.to_owned());
    }

    /// Every row was seen.
    fn done(self) {
        let seen = self.seen.into_inner();
        let missing: Vec<_> = self.rows.keys().filter(|id| !seen.contains(id)).collect();
        assert!(missing.is_empty(), "never reached: {missing:?}");
    }
}

#[test]
fn every_row_of_the_guide_has_a_sentence_about_the_money_a_next_step_and_its_picture() {
    let found: Vec<_> = GUIDE.split("\n## ").skip(1).map(|part| part.lines().next().unwrap()).collect();
    assert_eq!(found, SECTIONS, "each section has its test");
    let pictures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screens");
    for section in SECTIONS {
        for (id, row) in Guide::of(section).rows {
            let money = row.money.to_lowercase();
            let said = ["money", "paid", "pay", "charged", "taken", "refund", "bought", "card"];
            assert!(said.iter().any(|word| money.contains(word)), "{id}: {money}");
            assert!(!row.next.is_empty(), "{id}");
            for look in ["phone-light", "desktop-light"] {
                let picture = pictures.join(format!("error-{}-{look}.png", row.picture));
                assert!(row.picture.is_empty() || picture.exists(), "{id}: {}", picture.display());
            }
        }
    }
}

/// The position of a seat.
async fn ix(world: &World, row: &str, number: u32) -> String {
    let sale = world.services.sale_of(world.event).await.unwrap();
    sale.house.plan.seat_ix(&SeatId(seat(row, number))).unwrap().0.to_string()
}

/// Holds seats by the list's form, as a browser does.
async fn pick(visitor: &Visitor, slug: &str, event: EventId, seats: &[String]) -> Seen {
    let event = event.to_string();
    let mut fields = vec![("event", event.as_str())];
    fields.extend(seats.iter().map(|seat| ("seats[]", seat.as_str())));
    visitor.send(&format!("/events/{slug}/seats?section=0"), "/do/hold_seats", &fields).await
}

/// Sends the form of the checkout; where it leads.
async fn place(visitor: &Visitor, slug: &str, event: EventId, was: &str) -> String {
    let (event, attempt) = (event.to_string(), fresh());
    let fields = [
        ("event", event.as_str()),
        ("attempt", &attempt),
        ("name", "Test Buyer"),
        ("email", "buyer@example.com"),
        ("was", was),
    ];
    let reply = visitor.post(&format!("/events/{slug}/checkout"), "/do/place_order", &fields).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    reply.header("location").to_owned()
}

async fn faults(world: &World, faults: Value) {
    world.sandbox.post("/_sandbox/faults", &faults).expect(204).await;
}

/// All that is to be had of an event, held or bought.
async fn take_all(world: &World, event: EventId, pay: bool) {
    let rows = house::ROWS.map(|row| wish(&seats(row, 1..=house::SEATS_A_ROW)));
    for wanted in rows.into_iter().chain((0..3).map(|_| standing(10))) {
        let held = hold(&world.http, event, &wanted).await;
        if pay {
            buy(&world.http, &held).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_event() {
    let (world, guide) = (World::new().await, Guide::of("The event"));
    let visitor = Visitor::of(&world);
    let now = clock::now();
    for (id, path) in [("no-such-page", "/nothing-here"), ("no-such-event", "/events/none/seats")] {
        let seen = visitor.open(path).await;
        assert_eq!(seen.reply.status, 404, "{path}");
        guide.check(id, &visitor, seen).await;
    }
    for path in ["/events/none", "/events/none/checkout"] {
        assert_eq!(visitor.open(path).await.reply.status, 404, "{path}");
    }
    world.add("later", |event| event.on_sale_at = now + TimeDelta::days(1)).await;
    world.add("pausing", |event| event.status = EventStatus::Paused).await;
    world.add("gone", |event| event.status = EventStatus::Cancelled).await;
    world.add("over", |event| event.off_sale_at = now - TimeDelta::hours(1)).await;
    let halted = world.add("halted", |_| ()).await;
    let why = "Our books did not agree. Tickets that were bought stay valid.";
    assert!(world.db.store.freeze_event(halted, why, &house::cause()).await.unwrap());
    let full = world.add("full", |_| ()).await;
    take_all(&world, full, true).await;
    take_all(&world, world.event, false).await;
    for (id, path) in [
        ("not-on-sale-yet", "/events/later"),
        ("paused", "/events/pausing"),
        ("halted", "/events/halted"),
        ("halted-seats", "/events/halted/seats"),
        ("cancelled", "/events/gone"),
        ("cancelled", "/events/gone/seats"),
        ("ended", "/events/over"),
        ("ended", "/events/over/seats"),
        ("sold-out", "/events/full"),
        ("all-held", "/events/hamlet"),
    ] {
        // Counts may be some seconds old.
        let seen = eventually(id, async || {
            let seen = visitor.open(path).await;
            guide.says(id, &seen.reply).then_some(seen)
        })
        .await;
        guide.check(id, &visitor, seen).await;
    }
    guide.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_choosing() {
    let (world, guide) = (World::new().await, Guide::of("Choosing"));
    let visitor = Visitor::of(&world);
    let event = world.event.to_string();
    hold(&world.http, world.event, &wish(&[seat("A", 5)])).await;
    let taken = pick(&visitor, "hamlet", world.event, &[ix(&world, "A", 5).await]).await;
    guide.check("seat-taken", &visitor, taken).await;
    let visitor = Visitor::of(&world);
    let mut many = Vec::new();
    for number in 1..=10 {
        many.push(ix(&world, "B", number).await);
    }
    many.push(ix(&world, "C", 1).await);
    let refused = pick(&visitor, "hamlet", world.event, &many).await;
    guide.check("too-many-seats", &visitor, refused).await;
    let empty = pick(&visitor, "hamlet", world.event, &[]).await;
    guide.check("nothing-chosen", &visitor, empty).await;
    let page = "/events/hamlet/seats?section=0";
    let wanted = [("event", event.as_str()), ("quantity", "2"), ("accessible", "on")];
    let none = visitor.send(page, "/do/choose_for_me", &wanted).await;
    guide.check("no-block", &visitor, none).await;
    for _ in 0..3 {
        hold(&world.http, world.event, &standing(10)).await;
    }
    let visitor = Visitor::of(&world);
    let full = visitor.send(page, "/do/hold_seats", &[("event", &event), ("areas[FLOOR]", "1")]).await;
    guide.check("area-full", &visitor, full).await;
    let closing = world.add("closing", |event| event.status = EventStatus::Paused).await;
    let closed = pick(&visitor, "closing", closing, &[ix(&world, "A", 1).await]).await;
    guide.check("sale-closed", &visitor, closed).await;
    let visitor = Visitor::of(&world);
    pick(&visitor, "hamlet", world.event, &[ix(&world, "D", 1).await]).await;
    place(&visitor, "hamlet", world.event, "").await;
    let paying = pick(&visitor, "hamlet", world.event, &[ix(&world, "D", 2).await]).await;
    guide.check("in-checkout", &visitor, paying).await;
    let visitor = Visitor::of(&world);
    pick(&visitor, "hamlet", world.event, &[ix(&world, "E", 1).await]).await;
    let renew =
        async || visitor.send("/events/hamlet/checkout", "/do/extend_hold", &[("event", &event)]).await;
    for _ in 0..2 {
        assert!(!guide.says("no-more-time", &renew().await.reply));
    }
    guide.check("no-more-time", &visitor, renew().await).await;
    guide.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_checkout() {
    let (world, guide) = (World::new().await, Guide::of("Checkout"));
    let visitor = Visitor::of(&world);
    let first = ix(&world, "A", 1).await;
    let checkout = "/events/hamlet/checkout";
    guide.check("nothing-held", &visitor, visitor.open(checkout).await).await;
    guide.check("time-over", &visitor, visitor.open(&format!("{checkout}?was={first}")).await).await;
    // Its next step took the seat again; now a field is wrong.
    let event = world.event.to_string();
    let wrong = [("event", event.as_str()), ("attempt", "a"), ("name", "Ann Test"), ("email", "nowhere")];
    let wrong = visitor.send(checkout, "/do/place_order", &wrong).await;
    let html = wrong.reply.text();
    assert!(
        html.contains("value=\"nowhere\"") && html.contains("value=\"Ann Test\""),
        "what was typed is there"
    );
    guide.check("form-wrong", &visitor, wrong).await;
    ordered(&world, &guide).await;
    let strict = world.add("strict", |event| event.rules.no_single_seat = true).await;
    let visitor = Visitor::of(&world);
    pick(&visitor, "strict", strict, &[ix(&world, "A", 2).await]).await;
    let refused = place(&visitor, "strict", strict, "").await;
    guide.check("seat-left-alone", &visitor, visitor.open(&refused).await).await;
    let pausing = world.add("pausing", |_| ()).await;
    let visitor = Visitor::of(&world);
    pick(&visitor, "pausing", pausing, std::slice::from_ref(&first)).await;
    let paused = EventStatus::Paused;
    world.db.store.set_event_status(pausing, paused, &house::cause()).await.unwrap();
    let seen = eventually("the checkout is closed", async || {
        let seen = visitor.open("/events/pausing/checkout").await;
        guide.says("closed-in-checkout", &seen.reply).then_some(seen)
    })
    .await;
    assert!(!seen.reply.text().contains("/do/place_order"), "nothing to send");
    guide.check("closed-in-checkout", &visitor, seen).await;
    guide.done();
}

/// Back to checkout while an order is open, after it was paid, after it was given up: never a false word of money.
async fn ordered(world: &World, guide: &Guide) {
    let checkout = "/events/hamlet/checkout";
    for (id, row) in [("paid-already", "C"), ("given-up-already", "D")] {
        let visitor = Visitor::of(world);
        let first = ix(world, row, 1).await;
        pick(&visitor, "hamlet", world.event, std::slice::from_ref(&first)).await;
        let payment = place(&visitor, "hamlet", world.event, &first).await;
        let open = visitor.open(checkout).await;
        let to_order = words(&open.reply.text());
        assert!(to_order.contains("You have ordered these seats already"), "{to_order}");
        guide.check("ordered-already", &visitor, open).await;
        if id == "paid-already" {
            pay_page(&world.http, &payment, "4242424242424242").send().await;
        } else {
            let event = world.event.to_string();
            visitor.post("/events/hamlet/seats", "/do/release_hold", &[("event", &event)]).await;
        }
        let seen = eventually(id, async || {
            let seen = visitor.open(&format!("{checkout}?was={first}")).await;
            guide.says(id, &seen.reply).then_some(seen)
        })
        .await;
        let free = words(&seen.reply.text()).contains("no money was taken");
        assert_eq!(free, id != "paid-already", "{id}");
        guide.check(id, &visitor, seen).await;
        // Other seats of the same event are another matter.
        let other = visitor.open(&format!("{checkout}?was={}", ix(world, "E", 9).await)).await;
        assert!(words(&other.reply.text()).contains("Your time for these seats is over"));
    }
}

/// An order that awaits its payment: its page, its payment page, its id, its hold's token.
async fn awaiting(world: &World, row: &str) -> (String, String, String, String) {
    let held = hold(&world.http, world.event, &wish(&seats(row, 1..=2))).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    let text = |name: &str| awaiting[name].as_str().unwrap().to_owned();
    (text("order_url"), text("payment_url"), text("order_id"), held.token)
}

/// A path of our own site.
fn path<'a>(world: &World, url: &'a str) -> &'a str {
    url.strip_prefix(&world.http.base).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_payment_page() {
    let (world, guide) = (World::new().await, Guide::of("The payment page"));
    let visitor = Visitor::of(&world);
    let (_, url, _, _) = awaiting(&world, "A").await;
    let card = |number: &'static str| {
        [("number", number), ("expiry", "12/34"), ("cvc", "123"), ("name", "Test Buyer")]
    };
    let form = async |fields: &[(&str, &str)]| visitor.send("", &url, fields).await;
    let declined = form(&card("4000000000000002")).await;
    assert_eq!(declined.reply.status, 402);
    guide.check("card-declined", &visitor, declined).await;
    let unreadable = form(&card("1234")).await;
    assert_eq!(unreadable.reply.status, 422);
    guide.check("card-unreadable", &visitor, unreadable).await;
    let asked = form(&card("4000002500003155")).await;
    let unsure = visitor.send("", &asked.path, &[("outcome", "fail")]).await;
    guide.check("bank-not-sure", &visitor, unsure).await;
    form(&card("4242424242424242")).await;
    guide.check("page-paid", &visitor, visitor.open(&url).await).await;
    let held = hold(&world.http, world.event, &wish(&seats("B", 1..=2))).await;
    let given_up = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    world.http.delete(&held.path("")).bearer(&held.token).expect(204).await;
    let closed = visitor.open(given_up["payment_url"].as_str().unwrap()).await;
    assert_eq!(closed.reply.status, 410);
    guide.check("page-closed", &visitor, closed).await;
    let none = visitor.open(&format!("{}/pay/none", world.sandbox.base)).await;
    guide.check("no-such-payment", &visitor, none).await;
    guide.done();
}

/// Opens an order's page until it says what it should, then checks it.
async fn becomes_told(guide: &Guide, visitor: &Visitor, id: &str, address: &str) {
    let seen = eventually(id, async || {
        let seen = visitor.open(address).await;
        guide.says(id, &seen.reply).then_some(seen)
    })
    .await;
    assert_eq!(seen.reply.status, 200, "{id}");
    assert!(seen.reply.header("cache-control").contains("no-store"), "{id}");
    guide.check(id, visitor, seen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_order() {
    let (world, guide) = (World::new().await, Guide::of("The order"));
    let visitor = Visitor::of(&world);
    unpaid(&world, &guide, &visitor).await;
    paid(&world, &guide, &visitor).await;
    late(&guide).await;
    let world = World::with(Setup { pay_window_s: 1, ..Setup::default() }).await;
    let (page, _, _, _) = awaiting(&world, "A").await;
    let visitor = Visitor::of(&world);
    becomes_told(&guide, &visitor, "not-paid-in-time", path(&world, &page)).await;
    guide.done();
}

async fn unpaid(world: &World, guide: &Guide, visitor: &Visitor) {
    let (page, url, _, _) = awaiting(world, "A").await;
    let page = path(world, &page);
    becomes_told(guide, visitor, "asking-the-bank", page).await;
    becomes_told(guide, visitor, "not-paid-yet", &format!("{page}&back=1")).await;
    pay_page(&world.http, &url, "4000 0000 0000 9995").send().await;
    becomes_told(guide, visitor, "declined", &format!("{page}&back=1")).await;
    let (id, key) = page.trim_start_matches("/orders/").split_once("?key=").unwrap();
    let over = visitor.send(page, "/do/abandon_order", &[("order", id), ("key", key)]).await;
    guide.check("given-up", visitor, over).await;
    // What is asked of an order that is over is answered by its own words, not by those of a lost hold.
    let again = visitor.send(page, "/do/pay_order", &[("order", id), ("key", key)]).await;
    let text = words(&again.reply.text());
    assert!(
        text.contains("The seats are free again") && !text.contains("Your time for these seats"),
        "{text}"
    );
    faults(world, json!({ "latency_ms": 7_000 })).await;
    let held = hold(&world.http, world.event, &wish(&seats("B", 1..=2))).await;
    let slow = commit(&world.http, &held, &order(&fresh(), Some("pm_card_visa"))).expect(202).await;
    faults(world, json!({})).await;
    becomes_told(guide, visitor, "being-prepared", path(world, slow["order_url"].as_str().unwrap())).await;
}

async fn paid(world: &World, guide: &Guide, visitor: &Visitor) {
    let held = hold(&world.http, world.event, &wish(&seats("C", 1..=2))).await;
    let bought = buy(&world.http, &held).await;
    let page = path(world, bought["order_url"].as_str().unwrap());
    let id = bought["order_id"].as_str().unwrap();
    let ticket = bought["tickets"][0]["id"].as_str().unwrap().parse().unwrap();
    let asked = world.services.request_refund(id.parse().unwrap(), Some(vec![ticket]), "ill", "staff:test");
    asked.await.unwrap();
    becomes_told(guide, visitor, "ticket-given-back", page).await;
    let held = hold(&world.http, world.event, &wish(&seats("C", 4..=5))).await;
    let disputed =
        commit(&world.http, &held, &order(&fresh(), Some("pm_card_createDispute"))).expect(200).await;
    becomes_told(guide, visitor, "bank-asks-back", path(world, disputed["order_url"].as_str().unwrap()))
        .await;
    let gone = world.add("gone", |_| ()).await;
    let held = hold(&world.http, gone, &wish(&seats("A", 1..=2))).await;
    let bought = buy(&world.http, &held).await;
    let cancelled = EventStatus::Cancelled;
    world.db.store.set_event_status(gone, cancelled, &house::cause()).await.unwrap();
    becomes_told(guide, visitor, "event-cancelled", path(world, bought["order_url"].as_str().unwrap())).await;
}

/// Money that comes when the order is over.
async fn late(guide: &Guide) {
    for (id, card) in [
        ("late-money-sent-back", "pm_card_visa"),
        ("refund-failed", "pm_card_refundFail"),
        ("late-money-going-back", "pm_card_visa"),
    ] {
        let world = World::new().await;
        let visitor = Visitor::of(&world);
        let lost = lost(&world).await;
        if id == "late-money-going-back" {
            faults(&world, json!({ "hold_before": "refunds" })).await;
        }
        late_money(&world, &lost, card).await;
        becomes_told(guide, &visitor, id, path(&world, &lost.address)).await;
        faults(&world, json!({})).await;
    }
    let world = World::new().await;
    let (page, _, id, token) = awaiting(&world, "A").await;
    let key = page.split_once("?key=").unwrap().1;
    let visitor = Visitor::of(&world);
    visitor.send(path(&world, &page), "/do/abandon_order", &[("order", &id), ("key", key)]).await;
    becomes(&world, &id, &token, "cancelled").await;
    late_money(&world, &crate::refunds::Lost { id, address: page.clone(), token }, "pm_card_visa").await;
    becomes_told(guide, &visitor, "late-but-free", path(&world, &page)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_tickets() {
    let (world, guide) = (World::new().await, Guide::of("Tickets"));
    let visitor = Visitor::of(&world);
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let bought = buy(&world.http, &held).await;
    let page = path(&world, bought["order_url"].as_str().unwrap());
    let (order, key) = page.split_once("?key=").unwrap();
    for (id, path) in [
        ("no-key", order.to_owned()),
        ("no-key", format!("{order}/tickets")),
        ("wrong-key", format!("{order}?key=x{key}")),
        ("wrong-key", format!("{order}/tickets?key=x{key}")),
        ("paper-without-key", format!("{order}/tickets.pdf")),
        ("paper-without-key", format!("{order}/calendar.ics?key=x")),
        (
            "paper-without-key",
            format!("{order}/ticket.pkpass?key=x&ticket={}", bought["tickets"][0]["id"].as_str().unwrap()),
        ),
    ] {
        let seen = visitor.open(&path).await;
        assert_eq!(
            (seen.reply.status, seen.reply.header("content-type")),
            (401, "text/html; charset=utf-8"),
            "{path}"
        );
        guide.check(id, &visitor, seen).await;
    }
    let id = bought["order_id"].as_str().unwrap().parse().unwrap();
    world.services.request_refund(id, None, "ill", "staff:test").await.unwrap();
    let ticket = bought["tickets"][0]["id"].as_str().unwrap();
    let void = visitor.open(&format!("{order}/tickets/{ticket}?key={key}")).await;
    guide.check("ticket-void", &visitor, void).await;
    guide.check("link-over", &visitor, visitor.open("/tickets/open?t=AAAA").await).await;
    let asked = [("number", "PA-NONE"), ("email", "buyer@example.com")];
    let sent = visitor.send("/tickets/find", "/do/find_tickets", &asked).await;
    guide.check("link-sent", &visitor, sent).await;
    guide.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_any_request() {
    let guide = Guide::of("Any request");
    let world = World::with(Setup { rate_per_second: 1, ..Setup::default() }).await;
    let visitor = Visitor::of(&world);
    let seats_page = "/events/hamlet/seats";
    let event = world.event.to_string();
    let fields = [("event", event.as_str())];
    let limited = eventually("too many", async || {
        let seen = visitor.send(seats_page, "/do/hold_seats", &fields).await;
        (seen.reply.status == 429).then_some(seen)
    })
    .await;
    assert!(!limited.reply.header("retry-after").is_empty());
    guide.check("too-many-requests", &visitor, limited).await;
    let world = World::new().await;
    let visitor = Visitor::of(&world);
    let event = world.event.to_string();
    let fields = [("event", event.as_str())];
    let foreign = world.http.call(Method::POST, "/do/hold_seats").header("accept", "text/html");
    let foreign = foreign.header("origin", "https://elsewhere.example").send().await;
    assert_eq!(foreign.status, 403);
    guide.check("another-site", &visitor, Seen { path: "/do/hold_seats".into(), reply: foreign }).await;
    let long = "x".repeat(100_000);
    let large = visitor.send(seats_page, "/do/hold_seats", &[("event", &event), ("go", &long)]).await;
    guide.check("too-large", &visitor, large).await;
    let hidden = visitor.send("", "/do/hold_seats", &fields).await;
    assert_eq!(hidden.reply.status, 422);
    guide.check("no-way-back", &visitor, hidden).await;
    pick(&visitor, "hamlet", world.event, &[ix(&world, "A", 1).await]).await;
    let unreadable = visitor.send("/events/hamlet/checkout", "/do/place_order", &[("event", &event)]).await;
    guide.check("unreadable-form", &visitor, unreadable).await;
    let mut redis = OwnRedis::start();
    let world = World::with(Setup { redis_url: redis.url(), ..Setup::default() }).await;
    let visitor = Visitor::of(&world);
    redis.kill();
    let away = eventually("Redis is away", async || {
        let seen = visitor.open(seats_page).await;
        (seen.reply.status == 429).then_some(seen)
    })
    .await;
    guide.check("store-away", &visitor, away).await;
    guide.done();
}
