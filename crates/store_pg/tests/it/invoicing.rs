//! Invoices: numbers without a gap, whatever fails; each once; the rates that they are at.

use crate::{crediting::back, world::*};
use domain::{
    ids::{EventId, OrderId, OrganizerId, PaymentId, RefundId},
    refund::Fact,
    tax::TaxRate,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::collections::BTreeMap;
use store_pg::{
    StoreError,
    invoices::{Invoice, InvoiceKind, missing::InvoiceFindings},
    orders::{
        Order,
        commit::{Capture, Commit},
    },
    organizers::{HOUSE, Organizer},
    payments::Closing,
    reservations::release::Ending,
};
use tokio::task::JoinSet;
use uuid::Uuid;

/// How often an order is tried: far more often than chance lets it fail.
const TRIES_MAX: u32 = 60;

fn organizer(slug: &str, prefix: &str) -> Organizer {
    Organizer {
        id: OrganizerId(Uuid::new_v4()),
        slug: slug.into(),
        name: "The Other House".into(),
        legal_name: "The Other House Ltd".into(),
        address: vec!["1 Test Street".into(), "12345 Berlin".into()],
        tax_id: "DE000000000".into(),
        invoice_prefix: prefix.into(),
        tax_rate: TaxRate::new(1_900).unwrap(),
    }
}

/// An event of another organizer, at its rate.
async fn other_event(world: &World) -> (OrganizerId, EventId) {
    let store = world.store();
    let other = store.upsert_organizer(&organizer("other-house", "OTH"), &test_cause()).await.unwrap();
    let mut event = world.new_event("lear", "King Lear");
    (event.organizer, event.tax_rate) = (other, None);
    (other, store.upsert_event(&event, &test_cause()).await.unwrap())
}

pub async fn connection(world: &World) -> PgConnection {
    PgConnection::connect(&world.db.url).await.unwrap()
}

pub async fn run(world: &World, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection(world).await).await.unwrap();
}

/// All numbers of each organizer, sorted.
async fn numbers(world: &World) -> BTreeMap<Uuid, Vec<i64>> {
    let rows: Vec<(Uuid, i64)> =
        sqlx::query_as("SELECT organizer_id, number FROM invoices ORDER BY organizer_id, number")
            .fetch_all(&mut connection(world).await)
            .await
            .unwrap();
    let mut numbers: BTreeMap<Uuid, Vec<i64>> = BTreeMap::new();
    for (organizer, number) in rows {
        numbers.entry(organizer).or_default().push(number);
    }
    numbers
}

pub async fn invoices(world: &World, order: OrderId) -> Vec<Invoice> {
    world.store().invoices_of_order(order).await.unwrap()
}

pub async fn all_is_well(world: &World) {
    assert_eq!(world.store().invoice_findings(10).await.unwrap(), InvoiceFindings::default());
}

pub async fn paid(world: &World, seats: &[u32]) -> (Order, Capture) {
    let order = world.place(seats, 0).await;
    let capture = world.capture(&order).await;
    world.store().commit_captured(&capture, &test_cause()).await.unwrap();
    (order, capture)
}

/// Fifty orders of two organizers.
async fn fifty(world: &World) -> (OrganizerId, Vec<Capture>) {
    let (other, lear) = other_event(world).await;
    let mut captures = Vec::new();
    for seat in 0..25 {
        let mut request = world.request(&[seat], 0);
        captures.push(world.capture(&world.place(&[seat], 0).await).await);
        request.event = lear;
        let order = world.store().place_order(&request, &test_cause()).await.unwrap().order;
        captures.push(world.capture(&order).await);
    }
    (other, captures)
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_orders_at_once_of_which_many_fail_leave_no_gap() {
    let world = World::with_connections(24).await;
    let (other, captures) = fifty(&world).await;
    // Every third COMMIT fails when all is written, the number taken. A sequence keeps count: it is never rolled back.
    run(
        &world,
        "CREATE SEQUENCE luck;
         CREATE FUNCTION bad_luck() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF nextval('luck') % 3 = 0 THEN RAISE EXCEPTION 'bad luck'; END IF;
             RETURN NULL;
         END $$;
         CREATE CONSTRAINT TRIGGER bad_luck AFTER INSERT ON invoices DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION bad_luck();",
    )
    .await;
    let mut tasks = JoinSet::new();
    for (at, capture) in captures.iter().enumerate() {
        let (store, capture, next) =
            (world.store().clone(), capture.clone(), captures[(at + 7) % captures.len()].clone());
        tasks.spawn(async move {
            // A payment that is not the order's own breaks the whole batch.
            let mut wrong = next.clone();
            wrong.payment.as_mut().unwrap().id = PaymentId(Uuid::new_v4());
            let (mut refused, mut batch) = (0, vec![capture, next]);
            if at % 5 == 0 {
                batch = vec![batch.remove(0), wrong];
            }
            for _ in 0..TRIES_MAX {
                let done = store.commit_captured_many(&batch, &test_cause()).await;
                refused += done.iter().filter(|done| done.is_err()).count();
                if done[0].is_ok() {
                    return refused;
                }
            }
            panic!("never committed");
        });
    }
    let refused: usize = tasks.join_all().await.into_iter().sum();
    let luck = world.count("SELECT last_value FROM luck").await;
    assert!(refused > 0 && luck > 50, "{refused} refused, {luck} numbers drawn: nothing failed");
    let expected: Vec<i64> = (1..=25).collect();
    let numbers = numbers(&world).await;
    assert_eq!((&numbers[&HOUSE.0], &numbers[&other.0]), (&expected, &expected));
    assert_eq!(world.count("SELECT count(DISTINCT order_id) FROM invoices").await, 50);
    assert_eq!(world.count("SELECT count(*) FROM audit_log WHERE entity = 'invoice'").await, 50);
    all_is_well(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_dies_while_it_waits_for_its_number_takes_none() {
    let world = World::with_connections(24).await;
    let captures: Vec<Capture> = fifty(&world).await.1.into_iter().take(20).collect();
    let mut gate = connection(&world).await;
    let mut held = gate.begin().await.unwrap();
    sqlx::query("SELECT last FROM invoice_counters FOR UPDATE").fetch_all(&mut *held).await.unwrap();
    let mut tasks = JoinSet::new();
    for capture in captures.clone() {
        let store = world.store().clone();
        tasks.spawn(async move { store.commit_captured(&capture, &test_cause()).await.is_ok() });
    }
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                   AND wait_event_type = 'Lock' AND query LIKE '%invoice_counters%'";
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while world.count(waiting).await < 20 {
        assert!(std::time::Instant::now() < until, "they do not wait for their number");
    }
    let killed: i64 = sqlx::query_scalar(
        "SELECT count(pg_terminate_backend(pid)) FROM (
             SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                 AND query LIKE '%invoice_counters%' ORDER BY pid LIMIT 9) AS unlucky",
    )
    .fetch_one(&mut *held)
    .await
    .unwrap();
    held.commit().await.unwrap();
    let done = tasks.join_all().await.into_iter().filter(|done| *done).count();
    assert_eq!((killed, done), (9, 11));
    assert_eq!(world.count("SELECT count(*) FROM invoices").await, 11);
    all_is_well(&world).await;
    // They come again, as the worker lets them.
    for capture in &captures {
        world.store().commit_captured(capture, &test_cause()).await.unwrap();
    }
    assert!(numbers(&world).await.values().all(|numbers| *numbers == Vec::from_iter(1..=10)));
    all_is_well(&world).await;
}

#[tokio::test]
async fn an_order_is_invoiced_once_and_what_costs_nothing_never() {
    let world = World::new().await;
    let (order, capture) = paid(&world, &[1, 2]).await;
    for _ in 0..3 {
        let again = world.store().commit_captured(&capture, &test_cause()).await.unwrap();
        assert!(matches!(again, Commit::Already { .. }));
    }
    let mut free = world.request(&[3], 0);
    for line in &mut free.lines {
        (line.price.minor, line.fee.minor, line.tax.minor) = (0, 0, 0);
    }
    let free = world.store().place_order(&free, &test_cause()).await.unwrap().order;
    let nothing = Capture { payment: None, ..crate::world::capture(&free, PaymentId(Uuid::new_v4())) };
    world.store().commit_captured(&nothing, &test_cause()).await.unwrap();
    assert!(invoices(&world, free.id).await.is_empty());
    let all = invoices(&world, order.id).await;
    let [invoice] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((invoice.number, invoice.name.as_str()), (1, "INV-2026-000001"));
    assert_eq!((invoice.organizer, invoice.kind, invoice.refund), (HOUSE, InvoiceKind::Invoice, None));
    // 2 × 45.00 at 7 %.
    assert_eq!((invoice.total.minor, invoice.tax.minor), (9_000, 589));
    let rates: Vec<_> =
        invoice.taxes.iter().map(|t| (t.rate.basis_points(), t.gross.minor, t.tax.minor)).collect();
    assert_eq!(rates, [(700, 9_000, 589)]);
    assert_eq!((invoice.buyer.as_str(), invoice.seller.legal_name.as_str()), ("Ada", "The house"));
    assert_eq!(invoice.issued_at, now());
    let log = world.store().audit_of("invoice", "INV-2026-000001").await.unwrap();
    assert_eq!((log.len(), log[0].action.as_str(), &log[0].data["number"]), (1, "issued", &1.into()));
    all_is_well(&world).await;
}

#[tokio::test]
async fn late_money_that_finds_its_seats_is_invoiced_and_surplus_is_not() {
    let world = World::new().await;
    let store = world.store();
    let late = async |seat: u32| {
        let order = world.place(&[seat], 0).await;
        let capture = world.capture(&order).await;
        let payment = capture.payment.as_ref().unwrap().id;
        store.close_payment(payment, Closing::Expired, &test_cause()).await.unwrap();
        store.release_order(order.id, Ending::Expired, &test_cause()).await.unwrap();
        (order, capture, payment)
    };
    let (order, capture, _) = late(1).await;
    store.commit_late(&capture, &test_cause()).await.unwrap();
    store.commit_late(&capture, &test_cause()).await.unwrap();
    assert_eq!(invoices(&world, order.id).await.len(), 1);
    let (order, capture, payment) = late(2).await;
    paid(&world, &[2]).await;
    store.commit_late(&capture, &test_cause()).await.unwrap_err();
    store.mark_surplus(payment, Some("pi_1"), &test_cause()).await.unwrap();
    back(&world, RefundId(payment.0), payment, 4_500, Fact::Succeeded).await;
    assert!(invoices(&world, order.id).await.is_empty(), "what was never invoiced is not credited");
    assert_eq!(numbers(&world).await[&HOUSE.0], [1, 2]);
    all_is_well(&world).await;
}

#[tokio::test]
async fn an_event_has_its_organizers_rate_or_its_own_and_placed_orders_keep_theirs() {
    let world = World::new().await;
    let store = world.store();
    let (other, lear) = other_event(&world).await;
    let detail = store.event_by_id(lear, now()).await.unwrap().unwrap();
    assert_eq!((detail.organizer, detail.tax_rate.basis_points()), (other, 1_900));
    let order = world.place(&[1], 0).await;
    let mut event = world.new_event("hamlet", "Hamlet");
    (event.organizer, event.tax_rate) = (other, TaxRate::new(525).ok());
    store.upsert_event(&event, &test_cause()).await.unwrap();
    event.tax_rate = None;
    store.upsert_event(&event, &test_cause()).await.unwrap();
    let detail = store.event_by_id(world.event, now()).await.unwrap().unwrap();
    assert_eq!((detail.organizer, detail.tax_rate.basis_points()), (other, 525), "none changes nothing");
    let kept = store.order_by_id(order.id).await.unwrap().unwrap();
    assert_eq!((kept.lines[0].tax_rate.basis_points(), kept.lines[0].tax.minor), (700, 294));
    event.organizer = OrganizerId(Uuid::new_v4());
    let refused = store.upsert_event(&event, &test_cause()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Missing { what: "the organizer" }), "{refused:?}");
    let twice = organizer("third-house", "OTH");
    let refused = store.upsert_organizer(&twice, &test_cause()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Duplicate { .. }), "{refused:?}");
    let renamed = Organizer { name: "Renamed".into(), ..organizer("other-house", "OTH") };
    assert_eq!(store.upsert_organizer(&renamed, &test_cause()).await.unwrap(), other);
    let names: Vec<_> = store.organizers().await.unwrap().into_iter().map(|o| (o.id, o.name)).collect();
    assert_eq!(names, [(other, "Renamed".to_owned()), (HOUSE, "The house".to_owned())]);
}
