//! The sandbox's API beyond what the gateway uses.

use crate::common::{KEY, World, form, get, order};
use payments::Gateway as _;

const INTENT: [(&str, &str); 3] =
    [("amount", "4500"), ("currency", "eur"), ("payment_method", "pm_card_threeDSecure2Required")];

fn bearer() -> String {
    format!("Bearer {KEY}")
}

#[tokio::test]
async fn callers_show_their_key() {
    let world = World::new().await;
    // `sk_test_loopback:` in base64.
    for authorization in [bearer().as_str(), "Basic c2tfdGVzdF9sb29wYmFjazo="] {
        assert_eq!(world.api("GET", "events", &[], authorization).await.0, 200, "{authorization}");
    }
    for authorization in ["", "Bearer sk_test_other", "Basic !", "Digest x"] {
        let (status, answer) = world.api("GET", "events", &[], authorization).await;
        assert_eq!(
            (status, &answer["error"]["type"]),
            (401, &"invalid_request_error".into()),
            "{authorization}"
        );
    }
}

#[tokio::test]
async fn a_payment_waits_for_its_challenge_and_goes_back_to_the_caller() {
    let world = World::new().await;
    let (_, intent) = world.api("POST", "payment_intents", &INTENT, &bearer()).await;
    assert_eq!(intent["status"], "requires_confirmation");
    let path = format!("payment_intents/{}", intent["id"].as_str().unwrap());
    let confirm = [("return_url", "http://shop.example/done?x=1")];
    let (_, waiting) = world.api("POST", &format!("{path}/confirm"), &confirm, &bearer()).await;
    assert_eq!(waiting["status"], "requires_action");
    let url = waiting["next_action"]["redirect_to_url"]["url"].as_str().unwrap();
    assert_eq!(get(url).await.status, 200);
    let done = form(url, &[("outcome", "complete")]).await;
    assert_eq!(
        done.location,
        format!("http://shop.example/done?x=1&payment_intent={}", intent["id"].as_str().unwrap())
    );
    assert_eq!(world.api("GET", &path, &[], &bearer()).await.1["status"], "succeeded");
    let (status, refused) = world.api("POST", &format!("{path}/cancel"), &[], &bearer()).await;
    assert_eq!((status, &refused["error"]["code"]), (400, &"payment_intent_unexpected_state".into()));
}

#[tokio::test]
async fn a_cancelled_payment_takes_nothing() {
    let world = World::new().await;
    let (_, intent) = world.api("POST", "payment_intents", &INTENT, &bearer()).await;
    let path = format!("payment_intents/{}", intent["id"].as_str().unwrap());
    let (_, waiting) = world.api("POST", &format!("{path}/confirm"), &[], &bearer()).await;
    assert_eq!(world.api("POST", &format!("{path}/cancel"), &[], &bearer()).await.1["status"], "canceled");
    let url = waiting["next_action"]["redirect_to_url"]["url"].as_str().unwrap();
    assert_eq!(form(url, &[("outcome", "complete")]).await.status, 200, "a page that says thank you");
    assert_eq!(world.ledger().await["captured"], 0);
}

#[tokio::test]
async fn events_are_listed_page_by_page_newest_first() {
    let world = World::new().await;
    world.faults(r#"{"drop_next": 1}"#).await;
    for _ in 0..5 {
        world.gateway.charge(&world.charge_for(order(), "pm_card_visa")).await.unwrap();
    }
    let (mut ids, mut after, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let (status, page) = world.api("GET", &format!("events?limit=2{after}"), &[], &bearer()).await;
        assert_eq!((status, &page["object"]), (200, &"list".into()));
        ids.extend(
            page["data"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()),
        );
        pages += 1;
        if page["has_more"] == false {
            break;
        }
        after = format!("&starting_after={}", ids.last().unwrap());
    }
    assert_eq!((ids.len(), pages), (5, 3));
    let (_, one) = world.api("GET", &format!("events/{}", ids[0]), &[], &bearer()).await;
    assert_eq!((&one["id"], &one["type"]), (&ids[0].as_str().into(), &"payment_intent.succeeded".into()));
}

#[tokio::test]
async fn bad_requests_name_the_parameter() {
    let world = World::new().await;
    for (path, fields, param, code) in [
        ("payment_intents", vec![("currency", "eur")], "amount", "parameter_missing"),
        (
            "payment_intents",
            vec![("amount", "x"), ("currency", "eur")],
            "amount",
            "parameter_invalid_integer",
        ),
        ("payment_intents", vec![("amount", "100"), ("currency", "euro")], "currency", "parameter_invalid"),
        ("payment_intents", vec![("amout", "100")], "amout", "parameter_unknown"),
        ("checkout/sessions", vec![("mode", "payment")], "line_items", "parameter_missing"),
        ("checkout/sessions", vec![("mode", "subscription")], "mode", "parameter_invalid"),
        ("refunds", vec![("amount", "5")], "payment_intent", "parameter_missing"),
    ] {
        let (status, answer) = world.api("POST", path, &fields, &bearer()).await;
        let error = &answer["error"];
        assert_eq!(
            (status, &error["param"], &error["code"]),
            (400, &param.into(), &code.into()),
            "{path} {fields:?}"
        );
    }
    assert_eq!(world.api("GET", "customers", &[], &bearer()).await.0, 404);
}
