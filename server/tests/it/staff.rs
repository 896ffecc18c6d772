//! The staff: signing in, finding an order, helping its buyer; and everybody else is kept out.

use crate::{
    buyer::{buy, commit, fresh, hold, look, order, wish},
    client::{Client, Reply},
    house::seat,
    world::{World, eventually},
};
use axum::http::Method;
use services::staff::Role;
use store_pg::testing::put_fact;

const PASSWORD: &str = "a long enough password";
const FORM: &str = "application/x-www-form-urlencoded";

/// Somebody at a browser without scripts.
struct Person {
    http: Client,
    cookie: String,
}

impl Person {
    async fn get(&self, path: &str) -> Reply {
        self.http.get(path).header("cookie", &self.cookie).send().await
    }

    /// Sends a form as a page of ours would.
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.post_from(&self.http.base, path, fields).await
    }

    async fn post_from(&self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", value.replace('@', "%40").replace(' ', "+")))
            .collect::<Vec<_>>()
            .join("&");
        let call = self.http.call(Method::POST, path).header("cookie", &self.cookie).header("origin", origin);
        call.body(FORM, body).send().await
    }

    /// The token that the forms of a page carry.
    async fn form_token(&self, path: &str) -> String {
        let page = self.get(path).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let text = page.text();
        let at = text.find("name=\"form_token\"").unwrap();
        let value = text[at..].split("value=\"").nth(1).unwrap();
        value.split('"').next().unwrap().to_owned()
    }

    /// A form that says why.
    async fn act(&self, page: &str, path: &str, reason: &str) -> Reply {
        let token = self.form_token(page).await;
        self.post(path, &[("form_token", &token), ("reason", reason)]).await
    }
}

fn stranger(world: &World) -> Person {
    Person { http: world.http.clone(), cookie: String::new() }
}

async fn try_sign_in(world: &World, email: &str, password: &str) -> Reply {
    stranger(world).post("/staff/sign-in", &[("email", email), ("password", password)]).await
}

async fn member(world: &World, email: &str, role: Role) -> Person {
    world.services.add_staff(email, role, PASSWORD, "test").await.unwrap();
    let reply = try_sign_in(world, email, PASSWORD).await;
    assert_eq!((reply.status, reply.header("location")), (303, "/staff"), "{}", reply.text());
    let cookie = reply.header("set-cookie");
    for part in ["parterre_staff=", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    Person { http: world.http.clone(), cookie: cookie.split(';').next().unwrap().to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_account_get_the_same_answer() {
    let world = World::without_workers(Default::default()).await;
    world.services.add_staff("eve@example.org", Role::Support, PASSWORD, "test").await.unwrap();
    let wrong = try_sign_in(&world, "eve@example.org", "another password").await;
    let unknown = try_sign_in(&world, "adam@example.org", PASSWORD).await;
    for reply in [&wrong, &unknown] {
        assert_eq!(reply.status, 401);
        assert_eq!(reply.header("set-cookie"), "");
        assert!(reply.header("cache-control").contains("no-store"));
    }
    let fields = [("email", "eve@example.org"), ("password", PASSWORD)];
    let foreign = stranger(&world).post_from("https://evil.example", "/staff/sign-in", &fields).await;
    assert_eq!(
        (foreign.status, foreign.header("set-cookie")),
        (403, ""),
        "nobody is signed in by another site"
    );
    assert_eq!(wrong.text().replace("eve@", "@"), unknown.text().replace("adam@", "@"));
    // And the right one opens, in whatever letters the address is typed; a closed account does not.
    assert_eq!(try_sign_in(&world, "EVE@example.org ", PASSWORD).await.status, 303);
    assert!(world.services.disable_staff_by_email("eve@example.org", "test").await.unwrap());
    assert_eq!(try_sign_in(&world, "eve@example.org", PASSWORD).await.status, 401);
    let weak = world.services.add_staff("weak@example.org", Role::Support, "short", "test").await;
    assert!(matches!(weak, Err(services::Error::Invalid(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn trying_again_and_again_is_stopped_even_with_the_right_password() {
    let world = World::without_workers(Default::default()).await;
    world.services.add_staff("eve@example.org", Role::Support, PASSWORD, "test").await.unwrap();
    let mut refused = 0;
    for _ in 0..40 {
        let reply = try_sign_in(&world, "eve@example.org", "x").await;
        refused += u32::from(reply.status == 429);
        if refused > 0 {
            break;
        }
    }
    assert_eq!(refused, 1);
    let right = try_sign_in(&world, "eve@example.org", PASSWORD).await;
    assert_eq!((right.status, right.header("set-cookie")), (429, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_and_every_form_asks_who_is_there() {
    let world = World::without_workers(Default::default()).await;
    let nobody = stranger(&world);
    let forged = Person { cookie: format!("parterre_staff={}", "0".repeat(64)), ..stranger(&world) };
    let id = fresh();
    let pages = ["/staff", "/staff/trouble", "/staff/accounts", &format!("/staff/orders/{id}")];
    let forms = [
        "/staff/sign-out".to_owned(),
        format!("/staff/orders/{id}/resend"),
        format!("/staff/orders/{id}/release"),
        "/staff/dead-letters/1/replay".to_owned(),
        "/staff/provider-facts/evt_1/retry".to_owned(),
        format!("/staff/accounts/{id}/disable"),
    ];
    for person in [&nobody, &forged] {
        for path in pages {
            let reply = person.get(path).await;
            assert_eq!(reply.status, 303, "{path}");
            assert!(reply.header("location").starts_with("/staff/sign-in?next=%2Fstaff"), "{path}");
        }
        for path in &forms {
            let reply = person.post(path, &[("reason", "because")]).await;
            assert_eq!(
                (reply.status, reply.header("location")),
                (303, "/staff/sign-in?next=%2Fstaff"),
                "{path}"
            );
        }
    }
    // Signed in: a form of another site, and one without the session's token, change nothing.
    let eve = member(&world, "eve@example.org", Role::Support).await;
    let token = eve.form_token("/staff").await;
    for path in &forms {
        let fields = [("form_token", token.as_str()), ("reason", "because")];
        assert_eq!(eve.post_from("https://evil.example", path, &fields).await.status, 403, "{path}");
        for wrong in ["", "0123", &token[1..]] {
            let fields = [("form_token", wrong), ("reason", "because")];
            assert_eq!(eve.post(path, &fields).await.status, 403, "{path}");
        }
    }
    // The role: accounts are for admins.
    assert_eq!(eve.get("/staff/accounts").await.status, 403);
    let fields = [("form_token", token.as_str()), ("reason", "because")];
    assert_eq!(eve.post(&format!("/staff/accounts/{id}/disable"), &fields).await.status, 403);
    assert!(!eve.get("/staff").await.text().contains("/staff/accounts"));
    // Signed out, the same cookie opens nothing.
    let gone = eve.post("/staff/sign-out", &[("form_token", &token)]).await;
    assert_eq!((gone.status, gone.header("location")), (303, "/staff/sign-in"));
    assert!(gone.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(eve.get("/staff").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_closes_an_account_and_its_session_ends_there_and_then() {
    let world = World::without_workers(Default::default()).await;
    let eve = member(&world, "eve@example.org", Role::Support).await;
    let ada = member(&world, "ada@example.org", Role::Admin).await;
    let page = ada.get("/staff/accounts").await.text();
    assert!(page.contains("eve@example.org") && page.contains("ada@example.org"));
    let id_of = |email: &str| {
        let accounts = world.services.staff();
        let email = email.to_owned();
        async move { accounts.await.unwrap().into_iter().find(|a| a.email == email).unwrap().id }
    };
    let (hers, own) = (id_of("eve@example.org").await, id_of("ada@example.org").await);
    let path = |id| format!("/staff/accounts/{id}/disable");
    assert_eq!(ada.act("/staff/accounts", &path(hers), " ").await.status, 422, "without a reason");
    assert_eq!(ada.act("/staff/accounts", &path(own), "tired").await.status, 422, "not her own");
    assert_eq!(eve.get("/staff").await.status, 200);
    assert_eq!(ada.act("/staff/accounts", &path(hers), "left the house").await.status, 303);
    assert_eq!(eve.get("/staff").await.status, 303);
    let log = world.db.store.audit_of("staff", &hers.to_string()).await.unwrap();
    let last = log.last().unwrap();
    assert_eq!(
        (last.action.as_str(), last.actor.as_str(), last.reason.as_str(), last.origin.as_str()),
        ("disabled", "staff:ada@example.org", "left the house", "127.0.0.1")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn support_finds_an_order_and_has_its_tickets_sent_again() {
    let world = World::without_workers(Default::default()).await;
    let eve = member(&world, "eve@example.org", Role::Support).await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let bought = buy(&world.http, &held).await;
    let id = bought["order_id"].as_str().unwrap();
    let view = look(&world.http, id, &held.token).expect(200).await;
    let number = view["number"].as_str().unwrap();
    let seat_of_hamlet = format!("words={}&event=hamlet", seat("A", 1));
    let by_lower = format!("words={}", number.to_lowercase());
    let by_id = format!("words={id}");
    for query in ["words=buyer%40example.com", &by_lower, &by_id, &seat_of_hamlet] {
        let page = eve.get(&format!("/staff?{query}")).await;
        assert!(page.status == 200 && page.text().contains(&format!("/staff/orders/{id}")), "{query}");
    }
    assert!(eve.get("/staff").await.text().contains("Which order?"));
    assert!(eve.get("/staff?words=nobody%40example.com").await.text().contains("Nothing found"));
    assert_eq!(eve.get(&format!("/staff?words={}", "x".repeat(300))).await.status, 422);
    let page = format!("/staff/orders/{id}");
    let file = eve.get(&page).await;
    assert!(file.header("cache-control").contains("no-store"));
    for words in [number, "Test Buyer", "completed", "captured", "order placed", "ticket issued", "Timeline"]
    {
        assert!(file.text().contains(words), "{words}: {}", file.text());
    }
    let code = view["tickets"][0]["code"].as_str().unwrap();
    assert!(!file.text().contains(code), "a ticket's code opens the door: it is nobody's but the buyer's");
    assert_eq!(eve.act(&page, &format!("{page}/resend"), "").await.status, 422);
    let done = eve.act(&page, &format!("{page}/resend"), "the mail got <lost>").await;
    assert_eq!((done.status, done.header("location")), (303, format!("{page}?done=resend").as_str()));
    let facts = world.db.store.unpublished_facts(100).await.unwrap();
    assert_eq!(
        facts.iter().filter(|fact| fact.kind == "tickets_resend").count(),
        1,
        "one, and not for no reason"
    );
    let told = eve.get(&format!("{page}?done=resend")).await.text();
    assert!(told.contains("the mail got &lt;lost&gt;") && !told.contains("<lost>"), "{told}");
    assert!(told.contains("staff:eve@example.org") && told.contains("127.0.0.1"));
    // Paid is paid.
    assert_eq!(eve.act(&page, &format!("{page}/release"), "wants out").await.status, 422);
    assert_eq!(eve.get(&format!("/staff/orders/{}", fresh())).await.status, 404);
    assert_eq!(eve.get("/staff/orders/1").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn support_gives_seats_back_once_the_payment_is_closed() {
    let world = World::new().await;
    let eve = member(&world, "eve@example.org", Role::Support).await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    let page = format!("/staff/orders/{}", awaiting["order_id"].as_str().unwrap());
    assert_eq!(eve.act(&page, &format!("{page}/resend"), "please").await.status, 422, "no tickets yet");
    let done = eve.act(&page, &format!("{page}/release"), "called, changed her mind").await;
    assert_eq!(done.status, 303, "{}", done.text());
    eventually("the order is cancelled", async || {
        let text = eve.get(&page).await.text();
        (text.contains("cancelled") && text.contains("payment expired")).then_some(())
    })
    .await;
    hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let text = eve.get(&page).await.text();
    assert!(text.contains("order release asked") && text.contains("called, changed her mind"), "{text}");
    assert_eq!(world.payments().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn support_gives_the_money_back_and_the_seats_are_free() {
    let world = World::new().await;
    let eve = member(&world, "eve@example.org", Role::Support).await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1), seat("A", 2)])).await;
    let bought = buy(&world.http, &held).await;
    let page = format!("/staff/orders/{}", bought["order_id"].as_str().unwrap());
    let refund = format!("{page}/refund");
    assert_eq!(eve.act(&page, &refund, "").await.status, 422, "not for no reason");
    assert_eq!(world.tickets().await.len(), 2);
    let done = eve.act(&page, &refund, "the singer is ill").await;
    assert_eq!((done.status, done.header("location")), (303, format!("{page}?done=refund").as_str()));
    eventually("the money is back", async || (world.money().await == 0).then_some(())).await;
    assert!(world.tickets().await.is_empty());
    hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    assert_eq!(eve.act(&page, &refund, "once more").await.status, 303, "the same wish has one effect");
    assert_eq!(world.ledger().await["refunded"], world.ledger().await["captured"]);
    let text = eve.get(&page).await.text();
    assert!(text.contains("the singer is ill") && !text.contains("Refund everything"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_is_listed_and_tried_anew_with_a_reason() {
    let world = World::without_workers(Default::default()).await;
    let eve = member(&world, "eve@example.org", Role::Support).await;
    let empty = eve.get("/staff/trouble").await.text();
    assert!(empty.contains("No dead letters") && empty.contains("Nothing hangs"));
    let store = &world.db.store;
    let now = services::clock::now();
    let mut letters = Vec::new();
    for n in 0..30 {
        let fact = put_fact(store, "test", serde_json::json!({ "n": n })).await.unwrap();
        store.expect_deliveries(&[fact], &["delivery"], now, now).await.unwrap();
        let taken = store.take("delivery", fact, now, now).await.unwrap().unwrap();
        let cause = store_pg::audit::Cause::by("worker:delivery", now);
        store.bury("delivery", &taken, &format!("reason number {n}"), &cause).await.unwrap();
        letters.push(store.dead_letters(None, 1).await.unwrap().remove(0).id);
    }
    let stuck = serde_json::json!({ "id": "evt_stuck", "type": "moon.risen" });
    store.store_fact("evt_stuck", "moon.risen", &stuck, now - chrono::TimeDelta::minutes(5)).await.unwrap();
    let page = eve.get("/staff/trouble").await.text();
    assert!(
        page.contains("reason number 29") && !page.contains("reason number 4<") && page.contains("evt_stuck")
    );
    let older = page.split("href=\"/staff/trouble?before=").nth(1).unwrap().split('"').next().unwrap();
    let rest = eve.get(&format!("/staff/trouble?before={older}")).await.text();
    assert!(
        rest.contains("reason number 4")
            && rest.contains("reason number 0")
            && !rest.contains("reason number 29")
    );
    let path = format!("/staff/dead-letters/{}/replay", letters[29]);
    assert_eq!(eve.act("/staff/trouble", &path, "").await.status, 422);
    let done = eve.act("/staff/trouble", &path, "mail works again").await;
    assert_eq!((done.status, done.header("location")), (303, "/staff/trouble?done=replay"));
    let again = eve.act("/staff/trouble", &path, "mail works again").await;
    assert_eq!(again.header("location"), "/staff/trouble?done=known");
    assert_eq!(store.dead_letters(None, 100).await.unwrap().len(), 29);
    // A fact without the form of one cannot be applied by hand either; it says so and stays.
    let failed = eve.act("/staff/trouble", "/staff/provider-facts/evt_stuck/retry", "is it well now?").await;
    assert_eq!(failed.status, 503, "{}", failed.text());
    assert!(failed.text().contains("It failed once more") && failed.text().contains("evt_stuck"));
    assert_eq!(store.stuck_facts(now, 10).await.unwrap()[0].fact.attempts, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_has_one_account_with_a_password_of_its_own() {
    let world = World::without_workers(Default::default()).await;
    let demo = world.services.demo_staff().await.unwrap().unwrap();
    assert_eq!(world.services.demo_staff().await.unwrap().as_ref(), Some(&demo), "the same at every start");
    assert_eq!(world.services.staff().await.unwrap().len(), 1);
    assert_eq!(try_sign_in(&world, &demo.email, &demo.password).await.status, 303);
    let other = World::without_workers(Default::default()).await;
    assert_ne!(other.services.demo_staff().await.unwrap().unwrap().password, demo.password);
    world.services.change_staff_password(&demo.email, PASSWORD, "test").await.unwrap();
    assert_eq!(world.services.demo_staff().await.unwrap(), None, "what somebody changed is not shown");
}
