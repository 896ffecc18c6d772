//! Each migration has a file of rows in `rows/`, so that the ones after it run on tables that are not empty.

use crate::world::World;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use std::str::FromStr;
use store_pg::{MIGRATIONS, testing::TestDb};

const ROWS: &[(i64, &str)] = &[
    (1, include_str!("rows/0001.sql")),
    (2, include_str!("rows/0002.sql")),
    (3, include_str!("rows/0003.sql")),
    (4, include_str!("rows/0004.sql")),
    // Changes how an index is kept, no table.
    (5, ""),
    (6, include_str!("rows/0006.sql")),
    (7, include_str!("rows/0007.sql")),
    (8, include_str!("rows/0008.sql")),
    (9, include_str!("rows/0009.sql")),
    (10, include_str!("rows/0010.sql")),
    (11, include_str!("rows/0011.sql")),
    (12, include_str!("rows/0012.sql")),
    (13, include_str!("rows/0013.sql")),
];

#[tokio::test]
async fn every_migration_runs_on_tables_that_are_not_empty() {
    // The database of a test, emptied: the template is migrated already.
    let db = TestDb::new(1).await.unwrap();
    db.store.close().await;
    let mut connection = PgConnectOptions::from_str(&db.url).unwrap().connect().await.unwrap();
    sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public").execute(&mut connection).await.unwrap();
    for migration in MIGRATIONS.iter() {
        let rows = ROWS.iter().find(|(version, _)| *version == migration.version);
        let (_, rows) = rows.unwrap_or_else(|| panic!("no rows for migration {}", migration.version));
        run(&mut connection, migration.sql.as_str()).await;
        run(&mut connection, rows).await;
    }
    connection.close().await.unwrap();
}

async fn run(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.unwrap();
}

#[tokio::test]
async fn what_must_not_change_is_refused_by_the_tables_themselves() {
    let world = World::new().await;
    world.place(&[1], 0).await;
    let mut connection = PgConnectOptions::from_str(&world.db.url).unwrap().connect().await.unwrap();
    let table = [
        ("UPDATE plans SET seats = 1", "plan_immutable"),
        ("DELETE FROM audit_log", "audit_append_only"),
        ("UPDATE audit_log SET actor = 'nobody'", "audit_append_only"),
        ("TRUNCATE audit_log", "audit_append_only"),
        ("UPDATE event_areas SET claimed = 31", "area_not_oversold"),
        ("UPDATE orders SET status = 'completed', decided_at = placed_at", "order_completed_is_paid"),
        ("UPDATE orders SET payment_status = 'captured'", "order_placed_is_unpaid"),
        (
            "INSERT INTO reservation_seats SELECT id, event_id, 1, true FROM reservations, generate_series(1, 1)
             ON CONFLICT (reservation_id, seat_ix) DO NOTHING;
             INSERT INTO reservations SELECT gen_random_uuid(), event_id, gen_random_uuid(), buyer, token_digest, state,
                 fence_epoch, fence_seq, pay_before, created_at FROM reservations;
             INSERT INTO reservation_seats SELECT id, event_id, 1, true FROM reservations
             ON CONFLICT (reservation_id, seat_ix) DO NOTHING",
            "seat_claimed_once",
        ),
    ];
    for (sql, constraint) in table {
        let refused = sqlx::raw_sql(sql).execute(&mut connection).await.unwrap_err();
        let refused = refused.as_database_error().unwrap();
        assert_eq!(refused.constraint(), Some(constraint), "{sql}: {refused}");
    }
}
