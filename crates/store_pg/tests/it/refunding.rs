use crate::world::*;
use domain::{
    ids::{PaymentId, RefundId},
    money::Money,
    refund::Fact,
};
use store_pg::{
    StoreError,
    orders::{Order, PaymentStatus, RefundStatus},
    payments::Closing,
    refunds::{RefundNews, RefundState},
    reservations::release::Ending,
};
use uuid::Uuid;

/// An order with its captured payment.
async fn paid(world: &World, seat: u32) -> (Order, PaymentId) {
    let order = world.place(&[seat], 0).await;
    let capture = world.capture(&order).await;
    world.store().commit_captured(&capture, &test_cause()).await.unwrap();
    (order, capture.payment.unwrap().id)
}

async fn news(world: &World, payment: PaymentId, reference: &str, minor: i64, fact: Fact) -> bool {
    let amount = Money::new(minor, domain::money::Currency::EUR);
    // Names in the order in which they were made, as the product draws them.
    let id = RefundId(Uuid::from_u128(u128::from(reference.as_bytes()[3])));
    let news = RefundNews { id, reference: Some(reference), payment, amount, fact, failure: None };
    world.store().record_refund(&news, &test_cause()).await.unwrap()
}

async fn status(world: &World, order: &Order) -> RefundStatus {
    world.store().order_by_id(order.id).await.unwrap().unwrap().refund_status
}

#[tokio::test]
async fn a_refund_only_moves_on_whatever_order_the_news_come_in() {
    use Fact::{Failed, Sent, Succeeded};
    let world = World::new().await;
    let (order, payment) = paid(&world, 1).await;
    // One line of 45.00: half of it, then the rest, which the bank gives back to us.
    let table = [
        ("re_1", 2_250, Sent, true, RefundStatus::None),
        ("re_1", 2_250, Sent, false, RefundStatus::None),
        ("re_1", 2_250, Succeeded, true, RefundStatus::Partial),
        ("re_1", 2_250, Sent, false, RefundStatus::Partial),
        ("re_2", 2_250, Succeeded, true, RefundStatus::Full),
        ("re_2", 2_250, Failed, true, RefundStatus::Partial),
        ("re_2", 2_250, Succeeded, false, RefundStatus::Partial),
    ];
    for (n, (reference, minor, state, is_news, after)) in table.into_iter().enumerate() {
        assert_eq!(news(&world, payment, reference, minor, state).await, is_news, "row {n}");
        assert_eq!(status(&world, &order).await, after, "row {n}");
    }
    let refunds = world.store().refunds_of_order(order.id).await.unwrap();
    assert_eq!(
        refunds.iter().map(|r| (r.reference.as_deref(), r.state)).collect::<Vec<_>>(),
        [(Some("re_1"), RefundState::Succeeded), (Some("re_2"), RefundState::Failed)]
    );
    assert_eq!(refunds[1].failure.as_deref(), Some("unknown"));
    assert_eq!(world.count("SELECT count(*) FROM facts WHERE kind LIKE 'refund%'").await, 4);
    assert_eq!(world.store().audit_of("refund", &refunds[1].id.to_string()).await.unwrap().len(), 2);
    let stranger = RefundNews {
        id: RefundId(Uuid::new_v4()),
        reference: Some("re_3"),
        payment: PaymentId(Uuid::new_v4()),
        amount: order.total,
        fact: Sent,
        failure: None,
    };
    let refused = world.store().record_refund(&stranger, &test_cause()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Missing { what: "the payment" }));
}

#[tokio::test]
async fn an_order_that_is_over_says_that_its_money_came_and_went_back() {
    let world = World::new().await;
    let order = world.place(&[1], 0).await;
    let payment = world.capture(&order).await.payment.unwrap().id;
    world.store().close_payment(payment, Closing::Expired, &test_cause()).await.unwrap();
    world.store().release_order(order.id, Ending::Expired, &test_cause()).await.unwrap();
    world.store().mark_surplus(payment, Some("pi_1"), &test_cause()).await.unwrap();
    let over = world.store().order_by_id(order.id).await.unwrap().unwrap();
    assert_eq!((over.payment_status, over.refund_status), (PaymentStatus::Captured, RefundStatus::None));
    news(&world, payment, "re_1", 4_500, Fact::Succeeded).await;
    assert_eq!(status(&world, &order).await, RefundStatus::Full);
}

#[tokio::test]
async fn money_that_came_twice_and_went_back_once_leaves_the_order_paid() {
    let world = World::new().await;
    let order = world.place(&[1], 0).await;
    let first = world.capture(&order).await.payment.unwrap().id;
    world.store().close_payment(first, Closing::Expired, &test_cause()).await.unwrap();
    let second = world.capture(&order).await;
    world.store().commit_captured(&second, &test_cause()).await.unwrap();
    world.store().mark_surplus(first, Some("pi_first"), &test_cause()).await.unwrap();
    news(&world, first, "re_1", 4_500, Fact::Succeeded).await;
    assert_eq!(status(&world, &order).await, RefundStatus::None);
}

#[tokio::test]
async fn a_decline_is_noted_while_the_page_is_open_and_forgotten_when_money_comes() {
    let world = World::new().await;
    let order = world.place(&[1], 0).await;
    let capture = world.capture(&order).await;
    let payment = capture.payment.as_ref().unwrap().id;
    let note = async |reason| world.store().note_decline(payment, reason, &test_cause()).await.unwrap();
    assert!(note("insufficient_funds").await);
    assert!(!note("insufficient_funds").await, "once");
    assert!(note("card_declined").await);
    let failure = async || world.store().payment_by_id(payment).await.unwrap().unwrap().failure;
    assert_eq!(failure().await.as_deref(), Some("card_declined"));
    world.store().commit_captured(&capture, &test_cause()).await.unwrap();
    assert_eq!(failure().await, None);
    assert!(!note("card_declined").await, "what is paid is not declined");
}
