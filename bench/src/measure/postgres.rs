//! The yardstick of G2: the same hold as a PostgreSQL transaction with `SELECT … FOR UPDATE`.
//!
//! It is spared HTTP, JSON, tokens, caps, rules, the live stream and the record of the hold: it finds the seats free
//! under a lock and marks them, nothing more.

use anyhow::bail;
use futures::future::try_join_all;
use sqlx::{PgPool, postgres::PgPoolOptions};
use std::{
    cell::Cell,
    time::{Duration, Instant},
};

/// Beside the server's connections; more made it slower.
const CONNECTIONS: u32 = 32;
const SEATS: i32 = 70_000;

/// A table of seats of its own.
pub struct Yardstick {
    pool: PgPool,
}

impl Yardstick {
    /// Makes the table.
    pub async fn open(url: &str) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(url).await?;
        sqlx::query("DROP TABLE IF EXISTS bench_seats").execute(&pool).await?;
        sqlx::query(
            "CREATE TABLE bench_seats (event int NOT NULL, seat int NOT NULL, held_by uuid, held_until timestamptz, \
             PRIMARY KEY (event, seat)) WITH (fillfactor = 70)",
        )
        .execute(&pool)
        .await?;
        Ok(Self { pool })
    }

    /// Takes pairs of seats of one event with `workers` at once; gives holds a second.
    pub async fn holds(&self, workers: usize, length: Duration, durable: bool) -> anyhow::Result<f64> {
        sqlx::query("TRUNCATE bench_seats").execute(&self.pool).await?;
        sqlx::query("INSERT INTO bench_seats (event, seat) SELECT 1, generate_series(0, $1 - 1)")
            .bind(SEATS)
            .execute(&self.pool)
            .await?;
        sqlx::query("ANALYZE bench_seats").execute(&self.pool).await?;
        let (next, held, begin) = (Cell::new(0), Cell::new(0_u64), Instant::now());
        let work = (0..workers).map(|_| {
            let (next, held) = (&next, &held);
            async move {
                while begin.elapsed() < length && next.get() + 2 <= SEATS {
                    let first = next.replace(next.get() + 2);
                    self.hold(&[first, first + 1], durable).await?;
                    held.set(held.get() + 1);
                }
                anyhow::Ok(())
            }
        });
        try_join_all(work).await?;
        let seconds = begin.elapsed().as_secs_f64();
        let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM bench_seats WHERE held_by IS NOT NULL")
            .fetch_one(&self.pool)
            .await?;
        if stored.unsigned_abs() != 2 * held.get() {
            bail!("PostgreSQL: {} holds were made, {stored} seats are held", held.get());
        }
        Ok(held.get() as f64 / seconds)
    }

    async fn hold(&self, seats: &[i32], durable: bool) -> anyhow::Result<()> {
        let mut tx = self.pool.begin().await?;
        if !durable {
            sqlx::query("SET LOCAL synchronous_commit = off").execute(&mut *tx).await?;
        }
        let taken: Vec<bool> = sqlx::query_scalar(
            "SELECT held_until IS NOT NULL AND held_until > now() FROM bench_seats \
             WHERE event = 1 AND seat = ANY($1) ORDER BY seat FOR UPDATE",
        )
        .bind(seats)
        .fetch_all(&mut *tx)
        .await?;
        if taken.len() != seats.len() || taken.contains(&true) {
            bail!("a free seat was taken");
        }
        sqlx::query(
            "UPDATE bench_seats SET held_by = $2, held_until = now() + interval '10 minutes' \
             WHERE event = 1 AND seat = ANY($1)",
        )
        .bind(seats)
        .bind(uuid::Uuid::new_v4())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes the table.
    pub async fn close(&self) -> anyhow::Result<()> {
        sqlx::query("DROP TABLE bench_seats").execute(&self.pool).await?;
        self.pool.close().await;
        Ok(())
    }
}
