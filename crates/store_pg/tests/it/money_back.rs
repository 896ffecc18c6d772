use crate::world::*;
use chrono::TimeDelta;
use domain::{
    ids::{OrderId, PaymentId, RefundId, TicketId},
    payment::Dispute,
    refund::Fact,
    seat::SeatIx,
};
use store_pg::{
    StoreError,
    audit::Cause,
    orders::{Order, OrderStatus, RefundStatus, commit::Commit},
    payments::{Closing, PaymentState},
    refunds::{
        RefundNews, RefundState,
        request::{RefundAsk, Requested},
    },
    reservations::release::Ending,
    tickets::{Ticket, TicketState},
};
use tokio::task::JoinSet;
use uuid::Uuid;

async fn sold(world: &World, seats: &[u32], places: u32) -> (Order, PaymentId, Vec<Ticket>) {
    let order = world.place(seats, places).await;
    let capture = world.capture(&order).await;
    let done = world.store().commit_captured(&capture, &test_cause()).await.unwrap();
    let Commit::Issued(tickets) = done else { panic!("{done:?}") };
    (order, capture.payment.unwrap().id, tickets)
}

fn ask(order: OrderId, tickets: Option<&[&Ticket]>) -> RefundAsk {
    let tickets = tickets.map(|tickets| tickets.iter().map(|t| t.id).collect());
    RefundAsk { id: RefundId(Uuid::new_v4()), order, tickets, approved: true }
}

async fn request(world: &World, ask: &RefundAsk) -> Requested {
    let cause = Cause::because("staff", "ill", now());
    world.store().request_refund(ask, &cause).await.unwrap()
}

#[tokio::test]
async fn a_returned_ticket_is_void_its_seat_is_free_and_its_price_goes_back() {
    let world = World::new().await;
    let (order, payment, tickets) = sold(&world, &[1, 2], 2).await;
    let [seat, _, place, _] = tickets.as_slice() else { panic!("{tickets:?}") };
    let done = request(&world, &ask(order.id, Some(&[seat, place]))).await;
    let refund = done.refund.unwrap();
    assert_eq!((refund.amount.minor, refund.payment, refund.state), (9_000, payment, RefundState::Approved));
    assert_eq!((refund.reason.as_str(), refund.reference), ("ill", None));
    let returned = done.returned.unwrap();
    assert_eq!((returned.seats, returned.areas), (vec![SeatIx(1)], vec![(FLOOR, 1)]));
    let claims = world.store().claims(world.event).await.unwrap();
    assert_eq!((claims.sold, claims.areas[0].claimed), (vec![SeatIx(2)], 1));
    let states: Vec<_> =
        world.store().tickets_of_order(order.id).await.unwrap().iter().map(|t| t.state).collect();
    use TicketState::{Issued, Voided};
    assert_eq!(states, [Voided, Issued, Voided, Issued]);
    let stored = world.store().order_by_id(order.id).await.unwrap().unwrap();
    assert_eq!((stored.status, stored.refund_status), (OrderStatus::Completed, RefundStatus::None));
    // Somebody else may have the seat.
    sold(&world, &[1], 1).await;
    for (entity, id, action) in [
        ("ticket", seat.id.to_string(), "voided"),
        ("refund", refund.id.to_string(), "approved"),
        ("reservation", order.reservation.to_string(), "returned"),
    ] {
        assert_eq!(world.store().audit_of(entity, &id).await.unwrap().last().unwrap().action, action);
    }
    assert_eq!(world.count("SELECT count(*) FROM facts WHERE kind = 'refund_requested'").await, 1);
    assert_eq!(world.count("SELECT sum(amount_minor)::bigint FROM refund_tickets").await, 9_000);
}

#[tokio::test]
async fn asked_many_times_at_once_a_ticket_is_paid_back_once() {
    let world = World::with_connections(8).await;
    let (order, _, tickets) = sold(&world, &[1, 2], 1).await;
    let mut tasks = JoinSet::new();
    for n in 0..12_usize {
        let one = [&tickets[n % 3]];
        let ask = ask(order.id, if n < 6 { Some(&one) } else { None });
        let store = world.store().clone();
        tasks.spawn(async move { store.request_refund(&ask, &test_cause()).await.unwrap() });
    }
    let done = tasks.join_all().await;
    let new: i64 = done.iter().filter(|d| !d.repeated).map(|d| d.refund.as_ref().unwrap().amount.minor).sum();
    assert_eq!(new, order.total.minor);
    assert!(done.iter().all(|d| d.refund.is_some()), "a repetition answers what is under way");
    assert_eq!(world.count("SELECT sum(amount_minor)::bigint FROM refunds").await, order.total.minor);
    assert_eq!(world.count("SELECT claimed::bigint FROM event_areas").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM reservation_seats WHERE active").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM tickets WHERE state <> 'voided'").await, 0);
}

#[tokio::test]
async fn what_is_not_paid_used_or_not_the_orders_is_not_given_back() {
    let world = World::new().await;
    let waiting = world.place(&[3], 0).await;
    let refused = world.store().request_refund(&ask(waiting.id, None), &test_cause()).await;
    assert!(matches!(refused, Err(StoreError::WrongState { what: "the order" })));
    let (order, _, _) = sold(&world, &[1], 0).await;
    let stranger = RefundAsk { tickets: Some(vec![TicketId(Uuid::new_v4())]), ..ask(order.id, None) };
    let refused = world.store().request_refund(&stranger, &test_cause()).await;
    assert!(matches!(refused, Err(StoreError::Missing { what: "the ticket" })));
    assert_eq!(world.count("SELECT count(*) FROM refunds").await, 0);
}

#[tokio::test]
async fn a_refund_waits_for_a_word_is_taken_by_one_and_follows_the_providers_news() {
    let world = World::new().await;
    let store = world.store();
    let (order, payment, _) = sold(&world, &[1], 0).await;
    let mut asked = ask(order.id, None);
    asked.approved = false;
    let refund = request(&world, &asked).await.refund.unwrap();
    assert_eq!(refund.state, RefundState::Requested);
    assert!(store.due_refunds(now(), 10).await.unwrap().is_empty());
    assert!(store.approve_refund(refund.id, &test_cause()).await.unwrap());
    assert!(!store.approve_refund(refund.id, &test_cause()).await.unwrap());
    let due = store.due_refunds(now(), 10).await.unwrap();
    assert_eq!(due.iter().map(|r| r.id).collect::<Vec<_>>(), [refund.id]);
    let later = now() + TimeDelta::minutes(1);
    assert!(store.take_refund(refund.id, 0, later).await.unwrap());
    assert!(!store.take_refund(refund.id, 0, later).await.unwrap(), "another has it");
    assert!(store.due_refunds(now(), 10).await.unwrap().is_empty());
    let news = |fact, reference| RefundNews {
        id: refund.id,
        reference,
        payment,
        amount: order.total,
        fact,
        failure: None,
    };
    // The webhook of the end is faster than the answer to our own call.
    assert!(store.record_refund(&news(Fact::Succeeded, Some("re_1")), &test_cause()).await.unwrap());
    assert!(!store.record_refund(&news(Fact::Sent, Some("re_1")), &test_cause()).await.unwrap());
    let stored = store.refunds_of_order(order.id).await.unwrap();
    assert_eq!((stored.len(), stored[0].reference.as_deref()), (1, Some("re_1")));
    let full = store.order_by_id(order.id).await.unwrap().unwrap();
    assert_eq!(full.refund_status, RefundStatus::Full);
    assert!(store.due_refunds(later, 10).await.unwrap().is_empty());
    let returned = store.untold_returns(now(), 10).await.unwrap();
    assert_eq!(returned.iter().map(|r| r.seats.clone()).collect::<Vec<_>>(), [vec![SeatIx(1)]]);
    assert!(store.return_told(returned[0].id, now()).await.unwrap());
    assert!(store.untold_returns(now(), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn surplus_money_has_its_refund_in_the_same_moment_and_once() {
    let world = World::new().await;
    let store = world.store();
    let order = world.place(&[1], 0).await;
    let payment = world.capture(&order).await.payment.unwrap().id;
    store.close_payment(payment, Closing::Expired, &test_cause()).await.unwrap();
    store.release_order(order.id, Ending::Expired, &test_cause()).await.unwrap();
    assert!(store.mark_surplus(payment, Some("pi_1"), &test_cause()).await.unwrap());
    assert!(!store.mark_surplus(payment, Some("pi_1"), &test_cause()).await.unwrap());
    let refunds = store.refunds_of_order(order.id).await.unwrap();
    assert_eq!(refunds.len(), 1);
    assert_eq!((refunds[0].id.0, refunds[0].state), (payment.0, RefundState::Approved));
    assert_eq!(refunds[0].amount, order.total);
    assert_eq!(store.payment_by_id(payment).await.unwrap().unwrap().state, PaymentState::Surplus);
    let until = now() + TimeDelta::seconds(1);
    let with_money = store.payments_with_money(now(), until).await.unwrap();
    assert_eq!(with_money, [(payment, Some("pi_1".to_owned()))]);
}

#[tokio::test]
async fn a_dispute_moves_on_in_any_order_and_is_told_once() {
    let world = World::new().await;
    let store = world.store();
    let (order, payment, _) = sold(&world, &[1], 0).await;
    assert_eq!(store.dispute_of_order(order.id).await.unwrap(), None);
    let note =
        async |decided| store.note_dispute(payment, decided, "fraudulent", &test_cause()).await.unwrap();
    assert!(note(Some(false)).await, "the decision may come first");
    assert!(!note(None).await && !note(Some(false)).await && !note(Some(true)).await);
    assert_eq!(store.dispute_of(payment).await.unwrap(), Some(Dispute::Lost));
    assert_eq!(store.dispute_of_order(order.id).await.unwrap(), Some(Dispute::Lost));
    let (_, other, _) = sold(&world, &[2], 0).await;
    assert!(store.note_dispute(other, None, "", &test_cause()).await.unwrap());
    assert!(store.note_dispute(other, Some(true), "", &test_cause()).await.unwrap());
    assert_eq!(store.dispute_of(other).await.unwrap(), Some(Dispute::Won));
    assert_eq!(world.count("SELECT count(*) FROM facts WHERE kind = 'payment_disputed'").await, 3);
}
