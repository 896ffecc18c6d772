//! A wire between two processes that can be cut, slowed and stopped.

use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// How the wire is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Bytes pass.
    Open,
    /// What is connected breaks, and nothing connects.
    Cut,
    /// Every piece of up to 4 kB waits so long.
    Slow(Duration),
    /// Connections stay, and nothing comes through.
    Stopped,
}

/// The wire; it lasts until it is dropped.
pub struct Wire {
    /// Where to connect.
    pub address: SocketAddr,
    mode: watch::Sender<Mode>,
    task: tokio::task::JoinHandle<()>,
}

impl Wire {
    /// A wire to `target`.
    pub async fn to(target: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (mode, watched) = watch::channel(Mode::Open);
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if *watched.borrow() != Mode::Cut {
                    tokio::spawn(join(near, target, watched.clone()));
                }
            }
        });
        Ok(Self { address, mode, task })
    }

    /// Changes it, for what is connected too.
    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn join(near: TcpStream, target: SocketAddr, mode: watch::Receiver<Mode>) {
    let Ok(far) = TcpStream::connect(target).await else { return };
    // Small questions and answers: waiting to fill a packet would be a fault that nobody ordered.
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    tokio::select! {
        () = pass(near_in, far_out, mode.clone()) => {}
        () = pass(far_in, near_out, mode.clone()) => {}
        () = until_cut(mode) => {}
    }
}

async fn until_cut(mut mode: watch::Receiver<Mode>) {
    let _ = mode.wait_for(|mode| *mode == Mode::Cut).await;
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut mode: watch::Receiver<Mode>) {
    let mut buffer = [0; 4_096];
    loop {
        let Ok(read @ 1..) = from.read(&mut buffer).await else { return };
        let now = *mode.borrow_and_update();
        match now {
            Mode::Slow(wait) => tokio::time::sleep(wait).await,
            Mode::Stopped => {
                if mode.wait_for(|mode| *mode != Mode::Stopped).await.is_err() {
                    return;
                }
            }
            Mode::Open | Mode::Cut => {}
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
