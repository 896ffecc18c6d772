//! What a channel sends to its sockets: encoded at the first socket that asks, then shared.

use bytes::Bytes;
use domain::ids::AreaId;
use protocol::live::{Delta, ServerMessage};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// News for the sockets of an event.
#[derive(Clone, Debug)]
pub enum Frame {
    /// The next range of offsets.
    Delta(Arc<DeltaFrame>),
    /// History broke off (rebuild, lost messages): every socket needs a new snapshot.
    Reset,
}

/// A range of offsets with the encodings that were asked for so far.
#[derive(Debug)]
pub struct DeltaFrame {
    /// The states.
    pub delta: Delta,
    binary: OnceLock<Bytes>,
    text: OnceLock<Arc<str>>,
    scoped: Mutex<HashMap<Arc<[u16]>, Bytes>>,
}

impl DeltaFrame {
    /// A frame that nobody asked for yet.
    pub fn new(delta: Delta) -> Self {
        Self { delta, binary: OnceLock::new(), text: OnceLock::new(), scoped: Mutex::default() }
    }

    /// The binary frame of all sections.
    pub fn binary(&self) -> Bytes {
        self.binary.get_or_init(|| encode(self.delta.clone())).clone()
    }

    /// The JSON text of all sections.
    pub fn text(&self, areas: &[AreaId]) -> Arc<str> {
        let make = || ServerMessage::Delta(self.delta.clone()).to_json(areas).unwrap_or_default().into();
        self.text.get_or_init(make).clone()
    }

    /// The binary frame of some sections: viewers of the same sections share it.
    pub fn scoped(&self, sections: &Arc<[u16]>, section_of: impl Fn(u32) -> Option<u16>) -> Bytes {
        let mut scoped = self.scoped.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = scoped.get(sections) {
            return bytes.clone();
        }
        let wanted =
            |ix: domain::seat::SeatIx| section_of(ix.0).is_some_and(|s| sections.binary_search(&s).is_ok());
        let bytes = encode(self.delta.filtered(wanted));
        scoped.insert(sections.clone(), bytes.clone());
        bytes
    }
}

fn encode(delta: Delta) -> Bytes {
    ServerMessage::Delta(delta).encode().map(Bytes::from).unwrap_or_default()
}
