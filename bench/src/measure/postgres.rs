//! The yardstick of G2: the same hold as a PostgreSQL transaction with `SELECT … FOR UPDATE`, behind the same kind of
//! endpoint.
//!
//! It is this program in another process ([`serve`]): axum, the same request parsed, the same pool size, an answer of
//! the same shape. It finds the seats free under a lock, marks them and writes the hold down, and is spared the rest:
//! prices, caps, rules, idempotency, the live stream, the log, compression, tracing.

use crate::{
    load::{Wanted, closed},
    stage::Stage,
};
use anyhow::{Context, anyhow, bail};
use axum::{Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing::post};
use domain::plan::{
    generate::{Kind, generate},
    import::parse,
};
use protocol::api::ReservationRequest;
use serde_json::json;
use sqlx::{PgPool, postgres::PgConnectOptions, postgres::PgPoolOptions};
use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    str::FromStr,
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

/// As many as the server has.
const CONNECTIONS: u32 = 24;
const SEATS: i32 = 70_000;

/// The other process and the tables; both end with this.
pub struct Yardstick {
    pool: PgPool,
    child: Child,
    address: SocketAddr,
}

impl Yardstick {
    /// Makes the tables and starts the process.
    pub async fn open(url: &str) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new().max_connections(1).connect(url).await?;
        for statement in [
            "DROP TABLE IF EXISTS bench_seats, bench_holds",
            "CREATE TABLE bench_seats (event int NOT NULL, seat int NOT NULL, held_by uuid, held_until timestamptz, \
             PRIMARY KEY (event, seat)) WITH (fillfactor = 70)",
            "CREATE TABLE bench_holds (id uuid PRIMARY KEY, buyer text NOT NULL, token_digest text NOT NULL, \
             held_until timestamptz NOT NULL, payload text NOT NULL)",
        ] {
            sqlx::query(statement).execute(&pool).await?;
        }
        let mut child = Command::new(std::env::current_exe()?)
            .arg("yardstick")
            .env("DATABASE_URL", url)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let output = child.stdout.take().context("the yardstick's output")?;
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse().context("the yardstick's address")?;
        Ok(Self { pool, child, address })
    }

    /// Takes pairs of seats of one event over HTTP; gives holds a second. `durable`: the commit waits for the disk.
    pub async fn holds(
        &self,
        stage: &Stage,
        connections: usize,
        length: Duration,
        durable: bool,
    ) -> anyhow::Result<f64> {
        sqlx::query("TRUNCATE bench_seats, bench_holds").execute(&self.pool).await?;
        sqlx::query("INSERT INTO bench_seats (event, seat) SELECT 1, generate_series(0, $1 - 1)")
            .bind(SEATS)
            .execute(&self.pool)
            .await?;
        sqlx::query("ANALYZE bench_seats").execute(&self.pool).await?;
        let path = if durable { "/hold" } else { "/lax" };
        let make = |n: usize, out: &mut Vec<u8>| match stage.hold_body(n) {
            Some(body) => {
                crate::http::post(out, path, &body);
                true
            }
            None => false,
        };
        let tally = closed(self.address, connections, length, Wanted::Hold, &make).await?;
        let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM bench_seats WHERE held_by IS NOT NULL")
            .fetch_one(&self.pool)
            .await?;
        if stored.unsigned_abs() != 2 * tally.good || tally.bad > 0 {
            bail!("PostgreSQL: {} holds, {stored} seats held, {:?}", tally.good, tally.oddity);
        }
        Ok(tally.rate())
    }

    /// Removes the tables.
    pub async fn close(mut self) -> anyhow::Result<()> {
        self.end();
        sqlx::query("DROP TABLE bench_seats, bench_holds").execute(&self.pool).await?;
        self.pool.close().await;
        Ok(())
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Yardstick {
    fn drop(&mut self) {
        self.end();
    }
}

/// What the other process shares.
struct Desk {
    durable: PgPool,
    lax: PgPool,
    seats: HashMap<String, i32>,
}

/// Serves the yardstick until killed; prints its address.
pub async fn serve(url: &str) -> anyhow::Result<()> {
    let options = PgConnectOptions::from_str(url)?;
    let pool = || PgPoolOptions::new().max_connections(CONNECTIONS);
    let durable = pool().connect_with(options.clone()).await?;
    let lax = pool().connect_with(options.options([("synchronous_commit", "off")])).await?;
    let plan = parse(generate(Kind::Stadium, crate::stage::SEED).as_bytes());
    let plan = plan.map_err(|problems| anyhow!("the stadium: {problems:?}"))?;
    let seats = (0..).zip(&plan.seats).map(|(ix, seat)| (seat.id.0.clone(), ix)).collect();
    let desk = Arc::new(Desk { durable, lax, seats });
    let hold = async |State(desk): State<Arc<Desk>>, Json(request): Json<ReservationRequest>| {
        answer(&desk, &desk.durable, request).await
    };
    let lax = async |State(desk): State<Arc<Desk>>, Json(request): Json<ReservationRequest>| {
        answer(&desk, &desk.lax, request).await
    };
    let routes = Router::new().route("/hold", post(hold)).route("/lax", post(lax)).with_state(desk);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    Ok(axum::serve(listener, routes).await?)
}

async fn answer(desk: &Desk, pool: &PgPool, request: ReservationRequest) -> axum::response::Response {
    match take(desk, pool, &request).await {
        Ok(Some(id)) => {
            let seat =
                |id| json!({ "id": id, "tier_id": "adult", "price": 5_000, "fee": 400, "total": 5_400 });
            let seats: Vec<_> = request.seat_ids.iter().map(seat).collect();
            let view =
                json!({ "hold_id": id, "hold_token": services::digest(&id.to_string()), "seats": seats });
            (StatusCode::CREATED, Json(view)).into_response()
        }
        Ok(None) => StatusCode::CONFLICT.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn take(desk: &Desk, pool: &PgPool, request: &ReservationRequest) -> anyhow::Result<Option<Uuid>> {
    let seats: Option<Vec<i32>> = request.seat_ids.iter().map(|id| desk.seats.get(&id.0).copied()).collect();
    let Some(mut seats) = seats else { return Ok(None) };
    // In one order: two transactions never wait for each other.
    seats.sort_unstable();
    let id = Uuid::new_v4();
    let mut tx = pool.begin().await?;
    let taken: Vec<bool> = sqlx::query_scalar(
        "SELECT coalesce(held_until > now(), false) FROM bench_seats \
         WHERE event = 1 AND seat = ANY($1) ORDER BY seat FOR UPDATE",
    )
    .bind(&seats)
    .fetch_all(&mut *tx)
    .await?;
    if taken.len() != seats.len() || taken.contains(&true) {
        return Ok(None);
    }
    sqlx::query(
        "UPDATE bench_seats SET held_by = $2, held_until = now() + interval '10 minutes' \
         WHERE event = 1 AND seat = ANY($1)",
    )
    .bind(&seats)
    .bind(id)
    .execute(&mut *tx)
    .await?;
    sqlx::query("INSERT INTO bench_holds VALUES ($1, $2, $3, now() + interval '10 minutes', $4)")
        .bind(id)
        .bind(format!("guest:{id}"))
        .bind(services::digest(&id.to_string()))
        .bind(&request.client_reservation_id)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(Some(id))
}
