//! A Redis to be lost, on a port of its own.

use crate::redis::{RawRedis, Reply};
use anyhow::{Context, bail};
use std::{
    net::{Ipv4Addr, TcpListener},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const READY_WITHIN: Duration = Duration::from_secs(20);

/// It ends with this.
pub struct OwnRedis {
    port: u16,
    child: Child,
}

impl OwnRedis {
    /// Starts it with nothing.
    pub async fn start() -> anyhow::Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let redis = Self { port, child: spawn(port)? };
        redis.ready().await?;
        Ok(redis)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// `kill -9`, and at once started again with nothing.
    pub async fn lose(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        self.child = spawn(self.port)?;
        self.ready().await
    }

    /// Takes all it knows away; connections stay.
    pub async fn empty(&self) -> anyhow::Result<()> {
        RawRedis::open(&self.url()).await?.ask(&[b"FLUSHALL"]).await.map(drop)
    }

    async fn ready(&self) -> anyhow::Result<()> {
        let give_up = Instant::now() + READY_WITHIN;
        while Instant::now() < give_up {
            if let Ok(mut redis) = RawRedis::open(&self.url()).await
                && matches!(redis.ask(&[b"PING"]).await, Ok(Reply::Text(_)))
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("Redis does not start")
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// It keeps nothing on disk.
fn spawn(port: u16) -> anyhow::Result<Child> {
    let start = |program: &str| {
        Command::new(program)
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
    };
    start("redis-server").or_else(|_| start("valkey-server")).context("redis-server")
}
