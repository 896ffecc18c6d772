use crate::world::*;
use chrono::TimeDelta;
use domain::{ids::EventId, ids::PlanId};
use serde_json::json;
use store_pg::testing::TestDb;
use store_pg::{
    facts::Stored,
    hold_log::HoldLogRow,
    idempotency::{Claim, Recall},
    keys::SigningKey,
    plans::NewPlan,
};
use uuid::Uuid;

fn key(kid: &str) -> SigningKey {
    SigningKey {
        kid: kid.into(),
        private_pem: "secret".into(),
        public_jwk: json!({ "kid": kid }),
        created_at: now(),
        retired_at: None,
    }
}

#[tokio::test]
async fn processes_that_start_at_once_agree_on_one_key_and_a_rotated_key_still_verifies() {
    let db = TestDb::new(8).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..6 {
        let store = db.store.clone();
        tasks.spawn(
            async move { store.ensure_signing_key(&key(&format!("k{n}")), &test_cause()).await.unwrap() },
        );
    }
    let keys = tasks.join_all().await;
    assert!(keys.iter().all(|k| k == &keys[0]));
    assert!(!format!("{:?}", keys[0]).contains("secret"));
    db.store.rotate_signing_key(&key("next"), &test_cause()).await.unwrap();
    assert_eq!(db.store.active_signing_key().await.unwrap().unwrap().kid, "next");
    let all = db.store.signing_keys().await.unwrap();
    assert_eq!(all.iter().filter(|k| k.retired_at.is_none()).count(), 1);
    assert_eq!(all.len(), 2);
}

#[tokio::test]
async fn what_the_provider_says_is_kept_until_it_is_applied() {
    let db = TestDb::new(2).await.unwrap();
    let store = &db.store;
    let payload = json!({ "id": "evt_1" });
    let put = || store.store_fact("evt_1", "checkout.session.completed", &payload, now());
    assert_eq!(put().await.unwrap(), Stored::New);
    assert_eq!(put().await.unwrap(), Stored::Waiting);
    store.mark_failed("evt_1", "the order is not there yet").await.unwrap();
    assert!(store.unapplied(now(), 10).await.unwrap().is_empty(), "not at once again");
    let waiting = store.unapplied(now() + TimeDelta::seconds(1), 10).await.unwrap();
    assert_eq!(waiting.iter().map(|f| (f.id.as_str(), f.attempts)).collect::<Vec<_>>(), [("evt_1", 1)]);
    assert!(store.mark_applied("evt_1", now()).await.unwrap());
    assert!(!store.mark_applied("evt_1", now()).await.unwrap());
    assert_eq!(put().await.unwrap(), Stored::Applied);
    assert!(store.unapplied(now() + TimeDelta::days(1), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn facts_leave_the_outbox_once_and_in_order() {
    let world = World::new().await;
    world.place(&[1], 0).await;
    world.place(&[2], 0).await;
    let facts = world.store().unpublished_facts(10).await.unwrap();
    assert!(facts.is_sorted_by_key(|f| f.id));
    let ids: Vec<_> = facts.iter().map(|f| f.id).collect();
    assert_eq!(world.store().mark_published(&ids[..1], now()).await.unwrap(), 1);
    assert_eq!(world.store().mark_published(&ids, now()).await.unwrap(), 1);
    assert!(world.store().unpublished_facts(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_key_gets_the_answer_it_was_given_first() {
    let db = TestDb::new(2).await.unwrap();
    let store = &db.store;
    assert_eq!(store.recall("buyer", "k", "d").await.unwrap(), Recall::New);
    let first = store.remember("buyer", "k", "d", &json!(1), now()).await.unwrap();
    assert_eq!(first, Recall::Same(json!(1)));
    assert_eq!(store.remember("buyer", "k", "d", &json!(2), now()).await.unwrap(), Recall::Same(json!(1)));
    assert_eq!(store.recall("buyer", "k", "other").await.unwrap(), Recall::Mismatch);
    assert_eq!(store.recall("another", "k", "d").await.unwrap(), Recall::New);
    assert_eq!(store.forget_answers(now() + chrono::TimeDelta::seconds(1)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_key_is_claimed_by_one_run_at_a_time_until_it_is_answered() {
    let db = TestDb::new(2).await.unwrap();
    let later = now() + chrono::TimeDelta::seconds(60);
    let claim =
        async |digest: &str, at, stale| db.store.claim_key("hold", "k", digest, at, stale).await.unwrap();
    assert_eq!(claim("d", now(), now()).await, Claim::Mine);
    assert_eq!(claim("d", now(), now()).await, Claim::UnderWay);
    assert_eq!(claim("other", now(), later).await, Claim::Mismatch);
    // The process of the first run died: after a while the next one runs.
    assert_eq!(claim("d", later, now() + chrono::TimeDelta::seconds(1)).await, Claim::Mine);
    db.store.give_key_back("hold", "k").await.unwrap();
    assert_eq!(claim("d", now(), now()).await, Claim::Mine);
    for answer in [json!(null), json!({ "second": true })] {
        db.store.answer_key("hold", "k", &answer).await.unwrap();
    }
    assert_eq!(claim("d", later, later).await, Claim::Answered(json!(null)));
    db.store.give_key_back("hold", "k").await.unwrap();
    assert_eq!(claim("d", later, later).await, Claim::Answered(json!(null)), "an answer stays");
}

#[tokio::test]
async fn the_log_of_holds_takes_each_row_once() {
    let db = TestDb::new(2).await.unwrap();
    let event = EventId(Uuid::new_v4());
    let row = |epoch, offset| HoldLogRow {
        event,
        epoch,
        offset,
        kind: "held".into(),
        hold: Some(Uuid::new_v4()),
        buyer: "b".into(),
        data: json!({ "seats": [1] }),
        at: now(),
    };
    assert_eq!(db.store.hold_log_end(event).await.unwrap(), None);
    assert_eq!(db.store.append_hold_log(&[row(1, 1), row(1, 2)]).await.unwrap(), 2);
    assert_eq!(db.store.append_hold_log(&[row(1, 2), row(2, 1)]).await.unwrap(), 1);
    assert_eq!(db.store.hold_log_end(event).await.unwrap(), Some((2, 1)));
}

#[tokio::test]
async fn a_plan_is_stored_once_and_its_versions_are_counted() {
    let world = World::new().await;
    let plan = |hash: &'static str| NewPlan {
        id: PlanId(Uuid::new_v4()),
        name: "Small",
        source: r#"{"z": 1}"#,
        source_hash: hash,
        geometry: &[1, 2, 3],
        geometry_hash: "g2",
        seats: 3,
        areas: 0,
    };
    let store = world.store();
    let second = store.insert_plan(&plan("s2"), &test_cause()).await.unwrap();
    assert_eq!((second.version, second.seats), (2, 3));
    assert_eq!(store.insert_plan(&plan("s2"), &test_cause()).await.unwrap(), second);
    assert_eq!(store.plans().await.unwrap().len(), 2);
    assert_eq!(store.plan_meta(second.id).await.unwrap(), Some(second.clone()));
    assert_eq!(store.plan_source(second.id).await.unwrap().as_deref(), Some(r#"{"z": 1}"#));
    assert_eq!(store.plan_geometry(second.id).await.unwrap(), Some(vec![1, 2, 3]));
    assert_eq!(store.geometry_by_hash("g2").await.unwrap(), Some(vec![1, 2, 3]));
    assert_eq!(store.geometry_by_hash("none").await.unwrap(), None);
}

#[tokio::test]
async fn the_store_knows_whether_it_is_ready() {
    let db = TestDb::new(2).await.unwrap();
    db.store.ping().await.unwrap();
    assert!(db.store.is_migrated().await.unwrap());
    db.store.migrate().await.unwrap();
    assert!(db.store.connections().0 >= 1);
    db.store.close().await;
    assert!(matches!(db.store.ping().await, Err(store_pg::StoreError::Unavailable(_))));
}

#[tokio::test]
async fn facts_of_an_order_that_concern_nobody_are_not_published() {
    let world = World::new().await;
    let (demo, real) = (world.place(&[1], 0).await, world.place(&[2], 0).await);
    assert_eq!(world.store().keep_to_ourselves(demo.id, now()).await.unwrap(), 1);
    let left = world.store().unpublished_facts(10).await.unwrap();
    assert!(!left.is_empty() && left.iter().all(|fact| fact.payload["order"] != demo.id.to_string()));
    assert!(left.iter().any(|fact| fact.payload["order"] == real.id.to_string()));
}

#[tokio::test]
async fn a_fact_that_is_committed_after_a_later_one_is_published_all_the_same() {
    use sqlx::Connection as _;
    let world = World::new().await;
    let mut slow = sqlx::PgConnection::connect(&world.db.url).await.unwrap();
    let mut tx = slow.begin().await.unwrap();
    let early: i64 = sqlx::query_scalar(
        "INSERT INTO facts (kind, version, payload, created_at) VALUES ('slow', 1, '{}', now()) RETURNING id",
    )
    .fetch_one(&mut *tx)
    .await
    .unwrap();
    world.place(&[1], 0).await;
    let later = world.store().unpublished_facts(10).await.unwrap();
    assert!(later.iter().all(|fact| fact.id > early) && !later.is_empty());
    let ids: Vec<_> = later.iter().map(|fact| fact.id).collect();
    world.store().mark_published(&ids, now()).await.unwrap();
    tx.commit().await.unwrap();
    let left = world.store().unpublished_facts(10).await.unwrap();
    assert_eq!(left.iter().map(|fact| fact.id).collect::<Vec<_>>(), [early]);
}
