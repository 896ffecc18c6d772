//! What the tests of the store share: a fresh event on a real Redis, requests, and a hand that moves deadlines.

use domain::{
    hold::{Hold, HoldOutcome, HoldRequest, HoldRules},
    ids::{EventId, HoldId},
    seat::{AreaIx, PackedStates, SeatIx},
};
use fred::{
    clients::Client,
    interfaces::{ClientLike, HashesInterface, SortedSetsInterface},
    prelude::Builder,
    types::config::Config,
};
use store_redis::{EventLoad, RedisStore};
use uuid::Uuid;

pub fn url() -> String {
    std::env::var("TEST_REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6399".to_owned())
}

/// An event of its own.
pub struct World {
    pub store: RedisStore,
    pub raw: Client,
    pub event: EventId,
    pub epoch: u64,
}

/// `rows` of seats that stand side by side, as the bit string.
pub fn linked(rows: &[u32]) -> Vec<u8> {
    let seats: u32 = rows.iter().sum();
    let mut bits = vec![0_u8; (seats as usize).div_ceil(8)];
    let mut first = 0;
    for len in rows {
        for ix in first..(first + len).saturating_sub(1) {
            bits[ix as usize / 8] |= 0x80 >> (ix % 8);
        }
        first += len;
    }
    bits
}

pub fn load(rows: &[u32], areas: &[u32], rules: HoldRules) -> EventLoad {
    EventLoad {
        states: PackedStates::available(rows.iter().sum()),
        linked: linked(rows),
        areas: (0..).zip(areas).map(|(ix, n)| (AreaIx(ix), *n)).collect(),
        rules,
        reservations: Vec::new(),
        epoch_floor: 0,
        expected: None,
    }
}

/// Rules without the single-seat rule, for tests about something else.
pub fn plain_rules() -> HoldRules {
    HoldRules { no_single_seat: false, ..HoldRules::default() }
}

impl World {
    pub async fn new(load: &EventLoad) -> Self {
        let store = RedisStore::connect(&url(), 2).await.unwrap();
        let raw = Builder::from_config(Config::from_url(&url()).unwrap()).build().unwrap();
        raw.init().await.unwrap();
        let event = EventId(Uuid::new_v4());
        let loaded = store.load_event(event, load).await.unwrap();
        assert!(loaded.fresh);
        Self { store, raw, event, epoch: loaded.epoch }
    }

    pub async fn plain(rows: &[u32], areas: &[u32]) -> Self {
        Self::new(&load(rows, areas, plain_rules())).await
    }

    pub fn request(&self, buyer: &str, seats: &[u32]) -> HoldRequest {
        request(self.event, buyer, seats)
    }

    pub async fn held(&self, buyer: &str, seats: &[u32]) -> Hold {
        match self.store.hold(self.request(buyer, seats)).await.unwrap() {
            HoldOutcome::Held(hold) => hold,
            other => panic!("not held: {other:?}"),
        }
    }

    pub fn key(&self, name: &str) -> String {
        format!("{{e:{}}}:{name}", self.event)
    }

    /// Moves a hold's deadline to long ago, as if time had passed and no sweeper had come.
    pub async fn let_expire(&self, hold: HoldId) {
        let field = [b"h", hold.0.as_bytes().as_slice()].concat();
        let record: Option<Vec<u8>> = self.raw.hget(self.key("m"), field.as_slice()).await.unwrap();
        let Some(mut record) = record.filter(|r| r.len() > 51 && r[0] == 0) else { return };
        record[11..19].copy_from_slice(&1_u64.to_be_bytes());
        let mut progress: Vec<u8> = self.raw.hget(self.key("m"), "p").await.unwrap();
        progress[32..40].copy_from_slice(&1_u64.to_be_bytes());
        let fields = vec![
            (fred::types::Key::from(field.as_slice()), fred::types::Value::Bytes(record.into())),
            (fred::types::Key::from("p"), fred::types::Value::Bytes(progress.into())),
        ];
        let _: () = self.raw.hset(self.key("m"), fields).await.unwrap();
        let _: () =
            self.raw.zadd(self.key("d"), None, None, false, false, (1.0, field.as_slice())).await.unwrap();
    }

    /// The seats that are not available, as text: `3:Held 4:Sold`.
    pub async fn taken(&self) -> String {
        let snapshot = self.store.snapshot(self.event).await.unwrap().unwrap();
        let states =
            (0..).zip(snapshot.states.iter()).filter(|(_, s)| *s != domain::seat::SeatState::Available);
        states.map(|(ix, s)| format!("{ix}:{s:?}")).collect::<Vec<_>>().join(" ")
    }
}

pub fn request(event: EventId, buyer: &str, seats: &[u32]) -> HoldRequest {
    let hold_id = HoldId(Uuid::new_v4());
    HoldRequest {
        event,
        buyer: buyer.to_owned(),
        client_id: hold_id.to_string(),
        request_digest: format!("{seats:?}"),
        hold_id,
        token_digest: token(hold_id),
        seats: seats.iter().copied().map(SeatIx).collect(),
        areas: Vec::new(),
        ttl_ms: None,
        lenient: false,
        payload: "{}".to_owned(),
    }
}

/// Stands in for the digest of a hold's token.
pub fn token(hold: HoldId) -> String {
    format!("{:064x}", hold.0.as_u128())
}
