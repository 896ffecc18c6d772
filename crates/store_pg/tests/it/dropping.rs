//! Callers go away at any moment: their client hung up, their time is over.

use sqlx::{Connection, PgConnection};
use std::{
    future::Future,
    pin::pin,
    task::{Context, Waker},
    time::Duration,
};
use store_pg::testing::TestDb;

/// Longer than the way to a claim's last row takes.
const POLLS: u32 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_at_any_point_leaves_no_transaction_open() {
    let db = TestDb::new(2).await.unwrap();
    let mut watch = PgConnection::connect(&db.url).await.unwrap();
    let event = domain::ids::EventId(uuid::Uuid::new_v4());
    for polls in 1..=POLLS {
        {
            // Looked at so many times, and dropped there.
            let mut work = pin!(db.store.claims(event));
            for _ in 0..polls {
                if work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                    break;
                }
                tokio::time::sleep(Duration::from_micros(1)).await;
            }
        }
        let open = "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        let mut left: i64 = 1;
        for _ in 0..200 {
            left = sqlx::query_scalar(open).fetch_one(&mut watch).await.unwrap();
            if left == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(left, 0, "dropped after {polls} looks");
    }
}
