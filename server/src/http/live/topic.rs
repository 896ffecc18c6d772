//! One event that a socket follows: what the viewer gets first, and how each frame is put for it.

use super::socket::Format;
use domain::{
    ids::{AreaId, EventId},
    seat::{SeatIx, SeatState},
};
use protocol::live::{Counters, Position, Refusal, ServerMessage, Snapshot};
use services::{
    Sale, Services,
    live::{Channel, DeltaFrame, Joined},
};
use std::sync::Arc;
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// A followed event.
pub struct Topic {
    sale: Arc<Sale>,
    channel: Arc<Channel>,
    areas: Arc<[AreaId]>,
    sections: Option<Arc<[u16]>>,
}

/// The stream of a topic.
pub type Frames = broadcast::Receiver<services::live::Frame>;

impl Topic {
    /// Joins an event: the first messages, then the stream.
    pub async fn join(
        services: &Services,
        event: EventId,
        since: Option<Position>,
        sections: Option<Vec<u16>>,
    ) -> Result<(Self, Vec<ServerMessage>, Frames), Refusal> {
        let sale = services.sale_by_id(event).await.map_err(|_| Refusal::Unavailable)?;
        let sale = sale.ok_or(Refusal::UnknownEvent)?;
        // Loads the event into Redis when it is not there.
        let channel = match services.hub().channel(event).await {
            Ok(channel) => channel,
            Err(_) => {
                services.snapshot(&sale).await.map_err(|_| Refusal::Unavailable)?;
                services.hub().channel(event).await.map_err(|_| Refusal::Unavailable)?
            }
        };
        let (joined, frames) = channel.join(since).ok_or(Refusal::Unavailable)?;
        let areas = sale.house.plan.areas.iter().map(|area| area.id.clone()).collect();
        let sections = sections.map(|mut sections| {
            sections.sort_unstable();
            sections.dedup();
            Arc::from(sections)
        });
        let topic = Self { sale, channel, areas, sections };
        let mut first = Vec::with_capacity(2);
        match joined {
            Joined::Snapshot(snapshot) => {
                first.extend(topic.counters(&snapshot));
                first.insert(0, ServerMessage::Snapshot(snapshot));
            }
            Joined::Since(delta) => first.extend(delta.map(ServerMessage::Delta)),
        }
        Ok((topic, first, frames))
    }

    /// A new start after history broke off.
    pub fn snapshot(&self) -> Option<ServerMessage> {
        self.channel.snapshot().map(ServerMessage::Snapshot)
    }

    /// A frame as this viewer gets it: encoded once for all who get the same. As JSON text it always has all sections;
    /// for some sections it goes out even when nothing in them changed, so that offsets stay without a gap.
    pub fn message(&self, frame: &DeltaFrame, format: Format) -> Message {
        match (format, &self.sections) {
            (Format::Json, _) => Message::Text(Utf8Bytes::from(&*frame.text(&self.areas))),
            (Format::Binary, None) => Message::Binary(frame.binary()),
            (Format::Binary, Some(sections)) => {
                let plan = &self.sale.house.plan;
                Message::Binary(frame.scoped(sections, |seat| plan.section_ix_of(SeatIx(seat))))
            }
        }
    }

    /// Whether the viewer follows sections only, and so needs the counts of the rest.
    pub fn counts(&self) -> Option<ServerMessage> {
        self.sections.as_ref()?;
        self.counters(&self.channel.snapshot()?)
    }

    /// The names of the areas, for the JSON text.
    pub fn areas(&self) -> &[AreaId] {
        &self.areas
    }

    /// Free seats of every section, for a viewer that follows only some.
    fn counters(&self, snapshot: &Snapshot) -> Option<ServerMessage> {
        self.sections.as_ref()?;
        let sections = &self.sale.house.plan.sections;
        let free = |section: &domain::plan::Section| {
            let seats = section.first.0..section.first.0 + section.len;
            let free = seats.filter(|&ix| snapshot.states.get(SeatIx(ix)) == SeatState::Available).count();
            u32::try_from(free).unwrap_or(u32::MAX)
        };
        Some(ServerMessage::Counters(Counters {
            event: snapshot.event,
            epoch: snapshot.epoch,
            offset: snapshot.offset,
            available: sections.iter().map(free).collect(),
        }))
    }
}
