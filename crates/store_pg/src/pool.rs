//! The connection pool and the migrations.

use crate::{
    error::{Result, StoreError},
    replica::Replica,
};
use sqlx::{
    PgPool, Postgres, Transaction,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr, sync::Arc, time::Duration};

/// Every migration, in order; forward only.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// How long a caller waits for a free connection before it hears that the store is not available.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections that do nothing but hold a right to work: as many as there is such work at once.
const FLIGHTS_MAX: u32 = 8;
const FLIGHT_IDLE: Duration = Duration::from_secs(60);

/// The durable store. Cheap to clone: all clones share the pools.
#[derive(Clone, Debug)]
pub struct PgStore {
    pub(crate) pool: PgPool,
    /// Apart from the other: whoever holds a right needs a connection for its work, and would wait for itself.
    pub(crate) flights: PgPool,
    /// A copy that is some seconds old at most.
    pub(crate) replica: Option<Arc<Replica>>,
}

/// How to connect to `url`; the server's list of its connections shows `name` and the process.
pub(crate) fn options(url: &str, name: &str) -> Result<PgConnectOptions> {
    Ok(PgConnectOptions::from_str(url)?
        .application_name(&format!("{name}-{}", std::process::id()))
        // How alike two words must be for the catalogue's search to forgive a typing error.
        .options([("pg_trgm.word_similarity_threshold", "0.4")]))
}

/// Begins a transaction in a task of its own. A caller may be dropped at any moment: its client hung up, its time is
/// over. sqlx counts a transaction only when the server has confirmed it; dropped before that, the connection goes back
/// to the pool inside a transaction that nobody knows of, and what others write on it is never committed.
pub(crate) async fn begin(
    pool: &PgPool,
    statement: Option<&'static str>,
) -> Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    let beginning = tokio::spawn(async move {
        match statement {
            Some(statement) => pool.begin_with(statement).await,
            None => pool.begin().await,
        }
    });
    let lost = |_| StoreError::Unavailable(std::io::Error::from(std::io::ErrorKind::Interrupted).into());
    Ok(beginning.await.map_err(lost)??)
}

impl PgStore {
    /// Connects to `url` with at most `connections_max` connections.
    pub async fn connect(url: &str, connections_max: u32) -> Result<Self> {
        // The audit log names the process by it.
        let options = options(url, "parterre")?;
        let flights = PgPoolOptions::new()
            .max_connections(FLIGHTS_MAX)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(FLIGHT_IDLE)
            .connect_lazy_with(options.clone());
        let pool = PgPoolOptions::new()
            .max_connections(connections_max)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options)
            .await?;
        Ok(Self { pool, flights, replica: None })
    }

    /// Brings the tables up to date. Several processes may do so at once: a lock lets one go first.
    pub async fn migrate(&self) -> Result<()> {
        MIGRATIONS.run(&self.pool).await.map_err(StoreError::Migrate)
    }

    /// Whether every migration of this version has run.
    pub async fn is_migrated(&self) -> Result<bool> {
        let table: Option<String> =
            sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations')::text").fetch_one(&self.pool).await?;
        if table.is_none() {
            return Ok(false);
        }
        let newest: Option<i64> =
            sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
                .fetch_one(&self.pool)
                .await?;
        Ok(newest >= MIGRATIONS.iter().map(|m| m.version).max())
    }

    /// Begins a transaction; whoever goes away in between leaves none behind.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Postgres>> {
        begin(&self.pool, None).await
    }

    /// Asks for nothing, to see that somebody answers.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Closes all connections; later calls answer that the store is not available.
    pub async fn close(&self) {
        self.pool.close().await;
        if let Some(replica) = &self.replica {
            replica.close().await;
        }
    }

    /// Connections open now, and how many of them are idle: for the metrics.
    pub fn connections(&self) -> (u32, usize) {
        (self.pool.size(), self.pool.num_idle())
    }
}
