//! One socket: what the client says, what its events send, and the heartbeat. Everything is bounded: a socket that
//! cannot follow is dropped back to a snapshot, one that does not read is closed.

use super::{handshake::Socket, topic::Topic};
use bytes::Bytes;
use domain::ids::{AreaId, EventId};
use futures::{
    SinkExt,
    stream::{FuturesUnordered, StreamExt},
};
use protocol::live::{ClientMessage, Refusal, ServerMessage, TOPICS_MAX};
use serde::Deserialize;
use services::{Services, clock, live::Frame};
use std::{collections::HashMap, pin::Pin, time::Duration};
use tokio::{
    sync::broadcast::error::RecvError,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_tungstenite::tungstenite::{
    Error, Message, Utf8Bytes,
    protocol::{
        CloseFrame,
        frame::{
            Frame as Part,
            coding::{CloseCode, Data, OpCode},
        },
    },
};
use tokio_util::sync::CancellationToken;

/// The client calls the line stale after three of these.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// A client that does not take a message for so long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// A client sends some messages when it moves about the map; more than this in a heartbeat is no viewer.
const MESSAGES_A_BEAT_MAX: u32 = 60;

/// Longer messages are written in parts: the write buffer of a socket keeps the size of the largest part for as long as
/// the socket lives, and a snapshot of a stadium would cost each of ten thousand viewers 18 kB.
const PART_BYTES: usize = 1_024;

/// How frames are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// `docs/protocol.md`.
    Binary,
    /// The same as JSON text.
    Json,
}

/// Why a socket is over.
#[derive(Clone, Copy)]
enum Over {
    /// The other side left, or does not take what is written.
    Gone,
    /// We end it, and say why.
    Closed(CloseCode, &'static str),
}

/// Says what the protocol does not know.
const UNREADABLE: Over = Over::Closed(CloseCode::Invalid, "a message that cannot be read");
/// Says too much.
const TOO_MUCH: Over = Over::Closed(CloseCode::Policy, "too many messages");

type Next = Pin<Box<dyn Future<Output = (u64, Result<Frame, RecvError>, super::topic::Frames)> + Send>>;

struct Viewer {
    socket: Socket,
    services: Services,
    format: Format,
    topics: HashMap<EventId, (u64, Topic)>,
    /// Names subscriptions: a frame of an earlier one is dropped.
    subscriptions: u64,
    frames: FuturesUnordered<Next>,
}

/// Serves a socket until either side ends it.
pub async fn run(socket: Socket, services: Services, format: Format, stop: CancellationToken) {
    let mut viewer = Viewer {
        socket,
        services,
        format,
        topics: HashMap::new(),
        subscriptions: 0,
        frames: FuturesUnordered::new(),
    };
    if let Over::Closed(code, why) = viewer.serve(&stop).await {
        let close = CloseFrame { code, reason: Utf8Bytes::from_static(why) };
        let _ = timeout(WRITE_TIMEOUT, viewer.socket.send(Message::Close(Some(close)))).await;
    }
}

impl Viewer {
    async fn serve(&mut self, stop: &CancellationToken) -> Over {
        self.follow_all(stop).await.err().unwrap_or(Over::Closed(CloseCode::Restart, "the server restarts"))
    }

    /// Until the server stops, or the socket is over.
    async fn follow_all(&mut self, stop: &CancellationToken) -> Result<(), Over> {
        let mut beat = interval(HEARTBEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut said = 0;
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                Some((subscription, frame, frames)) = self.frames.next(), if !self.frames.is_empty() => {
                    Box::pin(self.pass_on(subscription, frame, frames)).await?;
                }
                message = self.socket.next() => {
                    said += 1;
                    if said > MESSAGES_A_BEAT_MAX {
                        return Err(TOO_MUCH);
                    }
                    // Boxed, because a socket is silent nearly always, and its task would hold the room for this for ever.
                    Box::pin(self.hear(message)).await?;
                }
                _ = beat.tick() => {
                    said = 0;
                    Box::pin(self.beat()).await?;
                }
            }
        }
    }

    async fn hear(&mut self, message: Option<Result<Message, Error>>) -> Result<(), Over> {
        let said = match message {
            Some(Ok(Message::Text(text))) => ClientMessage::from_json(&text),
            Some(Ok(Message::Binary(bytes))) => ClientMessage::decode(&bytes),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => return Ok(()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Over::Gone),
        };
        match said.map_err(|_| UNREADABLE)? {
            ClientMessage::Subscribe { event, since, sections } => {
                self.topics.remove(&event);
                if self.topics.len() >= TOPICS_MAX {
                    return self.refuse(event, Refusal::TooManyTopics).await;
                }
                match Topic::join(&self.services, event, since, sections).await {
                    Ok((topic, first, frames)) => {
                        for message in &first {
                            self.say(message, topic.areas()).await?;
                        }
                        self.subscriptions += 1;
                        self.follow(self.subscriptions, frames);
                        self.topics.insert(event, (self.subscriptions, topic));
                        Ok(())
                    }
                    Err(reason) => self.refuse(event, reason).await,
                }
            }
            ClientMessage::Unsubscribe { event } => {
                self.topics.remove(&event);
                Ok(())
            }
            ClientMessage::Ping { client_ms } => {
                self.say(&ServerMessage::Pong { client_ms, server_ms: now_ms() }, &[]).await
            }
        }
    }

    fn follow(&self, subscription: u64, mut frames: super::topic::Frames) {
        self.frames.push(Box::pin(async move {
            let frame = frames.recv().await;
            (subscription, frame, frames)
        }));
    }

    async fn pass_on(
        &mut self,
        subscription: u64,
        frame: Result<Frame, RecvError>,
        frames: super::topic::Frames,
    ) -> Result<(), Over> {
        let Some((_, (_, topic))) = self.topics.iter().find(|(_, (of, _))| *of == subscription) else {
            return Ok(());
        };
        match frame {
            Ok(Frame::Delta(frame)) => {
                let message = topic.message(&frame, self.format);
                send(&mut self.socket, message).await?;
            }
            // Too slow, or history broke off: from the start again, never buffered without end.
            Ok(Frame::Reset) | Err(RecvError::Lagged(_)) => {
                let frames = frames.resubscribe();
                if let Some(snapshot) = topic.snapshot() {
                    let message = encoded(&snapshot, self.format, topic.areas())?;
                    send(&mut self.socket, message).await?;
                }
                self.follow(subscription, frames);
                return Ok(());
            }
            Err(RecvError::Closed) => {
                let event =
                    self.topics.iter().find(|(_, (of, _))| *of == subscription).map(|(event, _)| *event);
                if let Some(event) = event {
                    self.topics.remove(&event);
                    return self.say(&ServerMessage::Resync { event }, &[]).await;
                }
                return Ok(());
            }
        }
        self.follow(subscription, frames);
        Ok(())
    }

    /// Says that the line is alive; viewers of some sections hear the counts of the others with it.
    async fn beat(&mut self) -> Result<(), Over> {
        self.say(&ServerMessage::Heartbeat { server_ms: now_ms() }, &[]).await?;
        let counts: Vec<ServerMessage> =
            self.topics.values().filter_map(|(_, topic)| topic.counts()).collect();
        for message in counts {
            self.say(&message, &[]).await?;
        }
        Ok(())
    }

    async fn refuse(&mut self, event: EventId, reason: Refusal) -> Result<(), Over> {
        self.say(&ServerMessage::Refused { event, reason }, &[]).await
    }

    async fn say(&mut self, message: &ServerMessage, areas: &[AreaId]) -> Result<(), Over> {
        let message = encoded(message, self.format, areas)?;
        send(&mut self.socket, message).await
    }
}

fn encoded(message: &ServerMessage, format: Format, areas: &[AreaId]) -> Result<Message, Over> {
    match format {
        Format::Binary => message.encode().map(|bytes| Message::Binary(Bytes::from(bytes))),
        Format::Json => message.to_json(areas).map(|text| Message::Text(text.into())),
    }
    .map_err(|error| tracing::error!(%error, "a live message could not be written"))
    .map_err(|()| Over::Gone)
}

async fn send(socket: &mut Socket, message: Message) -> Result<(), Over> {
    let written = async {
        if message.len() <= PART_BYTES {
            return socket.send(message).await;
        }
        let kind = if message.is_text() { Data::Text } else { Data::Binary };
        for part in parts(message.into_data(), kind) {
            socket.send(Message::Frame(part)).await?;
        }
        Ok(())
    };
    match timeout(WRITE_TIMEOUT, written).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Over::Gone),
    }
}

/// A message as frames: the first says what it is, the last that it is whole.
fn parts(mut rest: Bytes, kind: Data) -> impl Iterator<Item = Part> {
    let mut code = Some(OpCode::Data(kind));
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let part = rest.split_to(rest.len().min(PART_BYTES));
        let code = code.take().unwrap_or(OpCode::Data(Data::Continue));
        Some(Part::message(part, code, rest.is_empty()))
    })
}

fn now_ms() -> u64 {
    u64::try_from(clock::now().timestamp_millis()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_parted_and_nothing_is_lost() {
        let bytes: Vec<u8> = (0..PART_BYTES * 2 + 5).map(|n| n as u8).collect();
        let parts: Vec<Part> = parts(Bytes::from(bytes.clone()), Data::Binary).collect();
        let heads: Vec<_> = parts.iter().map(|part| (part.header().opcode, part.header().is_final)).collect();
        let more = OpCode::Data(Data::Continue);
        assert_eq!(heads, [(OpCode::Data(Data::Binary), false), (more, false), (more, true)]);
        assert_eq!(parts.iter().flat_map(|part| part.payload().to_vec()).collect::<Vec<u8>>(), bytes);
    }
}
