//! The time to pay is nearly over: one mail to who asked for it, and only while it is of use.

use crate::{
    buyer::{Held, commit, fresh, hold, order, pay_page, wish},
    delivery::{deliver, deliveries, fact, letters, raw},
    hosted::becomes,
    house::seat,
    world::{World, eventually},
};
use chrono::TimeDelta;
use chrono_tz::Europe::Berlin;
use serde_json::Value;
use services::clock;
use store_pg::{deliveries::DeliveryState, testing::facts};

const READER: &str = "slow@example.org";

/// An order on its payment page, with the wish to be reminded or without.
async fn place(world: &World, row: &str, remind_me: bool) -> (Held, Value) {
    let held = hold(&world.http, world.event, &wish(&[seat(row, 1)])).await;
    let mut order = order(&fresh(), None);
    order["buyer"]["email"] = READER.into();
    order["buyer"]["remind_me"] = remind_me.into();
    let awaiting = commit(&world.http, &held, &order).expect(202).await;
    (held, awaiting)
}

/// Reminds as it would be done when so many of the fifteen minutes to pay have passed.
async fn remind(world: &World, minutes: i64) -> usize {
    world.services.remind_of_payment(clock::now() + TimeDelta::minutes(minutes)).await.unwrap()
}

async fn reminders(world: &World) -> Vec<Value> {
    let mut letters = letters(world, READER).await;
    letters.retain(|letter| letter["subject"].as_str().unwrap().starts_with("Kept until "));
    letters
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_is_reminded_once_before_the_seats_go() {
    let world = World::new().await;
    let (_, awaiting) = place(&world, "A", true).await;
    place(&world, "B", false).await;
    assert_eq!(remind(&world, 8).await, 0, "there is time");
    let at_once = futures::future::join_all((0..4).map(|_| remind(&world, 11))).await;
    assert_eq!((at_once.iter().sum::<usize>(), remind(&world, 12).await), (1, 0), "once, whoever looks");
    eventually("the mail is there", async || (!reminders(&world).await.is_empty()).then_some(())).await;
    deliver(&world, fact(&world, "order_lapsing").await).await;
    let sent = reminders(&world).await;
    assert_eq!(sent.len(), 1, "{sent:?}");
    let until: chrono::DateTime<chrono::Utc> = awaiting["pay_before"].as_str().unwrap().parse().unwrap();
    let until = until.with_timezone(&Berlin).format("%H:%M");
    assert_eq!(
        sent[0]["subject"],
        format!("Kept until {until} (Berlin time): your seats for The play hamlet")
    );
    let text = raw(&world, &sent[0]).await.replace("=\r\n", "").replace("=3D", "=");
    assert!(text.contains(&format!("Your seats are kept until {until} (Berlin time)")), "{text}");
    assert!(text.contains(&format!("Finish paying: {}", awaiting["order_url"].as_str().unwrap())), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_reminded_of_an_order_that_is_paid_given_up_or_over() {
    let world = World::new().await;
    let (paid, awaiting) = place(&world, "A", true).await;
    pay_page(&world.http, awaiting["payment_url"].as_str().unwrap(), "4242424242424242").send().await;
    becomes(&world, awaiting["order_id"].as_str().unwrap(), &paid.token, "completed").await;
    let (given_up, awaiting) = place(&world, "B", true).await;
    world.http.delete(&given_up.path("")).bearer(&given_up.token).expect(204).await;
    becomes(&world, awaiting["order_id"].as_str().unwrap(), &given_up.token, "cancelled").await;
    place(&world, "C", true).await;
    assert_eq!(remind(&world, 16).await, 0, "too late to be of use");
    assert!(reminders(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_that_comes_after_the_money_is_not_sent() {
    let world = World::without_workers(crate::world::Setup::default()).await;
    // Paid between the reminder and its queue, and paid while the mail server was busy.
    for (row, busy) in [("A", false), ("B", true)] {
        let (held, awaiting) = place(&world, row, true).await;
        let id = awaiting["order_id"].as_str().unwrap();
        assert_eq!(remind(&world, 11).await, 1);
        let fact = fact(&world, "order_lapsing").await;
        if busy {
            let faults = serde_json::json!({ "mail_busy_next": 1 });
            world.sandbox.post("/_sandbox/faults", &faults).expect(204).await;
            assert!(world.services.deliver_fact(fact).await.is_err(), "the mail server is busy");
        }
        pay_page(&world.http, awaiting["payment_url"].as_str().unwrap(), "4242424242424242").send().await;
        becomes(&world, id, &held.token, "completed").await;
        deliver(&world, fact).await;
        let states: Vec<_> = deliveries(&world, id).await.iter().map(|d| d.state).collect();
        assert_eq!(states, if busy { vec![DeliveryState::Failed] } else { Vec::new() });
    }
    assert!(reminders(&world).await.is_empty());
    assert_eq!(facts(&world.db.store, "order_lapsing").await.unwrap().len(), 2);
}
