//! Load over kept connections: closed loop for capacity, open loop for latency.

use crate::http::{self, Connection};
use futures::future::try_join_all;
use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    time::{Duration, Instant},
};

/// Writes the request of a number; `false` when there is none left.
pub type Make<'a> = dyn Fn(usize, &mut Vec<u8>) -> bool + 'a;

/// What came back.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Answers whose body is what was asked for.
    pub good: u64,
    /// Answers that say "not now" (429) or "taken" (409).
    pub refused: u64,
    /// Server errors, and answers of another kind.
    pub bad: u64,
    /// Requests without an answer.
    pub unanswered: u64,
    /// From the first request to the last answer.
    pub seconds: f64,
    /// From the scheduled time to the answer, in microseconds; sorted.
    pub latencies_us: Vec<u32>,
    /// The first answer of another kind.
    pub oddity: Option<String>,
}

impl Tally {
    /// Good answers a second.
    pub fn rate(&self) -> f64 {
        self.good as f64 / self.seconds.max(1e-9)
    }

    /// A percentile of the latencies in milliseconds.
    pub fn percentile_ms(&self, percent: f64) -> f64 {
        let last = self.latencies_us.len().saturating_sub(1);
        let at = (last as f64 * percent / 100.0).round() as usize;
        self.latencies_us.get(at).map_or(f64::NAN, |us| f64::from(*us) / 1_000.0)
    }
}

/// Answers are judged by their bodies: a refusal is cheap, and a status alone proves nothing.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// 201 with a hold token in it.
    Hold,
    /// 200 with a body of at least so many bytes.
    Bytes(usize),
}

impl Wanted {
    fn judge(self, answer: &http::Answer<'_>, tally: &mut Tally) {
        let body = answer.body.bytes();
        let good = match self {
            Self::Hold => answer.status == 201 && http::find(body, b"\"hold_token\"").is_some(),
            Self::Bytes(least) => answer.status == 200 && body.len() >= least,
        };
        match answer.status {
            _ if good => tally.good += 1,
            409 | 429 => tally.refused += 1,
            status => {
                tally.bad += 1;
                let text = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
                tally.oddity.get_or_insert(format!("{status} {text}"));
            }
        }
    }
}

/// Each connection sends its next request when it has its answer.
pub async fn closed(
    address: SocketAddr,
    connections: usize,
    length: Duration,
    wanted: Wanted,
    make: &Make<'_>,
) -> anyhow::Result<Tally> {
    let opened = try_join_all((0..connections).map(|_| Connection::open(address))).await?;
    let (next, tally) = (Cell::new(0), RefCell::new(Tally::default()));
    let begin = Instant::now();
    let workers = opened.into_iter().map(|mut connection| {
        let (next, tally) = (&next, &tally);
        async move {
            let mut request = Vec::with_capacity(512);
            while begin.elapsed() < length {
                let number = next.replace(next.get() + 1);
                if !make(number, &mut request) {
                    break;
                }
                let answer = connection.call(&request).await?;
                wanted.judge(&answer, &mut tally.borrow_mut());
            }
            anyhow::Ok(())
        }
    });
    try_join_all(workers).await?;
    let seconds = begin.elapsed().as_secs_f64();
    Ok(Tally { seconds, ..tally.into_inner() })
}

/// How an open loop is driven.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Requests a second, whatever comes back.
    pub per_second: u32,
    /// For how long.
    pub length: Duration,
    /// At most so many under way; a request that finds none free waits, and the wait counts.
    pub connections: usize,
    /// An answer that takes longer does not count as one.
    pub patience: Duration,
}

/// Requests leave by the clock; latency counts from the scheduled time.
pub async fn open(address: SocketAddr, pace: Pace, wanted: Wanted, make: &Make<'_>) -> anyhow::Result<Tally> {
    let opened = try_join_all((0..pace.connections).map(|_| Connection::open(address))).await?;
    let (next, tally) = (Cell::new(0_usize), RefCell::new(Tally::default()));
    let total = (f64::from(pace.per_second) * pace.length.as_secs_f64()) as usize;
    let begin = Instant::now();
    let give_up = begin + pace.length + pace.patience;
    let workers = opened.into_iter().map(|mut connection| {
        let (next, tally) = (&next, &tally);
        async move {
            let mut request = Vec::with_capacity(512);
            loop {
                let number = next.replace(next.get() + 1);
                if number >= total || !make(number, &mut request) {
                    break;
                }
                let due = begin + Duration::from_secs_f64(number as f64 / f64::from(pace.per_second));
                if due > Instant::now() {
                    tokio::time::sleep_until(due.into()).await;
                }
                let answered = tokio::time::timeout_at(give_up.into(), connection.call(&request)).await;
                let mut tally = tally.borrow_mut();
                let Ok(Ok(answer)) = answered else {
                    tally.unanswered += 1;
                    break;
                };
                wanted.judge(&answer, &mut tally);
                let us = due.elapsed().as_micros();
                tally.latencies_us.push(u32::try_from(us).unwrap_or(u32::MAX));
            }
        }
    });
    futures::future::join_all(workers).await;
    let seconds = begin.elapsed().as_secs_f64();
    let mut tally = Tally { seconds, ..tally.into_inner() };
    let counted = tally.good + tally.refused + tally.bad + tally.unanswered;
    tally.unanswered += (total as u64).saturating_sub(counted);
    tally.latencies_us.sort_unstable();
    Ok(tally)
}
