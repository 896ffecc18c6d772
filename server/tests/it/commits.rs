//! Group commit: who comes together shares a transaction, and nobody pays for another's mistake.

use crate::{
    buyer::{commit, fresh, hold, order, standing},
    world::World,
};
use domain::{
    ids::{OrderId, TicketId},
    money::Money,
};
use futures::future::join_all;
use services::CommitQueue;
use store_pg::{
    StoreError,
    orders::commit::{Capture, CapturedPayment, Commit},
    testing::ticket_transactions,
    tickets::NewTicket,
};
use uuid::Uuid;

/// An order that waits for its payment, and the money that the provider would report.
async fn capture(world: &World) -> Capture {
    let held = hold(&world.http, world.event, &standing(1)).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    let id: OrderId = awaiting["order_id"].as_str().unwrap().parse().unwrap();
    let order = world.db.store.order_by_id(id).await.unwrap().unwrap();
    let payment = world.db.store.payments_of_order(id).await.unwrap().remove(0);
    let ticket = |line: &store_pg::orders::OrderLine| {
        let id = Uuid::new_v4();
        NewTicket { id: TicketId(id), line: line.id, code: id.to_string() }
    };
    Capture {
        order: id,
        payment: Some(CapturedPayment { id: payment.id, intent: None, amount: payment.amount }),
        tickets: order.lines.iter().map(ticket).collect(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_come_together_share_a_transaction_and_a_bad_one_spoils_none() {
    let world = World::new().await;
    let mut captures = join_all((0..24).map(|_| capture(&world))).await;
    // One whose amount is wrong, one whose payment is another's (which breaks the whole transaction), and one twice.
    captures[3].payment.as_mut().unwrap().amount = Money::new(1, domain::money::Currency::EUR);
    captures[5].payment.as_mut().unwrap().id.0 = Uuid::new_v4();
    let twice = captures[0].clone();
    let queue = CommitQueue::open(world.db.store.clone());
    let (bad, good): (Vec<_>, Vec<_>) =
        captures.into_iter().enumerate().partition(|(n, _)| matches!(n, 3 | 5));
    let first = join_all(good.into_iter().map(|(_, c)| queue.commit(c)).collect::<Vec<_>>()).await;
    assert!(first.iter().all(|done| matches!(done, Ok(Commit::Issued(t)) if t.len() == 1)), "{first:?}");
    let shared = ticket_transactions(&world.db.store, world.event).await.unwrap();
    assert!(shared <= 4, "22 orders in {shared} transactions");
    let mut late = join_all((0..4).map(|_| capture(&world))).await;
    late.extend(bad.into_iter().map(|(_, c)| c));
    late.extend([twice.clone(), twice]);
    let done = join_all(late.into_iter().map(|c| queue.commit(c))).await;
    assert!(done[..4].iter().all(|done| matches!(done, Ok(Commit::Issued(_)))), "{done:?}");
    assert!(matches!(done[4], Err(StoreError::AmountMismatch)), "{:?}", done[4]);
    assert!(matches!(done[5], Err(StoreError::WrongState { .. })), "{:?}", done[5]);
    assert!(done[6..].iter().all(|done| matches!(done, Ok(Commit::Already { .. }))), "{done:?}");
    assert_eq!(world.tickets().await.len(), 26);
}
