//! Text messages: for who asked, with signed callbacks, and STOP means stop.

use crate::{
    buyer::{commit, fresh, hold, order, wish},
    delivery::{deliver, deliveries, fact},
    house::seat,
    world::{World, eventually},
};
use axum::http::Method;
use serde_json::Value;
use store_pg::deliveries::{Channel, DeliveryState};

const PHONE: &str = "+49301234567";
const FORM: &str = "application/x-www-form-urlencoded";

/// Buys a seat with a telephone number; answers the order's id.
async fn buy(world: &World, row: &str, phone: Option<&str>, text_me: bool) -> String {
    let held = hold(&world.http, world.event, &wish(&[seat(row, 1)])).await;
    let mut order = order(&fresh(), Some("pm_card_visa"));
    order["buyer"]["text_me"] = text_me.into();
    if let Some(phone) = phone {
        order["buyer"]["phone"] = phone.into();
    }
    let paid = commit(&world.http, &held, &order).expect(200).await;
    deliver(world, fact(world, "order_completed").await).await;
    paid["order_id"].as_str().unwrap().to_owned()
}

async fn texts(world: &World) -> Vec<Value> {
    world.sandbox.get("/mailbox.json").expect(200).await["texts"].as_array().unwrap().clone()
}

/// The order's text message, once it stands like this.
async fn text_is(world: &World, order: &str, state: DeliveryState) {
    eventually(&format!("the text is {state:?}"), async || {
        let sent = deliveries(world, order).await;
        sent.iter().any(|d| d.channel == Channel::Sms && d.state == state).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_ticked_the_box_gets_the_way_to_the_tickets_and_nobody_else() {
    let world = World::new().await;
    buy(&world, "A", Some(PHONE), false).await;
    buy(&world, "B", None, true).await;
    assert!(texts(&world).await.is_empty());
    let order = buy(&world, "C", Some(PHONE), true).await;
    text_is(&world, &order, DeliveryState::Delivered).await;
    let texts = texts(&world).await;
    assert_eq!((texts.len(), &texts[0]["to"]), (1, &PHONE.into()));
    let body = texts[0]["body"].as_str().unwrap();
    assert!(body.contains(&format!("/orders/{order}?key=")) && body.contains("STOP"), "{body}");
    assert!(body.chars().count() <= 320, "two parts at most: {body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_ends_them_and_start_allows_them_again() {
    let world = World::new().await;
    let order = buy(&world, "A", Some(PHONE), true).await;
    text_is(&world, &order, DeliveryState::Delivered).await;
    let sid = texts(&world).await[0]["sid"].as_str().unwrap().to_owned();
    let answer = async |body: &str| {
        let call = world.sandbox.call(Method::POST, &format!("/mailbox/texts/{sid}/reply"));
        assert_eq!(call.body(FORM, format!("body={body}")).send().await.status, 303, "{body}");
    };
    answer("stop").await;
    buy(&world, "B", Some(PHONE), true).await;
    assert_eq!(texts(&world).await.len(), 1);
    answer("START").await;
    buy(&world, "C", Some(PHONE), true).await;
    assert_eq!(texts(&world).await.len(), 2);
    let log = world.db.store.audit_of("phone", PHONE).await.unwrap();
    assert_eq!(log.iter().map(|row| row.action.as_str()).collect::<Vec<_>>(), ["opted_out", "opted_in"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_not_reached_is_told_from_one_that_does_not_exist() {
    let world = World::new().await;
    let unreached = buy(&world, "A", Some("+15005550009"), true).await;
    text_is(&world, &unreached, DeliveryState::Bounced).await;
    let wrong = buy(&world, "B", Some("+15005550001"), true).await;
    text_is(&world, &wrong, DeliveryState::Failed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_with_a_forged_signature_changes_nothing() {
    let world = World::new().await;
    let (path, form) = ("/api/v1/webhooks/sms/inbound", format!("Body=STOP&From=%2B{}", &PHONE[1..]));
    let url = format!("{}{path}", world.http.base);
    let fields = [("Body", "STOP"), ("From", PHONE)];
    let good = sandbox::sign_form("sandbox_token", &url, &fields);
    let call = |signature: &str| {
        world.http.call(Method::POST, path).header("x-twilio-signature", signature).body(FORM, form.clone())
    };
    for forged in [
        "",
        "AAAA",
        &sandbox::sign_form("other", &url, &fields),
        &sandbox::sign_form("sandbox_token", &format!("{url}2"), &fields),
    ] {
        call(forged).refused(403, "bad_signature").await;
    }
    assert!(!world.db.store.opted_out(PHONE).await.unwrap());
    assert_eq!(call(&good).send().await.status, 200);
    assert!(world.db.store.opted_out(PHONE).await.unwrap());
}
