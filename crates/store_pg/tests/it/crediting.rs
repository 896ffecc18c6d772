//! Credit notes: one for a refund, with the tax that its tickets brought; and what the tables refuse.

use crate::{
    invoicing::{all_is_well, connection, invoices, paid, run},
    world::*,
};
use domain::{
    ids::{PaymentId, RefundId},
    money::Money,
    refund::Fact,
};
use sqlx::AssertSqlSafe;
use store_pg::{
    invoices::InvoiceKind,
    refunds::{RefundNews, request::RefundAsk},
};
use tokio::task::JoinSet;
use uuid::Uuid;

/// News of a refund; whether they were any.
pub async fn back(world: &World, id: RefundId, payment: PaymentId, minor: i64, fact: Fact) -> bool {
    let amount = Money::new(minor, domain::money::Currency::EUR);
    let reference = format!("re_{id}");
    let news = RefundNews { id, reference: Some(&reference), payment, amount, fact, failure: None };
    world.store().record_refund(&news, &test_cause()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_has_one_credit_note_however_often_and_late_its_news_come() {
    let world = World::with_connections(8).await;
    let store = world.store();
    let (order, capture) = paid(&world, &[1, 2, 3]).await;
    let payment = capture.payment.as_ref().unwrap().id;
    let tickets = store.tickets_of_order(order.id).await.unwrap();
    let ask = |at: usize| RefundAsk {
        id: RefundId(Uuid::new_v4()),
        order: order.id,
        tickets: Some(vec![tickets[at].id]),
        approved: true,
    };
    let first = store.request_refund(&ask(0), &test_cause()).await.unwrap().refund.unwrap();
    back(&world, first.id, payment, 4_500, Fact::Sent).await;
    assert_eq!(invoices(&world, order.id).await.len(), 1, "not yet");
    let world = std::sync::Arc::new(world);
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let world = std::sync::Arc::clone(&world);
        tasks.spawn(async move { back(&world, first.id, payment, 4_500, Fact::Succeeded).await });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|news| *news).count(), 1);
    let store = world.store();
    for at in [1, 2] {
        let refund = store.request_refund(&ask(at), &test_cause()).await.unwrap().refund.unwrap();
        back(&world, refund.id, payment, 4_500, Fact::Succeeded).await;
        back(&world, refund.id, payment, 4_500, Fact::Sent).await;
    }
    // A bank may send back what it had taken: the tickets are void, and the money is still the buyer's.
    back(&world, first.id, payment, 4_500, Fact::Failed).await;
    let all = invoices(&world, order.id).await;
    assert_eq!(all.iter().map(|i| i.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!((all[1].kind, all[1].refund), (InvoiceKind::CreditNote, Some(first.id)));
    let credited: i64 = all[1..].iter().map(|note| note.tax.minor).sum();
    // 135.00 at 7 %: the cent that did not divide goes back with its line.
    assert_eq!((all[0].tax.minor, credited), (883, 883));
    assert_eq!(store.refunded_lines(first.id).await.unwrap(), [(order.lines[0].id, 4_500)]);
    all_is_well(&world).await;
}

#[tokio::test]
async fn money_that_was_sent_back_by_hand_is_credited_at_the_rates_it_was_paid_at() {
    let world = World::new().await;
    let (order, capture) = paid(&world, &[1, 2]).await;
    let payment = capture.payment.as_ref().unwrap().id;
    back(&world, RefundId(Uuid::from_u128(1)), payment, 1_070, Fact::Succeeded).await;
    back(&world, RefundId(Uuid::from_u128(1)), payment, 1_070, Fact::Succeeded).await;
    let all = invoices(&world, order.id).await;
    assert_eq!((all.len(), all[1].total.minor, all[1].tax.minor), (2, 1_070, 70));
    all_is_well(&world).await;
}

#[tokio::test]
async fn the_table_refuses_a_gap_a_change_and_a_second_document() {
    let world = World::new().await;
    let (_, capture) = paid(&world, &[1]).await;
    paid(&world, &[2]).await;
    back(&world, RefundId(Uuid::from_u128(1)), capture.payment.unwrap().id, 4_500, Fact::Succeeded).await;
    let copy = |number: &str, order: &str, refund: &str, kind: &str| {
        format!(
            "INSERT INTO invoices (organizer_id, number, name, kind, order_id, payment_id, refund_id, currency,
                 total_minor, tax_minor, taxes, seller, buyer, issued_at)
             SELECT organizer_id, {number}, 'X', '{kind}', {order}, payment_id, {refund}, currency, total_minor,
                 tax_minor, taxes, seller, buyer, issued_at FROM invoices WHERE number = 3"
        )
    };
    let third = "(SELECT order_id FROM invoices WHERE number = 3)";
    let table = [
        (copy("5", third, "(SELECT id FROM refunds)", "credit_note"), "credit_note_once"),
        (copy("4", third, "NULL", "invoice"), "invoice_once"),
        (copy("4", third, "NULL", "credit_note"), "credit_note_names_refund"),
        ("DROP INDEX invoice_once;".to_owned() + &copy("5", third, "NULL", "invoice"), "invoice_follows"),
        (copy("3", third, "NULL", "invoice"), "invoices_pkey"),
        ("UPDATE invoices SET total_minor = 1".into(), "invoice_immutable"),
        ("DELETE FROM invoices WHERE number = 3".into(), "invoice_immutable"),
        ("TRUNCATE invoices".into(), "invoice_immutable"),
        ("UPDATE order_lines SET tax_minor = 4501".into(), "line_tax_in_price"),
        ("UPDATE events SET tax_rate_bp = 10001".into(), "event_tax_known"),
        ("UPDATE organizers SET invoice_prefix = 'pre'".into(), "organizer_prefix_plain"),
    ];
    let mut connection = connection(&world).await;
    for (sql, constraint) in table {
        let refused = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut connection).await.unwrap_err();
        let refused = refused.as_database_error().unwrap();
        assert_eq!(refused.constraint(), Some(constraint), "{sql}: {refused}");
    }
}

#[tokio::test]
async fn what_an_older_version_did_not_invoice_is_found_and_issued_once() {
    let world = World::new().await;
    let (order, capture) = paid(&world, &[1]).await;
    let (second, _) = paid(&world, &[2]).await;
    let payment = capture.payment.as_ref().unwrap().id;
    let refund = RefundId(Uuid::from_u128(1));
    back(&world, refund, payment, 4_500, Fact::Succeeded).await;
    run(
        &world,
        "ALTER TABLE invoices DISABLE TRIGGER USER; DELETE FROM invoices; ALTER TABLE invoices ENABLE TRIGGER USER",
    )
    .await;
    let gap = world.store().invoice_findings(10).await.unwrap();
    assert_eq!(gap.gaps, ["house: the counter says 3, the highest number is 0"]);
    run(&world, "UPDATE invoice_counters SET last = 0").await;
    let found = world.store().invoice_findings(10).await.unwrap();
    assert_eq!((found.gaps.len(), found.uninvoiced.len()), (0, 2));
    let some = world.store().issue_missing(1, &test_cause()).await.unwrap();
    let rest = world.store().issue_missing(10, &test_cause()).await.unwrap();
    assert_eq!(some + rest, 3, "whichever order came first");
    assert_eq!(world.store().issue_missing(10, &test_cause()).await.unwrap(), 0);
    let kinds: Vec<_> = invoices(&world, order.id).await.iter().map(|i| (i.kind, i.refund)).collect();
    assert_eq!(kinds.len() + invoices(&world, second.id).await.len(), 3);
    assert!(kinds.contains(&(InvoiceKind::CreditNote, Some(refund))));
    all_is_well(&world).await;
}
