//! The yardstick of G2: the same hold as a PostgreSQL transaction with `SELECT … FOR UPDATE`, behind the same kind of
//! endpoint.
//!
//! It is this program in another process ([`serve`]): axum, the same request parsed, the same pool size, an answer of
//! the same shape. In one transaction it does what the script does ([`Duties::All`]): it knows a request that came
//! before, holds the buyer to the cap, finds the seats free under a lock, looks at their neighbours for the rule
//! against single seats, marks them, writes the hold down and what watchers are to be told. Beside it stands the lock
//! alone ([`Duties::Lock`]), marking and writing down. Both are spared what is around the script: prices, the log,
//! compression, tracing.

use crate::{
    load::{Wanted, closed},
    stage::Stage,
};
use anyhow::{Context, anyhow, bail};
use axum::{Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing::post};
use domain::{
    best_available::Seating,
    plan::{
        generate::{Kind, generate},
        import::parse,
    },
    rules::singles_left,
    seat::SeatIx,
};
use protocol::api::ReservationRequest;
use serde_json::json;
use sqlx::{PgConnection, PgPool, postgres::PgPoolOptions};
use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

/// As many as the server has.
const CONNECTIONS: u32 = 24;
const SEATS: i32 = 70_000;
/// Seats that one buyer may hold.
const SEATS_MAX: i64 = 10;

/// What the transaction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duties {
    /// All that the script does.
    All,
    /// It locks, marks, and writes the hold down.
    Lock,
}

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
            "DROP TABLE IF EXISTS bench_seats, bench_holds, bench_news",
            "CREATE TABLE bench_seats (event int NOT NULL, seat int NOT NULL, held_by uuid, held_until timestamptz, \
             PRIMARY KEY (event, seat)) WITH (fillfactor = 70)",
            "CREATE TABLE bench_holds (id uuid PRIMARY KEY, buyer text NOT NULL, token_digest text NOT NULL, \
             held_until timestamptz NOT NULL, request text NOT NULL UNIQUE, seats bigint NOT NULL)",
            "CREATE INDEX ON bench_holds (buyer)",
            "CREATE TABLE bench_news (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event int NOT NULL, \
             seats int[] NOT NULL, state int NOT NULL)",
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

    /// Takes pairs of seats of one event over HTTP; gives holds a second.
    pub async fn holds(
        &self,
        stage: &Stage,
        connections: usize,
        length: Duration,
        duties: Duties,
    ) -> anyhow::Result<f64> {
        sqlx::query("TRUNCATE bench_seats, bench_holds, bench_news").execute(&self.pool).await?;
        sqlx::query("INSERT INTO bench_seats (event, seat) SELECT 1, generate_series(0, $1 - 1)")
            .bind(SEATS)
            .execute(&self.pool)
            .await?;
        sqlx::query("ANALYZE bench_seats").execute(&self.pool).await?;
        let path = match duties {
            Duties::All => "/hold",
            Duties::Lock => "/lock",
        };
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
        sqlx::query("DROP TABLE bench_seats, bench_holds, bench_news").execute(&self.pool).await?;
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
    pool: PgPool,
    seating: Seating,
    seats: HashMap<String, i32>,
}

/// Serves the yardstick until killed; prints its address.
pub async fn serve(url: &str) -> anyhow::Result<()> {
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(url).await?;
    let plan = parse(generate(Kind::Stadium, crate::stage::SEED).as_bytes());
    let plan = plan.map_err(|problems| anyhow!("the stadium: {problems:?}"))?;
    let seats = (0..).zip(&plan.seats).map(|(ix, seat)| (seat.id.0.clone(), ix)).collect();
    let desk = Arc::new(Desk { pool, seating: Seating::new(&plan), seats });
    let hold = async |State(desk): State<Arc<Desk>>, Json(request): Json<ReservationRequest>| {
        answer(&desk, request, Duties::All).await
    };
    let lock = async |State(desk): State<Arc<Desk>>, Json(request): Json<ReservationRequest>| {
        answer(&desk, request, Duties::Lock).await
    };
    let routes = Router::new().route("/hold", post(hold)).route("/lock", post(lock)).with_state(desk);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    Ok(axum::serve(listener, routes).await?)
}

async fn answer(desk: &Desk, request: ReservationRequest, duties: Duties) -> axum::response::Response {
    match take(desk, &request, duties).await {
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

async fn take(desk: &Desk, request: &ReservationRequest, duties: Duties) -> anyhow::Result<Option<Uuid>> {
    let seats: Option<Vec<i32>> = request.seat_ids.iter().map(|id| desk.seats.get(&id.0).copied()).collect();
    let Some(mut seats) = seats else { return Ok(None) };
    // In one order: two transactions never wait for each other.
    seats.sort_unstable();
    let id = Uuid::new_v4();
    let buyer = format!("guest:{id}");
    let mut tx = desk.pool.begin().await?;
    if duties == Duties::All && !may_hold(&mut tx, request, &buyer, seats.len()).await? {
        return Ok(None);
    }
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
    if duties == Duties::All && leaves_single(&mut tx, desk, &seats).await? {
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
    sqlx::query("INSERT INTO bench_holds VALUES ($1, $2, $3, now() + interval '10 minutes', $4, $5)")
        .bind(id)
        .bind(buyer)
        .bind(services::digest(&id.to_string()))
        .bind(&request.client_reservation_id)
        .bind(seats.len() as i64)
        .execute(&mut *tx)
        .await?;
    if duties == Duties::All {
        sqlx::query("INSERT INTO bench_news (event, seats, state) VALUES (1, $1, 1)")
            .bind(&seats)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(Some(id))
}

/// The request is a new one, and the buyer stays within the cap.
async fn may_hold(
    tx: &mut PgConnection,
    request: &ReservationRequest,
    buyer: &str,
    more: usize,
) -> anyhow::Result<bool> {
    let (before, held): (bool, i64) = sqlx::query_as(
        "SELECT EXISTS (SELECT FROM bench_holds WHERE request = $1), \
         (SELECT coalesce(sum(seats), 0)::bigint FROM bench_holds WHERE buyer = $2 AND held_until > now())",
    )
    .bind(&request.client_reservation_id)
    .bind(buyer)
    .fetch_one(tx)
    .await?;
    Ok(!before && held + more as i64 <= SEATS_MAX)
}

/// Taking the seats would leave one alone. The rule looks two seats to either side at most.
async fn leaves_single(tx: &mut PgConnection, desk: &Desk, seats: &[i32]) -> anyhow::Result<bool> {
    let near: Vec<i32> = seats.iter().flat_map(|seat| seat - 2..=seat + 2).collect();
    let free: Vec<i32> = sqlx::query_scalar(
        "SELECT seat FROM bench_seats \
         WHERE event = 1 AND seat = ANY($1) AND (held_until IS NULL OR held_until <= now())",
    )
    .bind(&near)
    .fetch_all(tx)
    .await?;
    let is_free = |seat: SeatIx| i32::try_from(seat.0).is_ok_and(|seat| free.contains(&seat));
    let wanted: Vec<SeatIx> = seats.iter().filter_map(|seat| u32::try_from(*seat).ok()).map(SeatIx).collect();
    let links = desk.seating.rule_links();
    Ok(!singles_left(&wanted, is_free, |seat| links.linked(seat)).is_empty())
}
