//! A viewer of the live line, as an outside program writes it from the contract's page: JSON, epoch and offset, a new
//! snapshot after a gap.

use base64::{Engine, engine::general_purpose::STANDARD};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::{connect_async, tungstenite::Message};

/// What the viewer sees.
#[derive(Clone, Debug, Default)]
pub struct View {
    pub epoch: u64,
    pub offset: u64,
    /// One byte a seat.
    pub statuses: Vec<u8>,
}

/// Watches an event until it is dropped.
pub struct Viewer {
    view: Arc<Mutex<View>>,
    task: tokio::task::JoinHandle<()>,
}

impl Viewer {
    /// `base`: the server's address, `http://…`.
    pub fn of(base: &str, event: &str) -> Self {
        let view = Arc::new(Mutex::new(View::default()));
        let url = format!("{}/live?format=json", base.replace("http://", "ws://"));
        let (seen, event) = (view.clone(), event.to_owned());
        let task = tokio::spawn(async move {
            loop {
                // However it ends, the viewer comes back and goes on from where it was.
                drop(watch(&url, &event, &seen).await);
                sleep(Duration::from_millis(150)).await;
            }
        });
        Self { view, task }
    }

    pub fn view(&self) -> View {
        self.view.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn watch(url: &str, event: &str, seen: &Mutex<View>) -> anyhow::Result<()> {
    let (mut socket, _) = timeout(Duration::from_secs(5), connect_async(url)).await??;
    let since = {
        let view = seen.lock().unwrap_or_else(PoisonError::into_inner);
        if view.statuses.is_empty() { Value::Null } else { json!([view.epoch, view.offset]) }
    };
    let subscribe =
        |since: Value| Message::text(json!({ "t": "subscribe", "event": event, "since": since }).to_string());
    socket.send(subscribe(since)).await?;
    // The server says every few seconds that it is there.
    while let Ok(Some(message)) = timeout(Duration::from_secs(12), socket.next()).await {
        let Message::Text(text) = message? else { continue };
        let message: Value = serde_json::from_str(&text)?;
        let whole = take(&message, &mut seen.lock().unwrap_or_else(PoisonError::into_inner));
        if !whole {
            socket.send(subscribe(Value::Null)).await?;
        }
        if message["t"] == "refused" {
            anyhow::bail!("refused");
        }
    }
    Ok(())
}

/// Takes a message in; `false` when something is missing before it.
fn take(message: &Value, view: &mut View) -> bool {
    let number = |name: &str| message[name].as_u64().unwrap_or_default();
    match message["t"].as_str() {
        Some("snapshot") => {
            let bytes = message["statuses"].as_str().and_then(|text| STANDARD.decode(text).ok());
            *view = View {
                epoch: number("epoch"),
                offset: number("offset"),
                statuses: bytes.unwrap_or_default(),
            };
            true
        }
        Some("delta") => {
            if number("epoch") != view.epoch || number("from") > view.offset + 1 {
                return false;
            }
            for change in message["changes"].as_array().into_iter().flatten() {
                let at = change[0].as_u64().and_then(|at| usize::try_from(at).ok());
                let status = change[1].as_u64().and_then(|status| u8::try_from(status).ok());
                if let (Some(slot), Some(status)) = (at.and_then(|at| view.statuses.get_mut(at)), status) {
                    *slot = status;
                }
            }
            view.offset = view.offset.max(number("offset"));
            true
        }
        Some("resync") => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_or_another_epoch_is_noticed() {
        let mut view = View::default();
        let snapshot =
            json!({ "t": "snapshot", "epoch": 2, "offset": 5, "statuses": STANDARD.encode([0, 1, 2]) });
        assert!(take(&snapshot, &mut view));
        let delta = |epoch: u64, from: u64, to: u64| json!({ "t": "delta", "epoch": epoch, "from": from, "offset": to, "changes": [[0, 2]] });
        assert!(!take(&delta(2, 7, 7), &mut view) && !take(&delta(3, 6, 6), &mut view));
        assert_eq!(view.statuses, [0, 1, 2]);
        assert!(take(&delta(2, 4, 6), &mut view));
        assert_eq!((view.offset, view.statuses[0]), (6, 2));
        assert!(!take(&json!({ "t": "resync" }), &mut view));
    }
}
