//! G9 and G10: sockets that watch one event.

use super::Effort;
use crate::{
    load::{Pace, Wanted, open},
    report::{Bar, Rounds, Row, Table, short},
    server::Server,
    stage::Stage,
};
use anyhow::{Context, bail};
use domain::ids::EventId;
use futures::{SinkExt, StreamExt};
use protocol::{
    live::{ClientMessage, Delta, ServerMessage},
    merge::{Outcome, View},
};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, task::JoinSet};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

const HOLDS_PER_SECOND: u32 = 5_000;
/// The event that is watched.
const WATCHED: usize = 0;
/// Watchers that keep the whole map and compare it with the store's in the end.
const FAITHFUL: usize = 8;
/// Sockets that are open before those that count.
const IDLE_BEFORE: usize = 1_000;
/// Sockets that are opened at once.
const OPENING: usize = 64;

type Socket = WebSocketStream<TcpStream>;

/// Opens sockets, watches, and adds the rows.
pub async fn run(stage: &Stage, effort: Effort, table: &mut Table) -> anyhow::Result<()> {
    memory(stage, effort, table).await?;
    deliveries(stage, effort, table).await
}

/// What a socket adds to a server that does nothing else: a process of its own, since memory that earlier work has
/// given back would hide the sockets, and the growth beyond sockets that are open already, since the first ones also
/// pay for what all share.
async fn memory(stage: &Stage, effort: Effort, table: &mut Table) -> anyhow::Result<()> {
    let event = stage.events[WATCHED];
    let sockets = effort.idle_sockets;
    let mut values = Rounds::default();
    for number in 1..=effort.idle_rounds {
        let folder = stage.data_dir.join("idle");
        let server = Server::start(&stage.database_url, &stage.redis_url, &folder).await?;
        let first = connect_all(server.address, event, IDLE_BEFORE).await?;
        let before = settled_bytes(&server).await?;
        let open = connect_all(server.address, event, sockets).await?;
        let after = settled_bytes(&server).await?;
        let each = after.saturating_sub(before) as f64 / sockets as f64 / 1_000.0;
        println!(
            "round {number}: {} idle sockets beyond the first {IDLE_BEFORE}: {} kB each",
            short(sockets as f64),
            short(each)
        );
        values.0.push(each);
        drop((first, open));
    }
    table.push(Row {
        name: "G9",
        measure: format!("resident memory of one of {} subscribed sockets, kB", short(sockets as f64)),
        ours: String::new(),
        yardstick: String::new(),
        value: values,
        bar: Bar::AtMost(15.0, 8.0),
        fault: None,
    });
    Ok(())
}

/// Resident memory once it has stopped growing: the last snapshots are still being written when their sockets count as
/// open.
async fn settled_bytes(server: &Server) -> anyhow::Result<u64> {
    let mut last = 0;
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let now = server.resident_bytes()?;
        if now.abs_diff(last) < 64 * 1_024 {
            return Ok(now);
        }
        last = now;
    }
    Ok(last)
}

async fn deliveries(stage: &Stage, effort: Effort, table: &mut Table) -> anyhow::Result<()> {
    stage.renew(WATCHED).await?;
    let without = under_load(stage, effort).await?;
    let desk = Arc::new(Desk::new(stage.plan.seat_count()));
    let sockets = connect_all(stage.server.address, stage.events[WATCHED], effort.watchers).await?;
    let mut watchers = JoinSet::new();
    let event = stage.events[WATCHED];
    let views: Vec<_> = (0..FAITHFUL).map(|_| Arc::new(Mutex::new(View::new(event)))).collect();
    for (number, socket) in sockets.into_iter().enumerate() {
        watchers.spawn(watch(socket, views.get(number).cloned(), desk.clone()));
    }
    let (mut cpu, mut p99s, mut fault) = (Rounds::default(), Rounds::default(), None);
    let mut last = 0;
    for number in 1..=effort.rounds.min(3) {
        stage.renew(WATCHED).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        desk.begin();
        let begun = Instant::now();
        let with = under_load_marking(stage, effort, Some(&desk)).await?;
        tokio::time::sleep(Duration::from_millis(600)).await;
        let (frames, mut latencies, resets) = desk.end();
        latencies.sort_unstable();
        let p99 = latencies.get(latencies.len() * 99 / 100).map_or(f64::NAN, |us| *us as f64 / 1_000.0);
        let per_delivery = (with - without).max(0.0) * 1e6 / frames.max(1) as f64;
        println!(
            "round {number}: {} watchers, {} frames in {} s, {resets} snapshots again, server {} s of processor \
             ({} without watchers): {} µs a delivery, change → receive p99 {} ms",
            short(effort.watchers as f64),
            short(frames as f64),
            short(begun.elapsed().as_secs_f64()),
            short(with),
            short(without),
            short(per_delivery),
            short(p99)
        );
        if frames == 0 {
            fault = Some("nothing was delivered".to_owned());
        }
        cpu.0.push(per_delivery);
        p99s.0.push(p99);
        last = frames;
    }
    let same = same_as_store(stage, &views).await?;
    if same < FAITHFUL {
        fault = Some(format!("{same} of {FAITHFUL} watchers have the store's map in the end"));
    }
    watchers.shutdown().await;
    let watchers = short(effort.watchers as f64);
    let row = |measure: String, ours, value, bar, fault| Row {
        name: "G10",
        measure,
        ours,
        yardstick: String::new(),
        value,
        bar,
        fault,
    };
    let measure = format!("server processor time a delivery, {watchers} watchers, µs");
    let ours = format!("{} deliveries", short(last as f64));
    table.push(row(measure, ours, cpu, Bar::AtMost(20.0, 10.0), fault));
    let measure = format!("change → receive p99 at {}/s, ms", short(HOLDS_PER_SECOND.into()));
    table.push(row(measure, String::new(), p99s, Bar::AtMost(1_000.0, 400.0), None));
    Ok(())
}

async fn under_load(stage: &Stage, effort: Effort) -> anyhow::Result<f64> {
    under_load_marking(stage, effort, None).await
}

/// Processor seconds of the server while holds come by the clock.
async fn under_load_marking(stage: &Stage, effort: Effort, desk: Option<&Desk>) -> anyhow::Result<f64> {
    let before = stage.server.cpu_seconds()?;
    let pace = Pace {
        per_second: HOLDS_PER_SECOND,
        length: effort.part,
        connections: 256,
        patience: Duration::from_secs(20),
    };
    let make = |n: usize, out: &mut Vec<u8>| {
        if let (Some(desk), Some(pair)) = (desk, stage.pairs.get(n)) {
            desk.sent(pair[0].0);
        }
        stage.hold_request(WATCHED, n, out)
    };
    let tally = open(stage.server.address, pace, Wanted::Hold, &make).await?;
    if tally.good == 0 {
        bail!("nothing was held: {:?}", tally.oddity);
    }
    Ok(stage.server.cpu_seconds()? - before)
}

async fn connect_all(address: SocketAddr, event: EventId, count: usize) -> anyhow::Result<Vec<Socket>> {
    let opening = futures::stream::iter(0..count).map(|_| connect(address, event)).buffer_unordered(OPENING);
    let sockets: Vec<anyhow::Result<Socket>> = opening.collect().await;
    sockets.into_iter().collect()
}

/// Opens a socket, subscribes, and reads the snapshot.
async fn connect(address: SocketAddr, event: EventId) -> anyhow::Result<Socket> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(4_096).write_buffer_size(0);
    let (mut socket, _) =
        client_async_with_config(format!("ws://{address}/live"), stream, Some(config)).await?;
    let subscribe = ClientMessage::Subscribe { event, since: None, sections: None }.encode()?;
    socket.send(Message::Binary(subscribe.into())).await?;
    loop {
        let message = tokio::time::timeout(Duration::from_secs(20), socket.next()).await?;
        let message = message.context("the socket was closed")??;
        if let Message::Binary(bytes) = message
            && matches!(ServerMessage::decode(&bytes)?, ServerMessage::Snapshot(_))
        {
            return Ok(socket);
        }
    }
}

async fn watch(mut socket: Socket, view: Option<Arc<Mutex<View>>>, desk: Arc<Desk>) {
    if let Some(view) = &view {
        // The snapshot of the opening was read by the opening.
        let event = locked(view).event;
        if subscribe_again(&mut socket, event).await.is_err() {
            return;
        }
    }
    while let Some(Ok(message)) = socket.next().await {
        let Message::Binary(bytes) = message else { continue };
        desk.received(&bytes, desk.now_us());
        if let Some(view) = &view {
            let Ok(message) = ServerMessage::decode(&bytes) else { return };
            let (outcome, event) = {
                let mut view = locked(view);
                (view.apply(&message), view.event)
            };
            if outcome == Outcome::NeedSnapshot && subscribe_again(&mut socket, event).await.is_err() {
                return;
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many maps are the store's, once the last frames have come.
async fn same_as_store(stage: &Stage, views: &[Arc<Mutex<View>>]) -> anyhow::Result<usize> {
    let mut same = 0;
    for _ in 0..20 {
        let store = stage.redis.snapshot(stage.events[WATCHED]).await?.context("the event is gone")?;
        same = views.iter().filter(|view| locked(view).states == store.states).count();
        if same == views.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    Ok(same)
}

async fn subscribe_again(socket: &mut Socket, event: EventId) -> anyhow::Result<()> {
    let subscribe = ClientMessage::Subscribe { event, since: None, sections: None }.encode()?;
    Ok(socket.send(Message::Binary(subscribe.into())).await?)
}

/// Where sent changes and received frames meet.
struct Desk {
    start: Instant,
    /// When the hold of a pair was due to leave, by its first seat; in microseconds, 0 is never.
    sent_us: Vec<AtomicU64>,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    open: bool,
    frames: u64,
    resets: u64,
    latencies_us: Vec<u64>,
    /// The oldest change of a frame, by its bytes' head: ten thousand sockets get the same bytes.
    oldest: HashMap<Vec<u8>, u64>,
}

impl Desk {
    fn new(seats: u32) -> Self {
        let sent_us = (0..seats).map(|_| AtomicU64::new(0)).collect();
        Self { start: Instant::now(), sent_us, book: Mutex::default() }
    }

    fn now_us(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        locked(&self.book)
    }

    fn begin(&self) {
        self.sent_us.iter().for_each(|at| at.store(0, Ordering::Relaxed));
        let mut book = self.book();
        *book = Book { open: true, ..Book::default() };
    }

    fn end(&self) -> (u64, Vec<u64>, u64) {
        let mut book = self.book();
        book.open = false;
        (book.frames, std::mem::take(&mut book.latencies_us), book.resets)
    }

    fn sent(&self, seat: u32) {
        if let Some(at) = self.sent_us.get(seat as usize) {
            at.store(self.now_us().max(1), Ordering::Relaxed);
        }
    }

    /// Counts a frame, and how old its oldest change is.
    fn received(&self, bytes: &[u8], at_us: u64) {
        /// Version, tag, event, epoch and offsets: enough to tell frames apart.
        const HEAD: usize = 48;
        let mut book = self.book();
        if !book.open {
            return;
        }
        let head = &bytes[..bytes.len().min(HEAD)];
        let oldest = match book.oldest.get(head) {
            Some(oldest) => *oldest,
            None => {
                let oldest = match ServerMessage::decode(bytes) {
                    Ok(ServerMessage::Delta(delta)) => self.oldest(&delta),
                    Ok(ServerMessage::Snapshot(_)) => {
                        book.resets += 1;
                        return;
                    }
                    _ => return,
                };
                book.oldest.insert(head.to_vec(), oldest);
                oldest
            }
        };
        book.frames += 1;
        if oldest > 0 {
            book.latencies_us.push(at_us.saturating_sub(oldest));
        }
    }

    fn oldest(&self, delta: &Delta) -> u64 {
        let sent = |seat: usize| self.sent_us.get(seat).map_or(0, |at| at.load(Ordering::Relaxed));
        delta.changes.iter().map(|(seat, _)| sent(seat.index())).filter(|at| *at > 0).min().unwrap_or(0)
    }
}
