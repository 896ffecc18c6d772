//! Accounts of the staff and their sessions.

use crate::world::*;
use chrono::{DateTime, TimeDelta, Utc};
use store_pg::{
    StoreError,
    audit::Cause,
    staff::{NewSession, NewStaff, Role, StaffMember},
    testing::TestDb,
};
use uuid::Uuid;

const IDLE: TimeDelta = TimeDelta::hours(1);

fn later(minutes: i64) -> DateTime<Utc> {
    now() + TimeDelta::minutes(minutes)
}

fn from_home() -> Cause<'static> {
    test_cause().with_origin("192.0.2.7")
}

async fn with_account() -> (TestDb, Uuid) {
    let db = TestDb::new(2).await.unwrap();
    let id = Uuid::new_v4();
    let new = NewStaff { id, email: "Eve@example.org", role: Role::Support, password_hash: "$argon2id$1" };
    db.store.add_staff(&new, &test_cause()).await.unwrap();
    (db, id)
}

async fn sign_in(db: &TestDb, staff: Uuid, digest: &str) {
    let new = NewSession { digest, staff, expires_at: later(12 * 60) };
    db.store.begin_staff_session(&new, &from_home()).await.unwrap();
}

async fn who(db: &TestDb, digest: &str, at: i64) -> Option<StaffMember> {
    db.store.staff_of_session(digest, later(at), IDLE).await.unwrap()
}

#[tokio::test]
async fn an_address_has_one_account_whatever_its_case() {
    let (db, id) = with_account().await;
    let again =
        NewStaff { id: Uuid::new_v4(), email: "EVE@EXAMPLE.ORG", role: Role::Admin, password_hash: "x" };
    let refused = db.store.add_staff(&again, &test_cause()).await;
    assert!(matches!(refused, Err(StoreError::Duplicate { .. })));
    let found = db.store.staff_to_sign_in("eve@example.ORG").await.unwrap();
    assert_eq!(found, Some((id, "$argon2id$1".to_owned())));
    assert_eq!(db.store.staff_to_sign_in("adam@example.org").await.unwrap(), None);
    let member = db.store.staff_by_email("eve@example.org").await.unwrap().unwrap();
    assert_eq!((member.id, member.role, member.disabled_at), (id, Role::Support, None));
    assert_eq!(db.store.staff(10).await.unwrap(), [member]);
    assert_eq!(Role::parse("admin"), Some(Role::Admin));
    assert_eq!(Role::parse("organizer"), None);
}

#[tokio::test]
async fn a_session_lives_while_it_is_used_and_not_beyond_its_end() {
    let (db, id) = with_account().await;
    sign_in(&db, id, "d1").await;
    assert_eq!(who(&db, "another", 1).await, None);
    for at in [0, 59, 110, 160] {
        assert_eq!(who(&db, "d1", at).await.unwrap().id, id, "{at}");
    }
    assert_eq!(who(&db, "d1", 221).await, None, "idle for more than an hour");
    sign_in(&db, id, "d2").await;
    for at in (0..12 * 60).step_by(30) {
        assert!(who(&db, "d2", at).await.is_some(), "{at}");
    }
    assert_eq!(who(&db, "d2", 12 * 60).await, None, "over, used or not");
}

#[tokio::test]
async fn signing_out_ends_one_session_and_disabling_all_of_them() {
    let (db, id) = with_account().await;
    for digest in ["d1", "d2", "d3"] {
        sign_in(&db, id, digest).await;
    }
    assert!(db.store.end_staff_session("d1", &from_home()).await.unwrap());
    assert!(!db.store.end_staff_session("d1", &from_home()).await.unwrap());
    assert!(who(&db, "d1", 1).await.is_none() && who(&db, "d2", 1).await.is_some());
    db.store.note_refused_sign_in(None, &from_home()).await.unwrap();
    assert_eq!(db.store.audit_of("staff", "unknown").await.unwrap().len(), 1);
    db.store.note_refused_sign_in(Some(id), &from_home()).await.unwrap();
    assert!(db.store.disable_staff(id, &test_cause()).await.unwrap());
    assert!(!db.store.disable_staff(id, &test_cause()).await.unwrap());
    assert!(who(&db, "d2", 1).await.is_none() && who(&db, "d3", 1).await.is_none());
    assert_eq!(db.store.staff_to_sign_in("eve@example.org").await.unwrap(), None);
    let log = db.store.audit_of("staff", &id.to_string()).await.unwrap();
    let actions: Vec<_> = log.iter().map(|row| row.action.as_str()).collect();
    let expected =
        ["added", "signed_in", "signed_in", "signed_in", "signed_out", "sign_in_refused", "disabled"];
    assert_eq!(actions, expected);
    assert_eq!(log[1].origin, "192.0.2.7");
    assert!(log[0].origin.starts_with("parterre-"), "without an address, the process: {}", log[0].origin);
}

#[tokio::test]
async fn another_password_opens_the_account_again_and_ends_what_was_open() {
    let (db, id) = with_account().await;
    sign_in(&db, id, "d1").await;
    db.store.change_staff_password(id, "$argon2id$2", &test_cause()).await.unwrap();
    assert_eq!(who(&db, "d1", 1).await, None);
    db.store.disable_staff(id, &test_cause()).await.unwrap();
    db.store.change_staff_password(id, "$argon2id$3", &test_cause()).await.unwrap();
    let found = db.store.staff_to_sign_in("eve@example.org").await.unwrap();
    assert_eq!(found, Some((id, "$argon2id$3".to_owned())));
    let nobody = db.store.change_staff_password(Uuid::new_v4(), "x", &test_cause()).await;
    assert!(matches!(nobody, Err(StoreError::Missing { .. })));
}
