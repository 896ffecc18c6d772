//! A viewer of `/live?format=json`: an outside program's own idea of the map.

use crate::client::Client;
use base64::{Engine, engine::general_purpose::STANDARD};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

pub struct Viewer {
    socket: WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>,
    event: String,
    /// Epoch and offset.
    pub position: (u64, u64),
    pub statuses: Vec<u8>,
    pub floor: Option<u64>,
    /// How many snapshots came.
    pub snapshots: u32,
}

impl Viewer {
    pub async fn connect(http: &Client, event: impl std::fmt::Display) -> Self {
        let url = format!("{}/live?format=json", http.base.replace("http://", "ws://"));
        let (socket, _) = connect_async(url.into_client_request().unwrap()).await.unwrap();
        let event = event.to_string();
        Self { socket, event, position: (0, 0), statuses: Vec::new(), floor: None, snapshots: 0 }
    }

    /// Subscribes and reads the snapshot.
    pub async fn subscribed(http: &Client, event: impl std::fmt::Display) -> Self {
        let mut viewer = Self::connect(http, event).await;
        viewer.subscribe(None).await;
        viewer.until("a snapshot", |v| v.snapshots == 1).await;
        viewer
    }

    pub async fn subscribe(&mut self, since: Option<(u64, u64)>) {
        let since = since.map(|(epoch, offset)| json!([epoch, offset]));
        self.say(&json!({ "t": "subscribe", "event": self.event, "since": since })).await;
    }

    pub async fn say(&mut self, message: &Value) {
        self.socket.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next message that is no heartbeat.
    pub async fn next(&mut self) -> Value {
        loop {
            let read = tokio::time::timeout(Duration::from_secs(15), self.socket.next());
            let message = read.await.expect("a live message in time").unwrap().unwrap();
            let Message::Text(text) = message else { continue };
            let message: Value = serde_json::from_str(&text).unwrap();
            if message["t"] != "heartbeat" {
                return message;
            }
        }
    }

    /// The code that the server ends the socket with.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            let read = tokio::time::timeout(Duration::from_secs(15), self.socket.next());
            match read.await.expect("an end in time") {
                Some(Ok(Message::Close(Some(close)))) => return close.code.into(),
                Some(Ok(_)) => {}
                other => panic!("no close frame: {other:?}"),
            }
        }
    }

    /// Takes messages in until the map is as wanted; a gap is an error, as the contract has it.
    pub async fn until(&mut self, what: &str, wanted: impl Fn(&Self) -> bool) {
        for _ in 0..500 {
            if wanted(self) {
                return;
            }
            let message = self.next().await;
            self.take(&message).await;
        }
        panic!("never: {what}");
    }

    async fn take(&mut self, message: &Value) {
        assert_eq!(message["event"], self.event.as_str(), "{message}");
        let number = |name: &str| message[name].as_u64().unwrap();
        match message["t"].as_str().unwrap() {
            "snapshot" => {
                self.statuses = STANDARD.decode(message["statuses"].as_str().unwrap()).unwrap();
                self.position = (number("epoch"), number("offset"));
                self.snapshots += 1;
            }
            "delta" => {
                assert_eq!(number("epoch"), self.position.0, "{message}");
                assert!(number("from") <= self.position.1 + 1, "a gap: {message} after {:?}", self.position);
                for change in message["changes"].as_array().unwrap() {
                    let at = usize::try_from(change[0].as_u64().unwrap()).unwrap();
                    self.statuses[at] = u8::try_from(change[1].as_u64().unwrap()).unwrap();
                }
                self.position.1 = self.position.1.max(number("offset"));
            }
            "resync" => self.subscribe(None).await,
            other => panic!("{other}: {message}"),
        }
        if let Some(left) = message["areas"].as_array().and_then(|areas| areas.first()) {
            self.floor = left[1].as_u64();
        }
    }
}
