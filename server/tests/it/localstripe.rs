//! The wire is Stripe's, not ours: localstripe, a fake of Stripe from PyPI that nobody here wrote, in the sandbox's place.
//! The client is the one that ships, and so is the program around it.
//!
//! What localstripe 1.15 cannot do, so that only the sandbox proves it: hosted pages (it has none); `Idempotency-Key` (it
//! takes money again, so the repetition here is stopped by our own books); refusing to give back more than was taken;
//! webhooks about refunds and disputes; the parameters and the filter that `end2end/independent/provider.py` names.
//! Where it speaks another version of the API the client has to understand it all the same: an error of a card is an
//! `invalid_request_error` under 402, a payment has no `amount_received`, `latest_charge` is the whole charge, an event
//! has no `pending_webhooks`.

use crate::{
    buyer::{commit, fresh, hold, look, order, wish},
    child::Child,
    client::Client,
    house::{SEAT_TOTAL, seats},
    world::{SANDBOX_KEY, Setup, WEBHOOK_SECRET, eventually},
};
use domain::{
    ids::{OrderId, RefundId, TicketId},
    money::{Currency, Money},
};
use payments::{
    Charge, ChargeOutcome, Gateway as _, GatewayError, Refund, RefundState, StripeConfig, StripeGateway,
};
use serde_json::{Value, json};
use services::clock;
use std::{
    io::{BufRead as _, BufReader},
    process::{Child as Process, Command, Stdio},
};
use store_pg::support::Source;

/// localstripe as a process; it ends with the test.
struct Stranger {
    process: Process,
    http: Client,
}

impl Stranger {
    /// Starts it; the first time it is fetched, which has bounds of its own and may not be skipped.
    async fn start() -> Self {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../end2end/independent/provider");
        let mut process = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let said = process.stdout.take().unwrap();
        let port = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            BufReader::new(said).read_line(&mut line).unwrap();
            line
        });
        let port = port.await.unwrap();
        assert!(!port.is_empty(), "localstripe does not run: see above");
        Self { process, http: Client::new(format!("http://127.0.0.1:{}", port.trim())) }
    }

    /// What it has of a kind, as it lists it.
    async fn list(&self, kind: &str) -> Vec<Value> {
        let list = self.http.get(&format!("/v1/{kind}?limit=100")).bearer(SANDBOX_KEY).expect(200).await;
        assert_eq!(list["has_more"], false);
        list["data"].as_array().unwrap().clone()
    }

    /// Captured and given back, in minor units, as its own books say.
    async fn money(&self) -> (i64, i64) {
        let sum = |rows: &[Value]| rows.iter().map(|row| row["amount"].as_i64().unwrap()).sum();
        let mut taken = self.list("payment_intents").await;
        taken.retain(|intent| intent["status"] == "succeeded");
        (sum(&taken), sum(&self.list("refunds").await))
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::parse("EUR").unwrap())
}

fn charge(method: &str) -> Charge {
    Charge {
        order: OrderId(uuid::Uuid::new_v4()),
        amount: eur(4_500),
        payment_method: method.into(),
        email: "buyer@example.com".into(),
        description: "Two seats".into(),
        idempotency_key: fresh(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_takes_money_at_a_strangers_stripe_and_gives_it_back() {
    let stranger = Stranger::start().await;
    let base = stranger.http.base.as_str();
    let gateway = StripeGateway::new(&StripeConfig::sandbox(SANDBOX_KEY, WEBHOOK_SECRET, base)).unwrap();
    let before = clock::now();

    let good = charge("pm_card_visa");
    let outcome = gateway.charge(&good).await.unwrap();
    let ChargeOutcome::Captured { intent } = outcome.clone() else { panic!("{outcome:?}") };
    assert_eq!(gateway.intent(&intent).await.unwrap(), outcome, "asked again, it is what it was");

    let declined = gateway.charge(&charge("pm_card_chargeCustomerFail")).await.unwrap();
    let expected =
        ChargeOutcome::Declined { code: "card_declined".into(), message: "Your card was declined.".into() };
    assert_eq!(declined, expected);
    let unknown = gateway.charge(&charge("pm_nobodys")).await.unwrap_err();
    assert!(matches!(unknown, GatewayError::Rejected { status: 404, .. }), "{unknown:?}");
    assert_eq!(stranger.money().await, (4_500, 0));

    let back = |minor| Refund {
        intent: intent.clone(),
        amount: eur(minor),
        order: good.order,
        refund: RefundId(uuid::Uuid::new_v4()),
        idempotency_key: fresh(),
    };
    for minor in [1_500, 3_000] {
        let state = gateway.refund(&back(minor)).await.unwrap();
        let RefundState::Succeeded { refund } = &state else { panic!("{state:?}") };
        assert_eq!(gateway.refund_state(refund).await.unwrap(), state);
    }
    assert_eq!(stranger.money().await, (4_500, 4_500));

    let listed = gateway.taken(before, None).await.unwrap();
    let orders: Vec<_> = listed.taken.iter().map(|taken| (&taken.intent, taken.order)).collect();
    assert_eq!((orders, listed.next), (vec![(&intent, Some(good.order))], None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_asks_for_its_owner_takes_nothing_at_a_strangers_stripe() {
    let stranger = Stranger::start().await;
    let base = stranger.http.base.as_str();
    let gateway = StripeGateway::new(&StripeConfig::sandbox(SANDBOX_KEY, WEBHOOK_SECRET, base)).unwrap();
    let card = "type=card&card%5Bnumber%5D=4000002500003155&card%5Bexp_month%5D=12&card%5Bexp_year%5D=2034\
                &card%5Bcvc%5D=123";
    let made = stranger.http.call(axum::http::Method::POST, "/v1/payment_methods").bearer(SANDBOX_KEY);
    let made = made.body("application/x-www-form-urlencoded", card).expect(200).await;
    let outcome = gateway.charge(&charge(made["id"].as_str().unwrap())).await.unwrap();
    assert!(matches!(outcome, ChargeOutcome::RequiresAction { .. }), "{outcome:?}");
    assert_eq!(stranger.money().await, (0, 0));
}

/// The webhooks of a kind that the order's record has, each applied.
async fn applied(child: &Child, order: OrderId, kind: &str) -> usize {
    let record = child.stage.db.store.timeline(order).await.unwrap();
    let heard = record.iter().filter(|entry| entry.source == Source::Provider && entry.what == kind);
    heard.filter(|entry| !entry.data["applied_at"].is_null()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_are_sold_and_given_back_over_a_strangers_stripe() {
    let stranger = Stranger::start().await;
    let setup = Setup { stripe_base: Some(stranger.http.base.clone()), ..Setup::default() };
    let child = Child::start(setup).await;
    let webhooks = format!("{}/api/v1/webhooks/payments", child.http.base);
    let hook = json!({ "url": webhooks, "secret": WEBHOOK_SECRET });
    stranger.http.post("/_config/webhooks/site", &hook).expect(200).await;

    let held = hold(&child.http, child.stage.event, &wish(&seats("A", 1..=2))).await;
    let bad = order(&fresh(), Some("pm_card_chargeCustomerFail"));
    let problem = commit(&child.http, &held, &bad).refused(402, "payment_declined").await;
    assert_eq!((&problem["reason"], stranger.money().await), (&"card_declined".into(), (0, 0)));

    let good = order(&fresh(), Some("pm_card_visa"));
    let paid = commit(&child.http, &held, &good).expect(200).await;
    assert_eq!(commit(&child.http, &held, &good).expect(200).await, paid, "the same request again");
    assert_eq!(stranger.money().await, (2 * SEAT_TOTAL, 0));
    let id: OrderId = paid["order_id"].as_str().unwrap().parse().unwrap();
    let tickets: Vec<TicketId> = paid["tickets"].as_array().unwrap().iter().map(ticket).collect();
    assert_eq!(tickets.len(), 2);

    // Signed and told by the stranger, about a second later.
    eventually("the stranger's webhook is taken", async || {
        (applied(&child, id, "payment_intent.succeeded").await == 1).then_some(())
    })
    .await;
    assert_eq!(child.stage.tickets().await.len(), 2, "told twice, issued once");

    for (tickets, status, back) in
        [(Some(vec![tickets[0]]), "partial", SEAT_TOTAL), (None, "full", 2 * SEAT_TOTAL)]
    {
        child.stage.services.request_refund(id, tickets, "ill", "staff:test").await.unwrap();
        eventually("the money is back", async || {
            let order = look(&child.http, &id.to_string(), &held.token).expect(200).await;
            (order["refund_status"] == status).then_some(())
        })
        .await;
        assert_eq!(stranger.money().await, (2 * SEAT_TOTAL, back));
    }

    let hour = chrono::TimeDelta::hours(1);
    let report =
        child.stage.services.reconcile_as_of(clock::now() - hour, clock::now() + hour).await.unwrap();
    assert!(report.is_well() && report.listed == 1, "the books agree: {report:?}");
}

fn ticket(ticket: &Value) -> TicketId {
    ticket["id"].as_str().unwrap().parse().unwrap()
}
