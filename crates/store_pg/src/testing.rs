//! A database for each test, copied from a migrated template: isolated, and cheaper than migrating every time.

use crate::pool::{MIGRATIONS, PgStore};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use std::str::FromStr;
use uuid::Uuid;

/// Where the tests' server is, unless `TEST_DATABASE_URL` says otherwise.
const DEFAULT_URL: &str = "postgres://parterre@127.0.0.1:5499/postgres";
/// Any number: processes that make the template wait for each other by it.
const TEMPLATE_LOCK: i64 = 0x7061_7274;

/// What goes wrong here fails the test; nobody handles it.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A database of its own; dropped with this.
#[derive(Debug)]
pub struct TestDb {
    /// The store on it.
    pub store: PgStore,
    /// Its address.
    pub url: String,
    admin: PgConnectOptions,
    name: String,
}

impl TestDb {
    /// Makes a migrated database and connects to it with at most `connections_max` connections.
    pub async fn new(connections_max: u32) -> Outcome<Self> {
        let base = std::env::var("TEST_DATABASE_URL").unwrap_or_else(|_| DEFAULT_URL.to_owned());
        Self::on(&base, connections_max).await
    }

    /// The same on another server than the tests share.
    pub async fn on(base: &str, connections_max: u32) -> Outcome<Self> {
        let admin = PgConnectOptions::from_str(base)?;
        let mut connection = admin.connect().await?;
        let template = template(&mut connection, &admin).await?;
        let name = format!("parterre_test_{}", Uuid::new_v4().simple());
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {template}")))
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        let url = admin.clone().database(&name).to_url_lossy().to_string();
        let store = PgStore::connect(&url, connections_max).await?;
        Ok(Self { store, url, admin, name })
    }
}

/// A table that nobody reads or writes until this is dropped.
#[derive(Debug)]
pub struct LockedTable {
    tx: sqlx::Transaction<'static, sqlx::Postgres>,
    watch: PgConnection,
    table: &'static str,
}

impl TestDb {
    /// Keeps everybody off a table, to hold them at the statement that needs it.
    pub async fn lock_table(&self, table: &'static str) -> Outcome<LockedTable> {
        let mut tx = self.store.begin().await?;
        sqlx::query(AssertSqlSafe(format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")))
            .execute(&mut *tx)
            .await?;
        let watch = PgConnectOptions::from_str(&self.url)?.connect().await?;
        Ok(LockedTable { tx, watch, table })
    }
}

impl LockedTable {
    /// How many stand before it.
    pub async fn waiting(&mut self) -> Outcome<i64> {
        let statement = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = $1::regclass";
        Ok(sqlx::query_scalar(statement).bind(self.table).fetch_one(&mut self.watch).await?)
    }

    /// Lets them go on.
    pub async fn unlock(self) -> Outcome<()> {
        Ok(self.tx.rollback().await?)
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let (admin, name) = (self.admin.clone(), self.name.clone());
        // A thread of its own: dropping may happen inside or outside a runtime, and must not block one.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async move {
                let mut connection = admin.connect().await?;
                sqlx::query(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")))
                    .execute(&mut connection)
                    .await?;
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
            })
        });
        if !matches!(dropped.join(), Ok(Ok(()))) {
            tracing::warn!(database = self.name, "a test database was left behind");
        }
    }
}

/// The template for exactly these migrations; made by the first process that needs it.
async fn template(connection: &mut PgConnection, admin: &PgConnectOptions) -> Outcome<String> {
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    for byte in MIGRATIONS.iter().flat_map(|m| m.checksum.iter()) {
        digest = (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let name = format!("parterre_template_{digest:016x}");
    sqlx::query("SELECT pg_advisory_lock($1)").bind(TEMPLATE_LOCK).execute(&mut *connection).await?;
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(&name)
        .fetch_one(&mut *connection)
        .await?;
    if !there {
        // Migrated under another name first: a half-made template must never be taken for a whole one.
        let draft = format!("{name}_draft");
        sqlx::query(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)")))
            .execute(&mut *connection)
            .await?;
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {draft}"))).execute(&mut *connection).await?;
        let mut migrating = admin.clone().database(&draft).connect().await?;
        MIGRATIONS.run(&mut migrating).await?;
        migrating.close().await?;
        sqlx::query(AssertSqlSafe(format!("ALTER DATABASE {draft} RENAME TO {name}")))
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query("SELECT pg_advisory_unlock($1)").bind(TEMPLATE_LOCK).execute(&mut *connection).await?;
    Ok(name)
}

/// Every ticket of an event that admits: its order, and the name of its place.
pub async fn live_tickets(store: &PgStore, event: domain::ids::EventId) -> Outcome<Vec<(Uuid, String)>> {
    let rows = sqlx::query_as(
        "SELECT t.order_id, l.place_id FROM tickets t JOIN order_lines l ON l.id = t.order_line_id
         WHERE t.event_id = $1 AND t.state IN ('issued', 'admitted') ORDER BY t.id",
    );
    Ok(rows.bind(event.0).fetch_all(&store.pool).await?)
}

/// The statement that a listing runs, to look at its plan.
pub fn listing_statement(mode: crate::catalogue::search::Mode) -> &'static str {
    crate::catalogue::search::statement(mode)
}

/// Puts a fact into the outbox that nothing made true; answers its id.
pub async fn put_fact(store: &PgStore, kind: &str, payload: serde_json::Value) -> Outcome<i64> {
    let row = sqlx::query_scalar(
        "INSERT INTO facts (kind, version, payload, created_at) VALUES ($1, 1, $2, now()) RETURNING id",
    );
    Ok(row.bind(kind).bind(payload).fetch_one(&store.pool).await?)
}

/// The deliveries of a group as they stand: fact, state, attempts; in the order of the facts.
pub async fn fact_deliveries(store: &PgStore, group: &str) -> Outcome<Vec<(i64, String, i32)>> {
    let rows = sqlx::query_as(
        "SELECT fact_id, state, attempts FROM fact_deliveries WHERE consumer_group = $1 ORDER BY fact_id",
    );
    Ok(rows.bind(group).fetch_all(&store.pool).await?)
}

/// Every fact of a kind, published or not, the oldest first.
pub async fn facts(store: &PgStore, kind: &str) -> Outcome<Vec<crate::facts::Fact>> {
    let rows = sqlx::query_as(
        "SELECT id, kind, version, payload, created_at FROM facts WHERE kind = $1 ORDER BY id",
    );
    Ok(rows.bind(kind).fetch_all(&store.pool).await?)
}

/// Makes a ticket one that does not admit any more.
pub async fn void_ticket(store: &PgStore, ticket: Uuid) -> Outcome<()> {
    let done = sqlx::query("UPDATE tickets SET state = 'voided' WHERE id = $1");
    assert_eq!(done.bind(ticket).execute(&store.pool).await?.rows_affected(), 1);
    Ok(())
}

/// Makes an event's areas smaller than what is sold in them, as no guard of the tables would allow.
pub async fn break_area(store: &PgStore, event: domain::ids::EventId, capacity: i32) -> Outcome<()> {
    sqlx::query("UPDATE event_areas SET claimed = 0, capacity = $2 WHERE event_id = $1")
        .bind(event.0)
        .bind(capacity)
        .execute(&store.pool)
        .await?;
    Ok(())
}

/// In how many transactions the tickets of an event were written.
pub async fn ticket_transactions(store: &PgStore, event: domain::ids::EventId) -> Outcome<i64> {
    let count = sqlx::query_scalar("SELECT count(DISTINCT xmin::text) FROM tickets WHERE event_id = $1");
    Ok(count.bind(event.0).fetch_one(&store.pool).await?)
}

/// How many connections read from a replica what may be old, whichever process has them.
pub async fn readers_of_replica(url: &str) -> Outcome<i64> {
    let mut connection = PgConnectOptions::from_str(url)?.connect().await?;
    let readers = sqlx::query_scalar(
        "SELECT count(DISTINCT application_name) FROM pg_stat_activity WHERE application_name LIKE 'parterre-read-%'",
    );
    Ok(readers.fetch_one(&mut connection).await?)
}

/// Halts a replica where it is, or has it go on. In the database `postgres` alone the tests' user may do so.
pub async fn halt_replica(url: &str, halt: bool) -> Outcome<()> {
    let statement = if halt { "SELECT pg_wal_replay_pause()" } else { "SELECT pg_wal_replay_resume()" };
    let mut connection = PgConnectOptions::from_str(url)?.database("postgres").connect().await?;
    sqlx::query(statement).execute(&mut connection).await?;
    Ok(())
}
