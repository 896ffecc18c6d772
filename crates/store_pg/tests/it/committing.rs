use crate::world::*;
use domain::{
    ids::PaymentId,
    money::{Currency, Money},
    seat::SeatIx,
};
use store_pg::{
    StoreError,
    orders::{OrderStatus, PaymentStatus, commit::Commit},
    payments::{Begun, Closing, PaymentKind, PaymentState},
};
use tokio::task::JoinSet;
use uuid::Uuid;

#[tokio::test]
async fn captured_money_becomes_tickets_once() {
    let world = World::with_connections(8).await;
    let order = world.place(&[1, 2], 1).await;
    let capture = world.capture(&order).await;
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let (store, mut again) = (world.store().clone(), capture.clone());
        // A repeated webhook signs anew: other ids, other codes.
        for ticket in &mut again.tickets {
            ticket.id.0 = Uuid::new_v4();
            ticket.code = ticket.id.to_string();
        }
        tasks.spawn(async move { store.commit_captured(&again, &test_cause()).await.unwrap() });
    }
    let mut issued = 0;
    let stored = {
        let outcomes = tasks.join_all().await;
        let stored = world.store().tickets_of_order(order.id).await.unwrap();
        for outcome in outcomes {
            match outcome {
                Commit::Issued(tickets) => {
                    issued += 1;
                    assert_eq!(tickets, stored);
                }
                Commit::Already { tickets, by } => {
                    assert_eq!(tickets, stored);
                    assert_eq!(by, capture.payment.as_ref().map(|p| p.id));
                }
                Commit::Late(status) => panic!("{status:?}"),
            }
        }
        stored
    };
    assert_eq!((issued, stored.len()), (1, 3));
    assert_eq!(stored.iter().map(|t| t.seat).collect::<Vec<_>>(), [Some(SeatIx(1)), Some(SeatIx(2)), None]);
    let after = world.store().order_by_id(order.id).await.unwrap().unwrap();
    assert_eq!((after.status, after.payment_status), (OrderStatus::Completed, PaymentStatus::Captured));
    assert_eq!(after.decided_at, Some(now()));
    let claims = world.store().claims(world.event).await.unwrap();
    assert_eq!((claims.sold, claims.pending.len()), (vec![SeatIx(1), SeatIx(2)], 0));
    assert_eq!(world.store().sold_counts(&[world.event]).await.unwrap()[&world.event], 3);
    for (entity, id) in [("order", order.id.to_string()), ("ticket", stored[0].id.to_string())] {
        assert!(!world.store().audit_of(entity, &id).await.unwrap().is_empty(), "{entity}");
    }
    assert_eq!(world.count("SELECT count(*) FROM facts WHERE kind = 'order_completed'").await, 1);
}

#[tokio::test]
async fn a_batch_commits_the_good_orders_and_answers_each_of_the_others() {
    let world = World::new().await;
    let (good, done, wrong) =
        (world.place(&[1], 0).await, world.place(&[2], 1).await, world.place(&[3], 0).await);
    let mut captures =
        vec![world.capture(&good).await, world.capture(&done).await, world.capture(&wrong).await];
    world.store().commit_captured(&captures[1], &test_cause()).await.unwrap();
    if let Some(payment) = &mut captures[2].payment {
        payment.amount = Money::new(1, Currency::EUR);
    }
    let mut unknown = captures[0].clone();
    unknown.order.0 = Uuid::new_v4();
    captures.push(unknown);
    let outcomes = world.store().commit_captured_many(&captures, &test_cause()).await;
    assert!(matches!(&outcomes[0], Ok(Commit::Issued(t)) if t.len() == 1));
    assert!(matches!(&outcomes[1], Ok(Commit::Already { tickets, .. }) if tickets.len() == 2));
    assert!(matches!(&outcomes[2], Err(StoreError::AmountMismatch)));
    assert!(matches!(&outcomes[3], Err(StoreError::Missing { .. })));
}

#[tokio::test]
async fn an_order_that_breaks_the_transaction_does_not_fail_its_batch() {
    let world = World::new().await;
    let (good, bad) = (world.place(&[1], 0).await, world.place(&[2], 0).await);
    let mut captures = vec![world.capture(&good).await, world.capture(&bad).await];
    // A payment that is not the order's own.
    captures[1].payment.as_mut().unwrap().id = PaymentId(Uuid::new_v4());
    let outcomes = world.store().commit_captured_many(&captures, &test_cause()).await;
    assert!(matches!(outcomes[0], Ok(Commit::Issued(_))));
    assert!(matches!(outcomes[1], Err(StoreError::WrongState { .. })));
    assert_eq!(world.count("SELECT count(*) FROM tickets").await, 1);
}

#[tokio::test]
async fn batches_that_overlap_issue_every_ticket_once() {
    let world = World::with_connections(8).await;
    let mut captures = Vec::new();
    for seat in 0..12 {
        let order = world.place(&[seat], 0).await;
        captures.push(world.capture(&order).await);
    }
    let mut tasks = JoinSet::new();
    for turn in 0..6 {
        let (store, mut batch) = (world.store().clone(), captures.clone());
        batch.rotate_left(turn * 2);
        tasks.spawn(async move { store.commit_captured_many(&batch, &test_cause()).await });
    }
    for outcomes in tasks.join_all().await {
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    }
    assert_eq!(world.count("SELECT count(*) FROM tickets").await, 12);
}

#[tokio::test]
async fn an_order_of_nothing_needs_no_payment_and_one_of_something_does() {
    let world = World::new().await;
    let mut request = world.request(&[1], 0);
    let mut capture = capture(&world.place(&[2], 0).await, PaymentId(Uuid::new_v4()));
    capture.payment = None;
    assert!(matches!(
        world.store().commit_captured(&capture, &test_cause()).await,
        Err(StoreError::AmountMismatch)
    ));
    for line in &mut request.lines {
        (line.price.minor, line.fee.minor, line.tax.minor) = (0, 0, 0);
    }
    let order = world.store().place_order(&request, &test_cause()).await.unwrap().order;
    let mut free = crate::world::capture(&order, PaymentId(Uuid::new_v4()));
    free.payment = None;
    assert!(matches!(world.store().commit_captured(&free, &test_cause()).await, Ok(Commit::Issued(_))));
}

#[tokio::test]
async fn a_declined_payment_leaves_room_for_another_and_only_one_is_live() {
    let world = World::new().await;
    let store = world.store();
    let order = world.place(&[1], 0).await;
    let begin = |kind| store.begin_payment(PaymentId(Uuid::new_v4()), order.id, kind, test_cause_static());
    let Begun::New(first) = begin(PaymentKind::Hosted).await.unwrap() else { panic!("another payment") };
    assert_eq!((first.state, first.amount), (PaymentState::Creating, order.total));
    assert!(
        store
            .payment_opened(first.id, Some("cs_1"), None, Some("https://pay.example"), &test_cause())
            .await
            .unwrap()
    );
    assert!(!store.payment_opened(first.id, Some("cs_1"), Some("pi_1"), None, &test_cause()).await.unwrap());
    let Begun::Live(live) = begin(PaymentKind::Direct).await.unwrap() else { panic!("two at once") };
    assert_eq!((live.id, live.url.as_deref()), (first.id, Some("https://pay.example")));
    assert!(store.payment_processing(first.id, &test_cause()).await.unwrap());
    assert_eq!(store.unsettled_payments(now() + chrono::TimeDelta::days(1), 10).await.unwrap().len(), 1);
    assert!(store.close_payment(first.id, Closing::Failed("card_declined"), &test_cause()).await.unwrap());
    assert!(!store.close_payment(first.id, Closing::Expired, &test_cause()).await.unwrap());
    let failed = store.order_by_session("cs_1").await.unwrap().unwrap();
    assert_eq!((failed.status, failed.payment_status), (OrderStatus::Placed, PaymentStatus::Failed));
    assert!(matches!(begin(PaymentKind::Direct).await.unwrap(), Begun::New(_)));
    let all = store.payments_of_order(order.id).await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(
        store.payment_by_reference("pi_1").await.unwrap().unwrap().failure.as_deref(),
        Some("card_declined")
    );
    assert_eq!(store.payment_by_id(first.id).await.unwrap().unwrap().state, PaymentState::Failed);
}

fn test_cause_static() -> &'static store_pg::audit::Cause<'static> {
    static CAUSE: std::sync::LazyLock<store_pg::audit::Cause<'static>> = std::sync::LazyLock::new(test_cause);
    &CAUSE
}

#[tokio::test]
async fn a_second_capture_is_surplus_and_visible() {
    let world = World::new().await;
    let store = world.store();
    let order = world.place(&[1], 0).await;
    let mut first = world.capture(&order).await;
    let first_id = first.payment.as_ref().unwrap().id;
    store.close_payment(first_id, Closing::Failed("timeout"), &test_cause()).await.unwrap();
    let second = world.capture(&order).await;
    store.commit_captured(&second, &test_cause()).await.unwrap();
    first.payment.as_mut().unwrap().intent = Some("pi_first".into());
    let Commit::Already { by, .. } = store.commit_captured(&first, &test_cause()).await.unwrap() else {
        panic!()
    };
    assert_eq!(by, second.payment.as_ref().map(|p| p.id));
    assert!(store.mark_surplus(first_id, Some("pi_first"), &test_cause()).await.unwrap());
    assert!(!store.mark_surplus(first_id, Some("pi_first"), &test_cause()).await.unwrap());
    assert!(!store.mark_surplus(by.unwrap(), None, &test_cause()).await.unwrap());
    let unsettled = store.unsettled_payments(now() + chrono::TimeDelta::days(1), 10).await.unwrap();
    assert_eq!(unsettled.iter().map(|p| p.state).collect::<Vec<_>>(), [PaymentState::Surplus]);
}
