//! A Redis to be killed, emptied and restarted, and what is read of it: bytes, by a client of a few lines.

use anyhow::{Context, bail};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::{sleep, timeout},
};

const DUMP: &str = "dump.rdb";

/// Runs until it is dropped.
pub struct Redis {
    dir: PathBuf,
    pub address: SocketAddr,
    child: Child,
}

impl Redis {
    pub async fn start(dir: &Path) -> anyhow::Result<Self> {
        let address = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let redis = Self { dir: dir.to_owned(), address, child: spawn(dir, address)? };
        redis.ready().await?;
        Ok(redis)
    }

    async fn ready(&self) -> anyhow::Result<()> {
        for _ in 0..500 {
            if self.ask(&["PING"]).await.is_ok_and(|answer| answer == Some(b"PONG".to_vec())) {
                // What was read is not to be read again: an older state would come back after the next crash.
                drop(std::fs::remove_file(self.dir.join(DUMP)));
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
        bail!("Redis does not come up")
    }

    /// Ends it at once; it comes back with nothing.
    pub async fn lose(&mut self, after: Duration) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        sleep(after).await;
        self.child = spawn(&self.dir, self.address)?;
        self.ready().await
    }

    /// Ends it in order; it comes back with what it had.
    pub async fn restart(&mut self, after: Duration) -> anyhow::Result<()> {
        drop(self.ask(&["SHUTDOWN", "SAVE"]).await);
        for _ in 0..250 {
            if self.child.try_wait()?.is_some() {
                break;
            }
            sleep(Duration::from_millis(20)).await;
        }
        drop(self.child.kill());
        self.child.wait()?;
        sleep(after).await;
        self.child = spawn(&self.dir, self.address)?;
        self.ready().await
    }

    /// One command; bulk and simple strings and numbers come as bytes, nothing as `None`.
    pub async fn ask(&self, words: &[&str]) -> anyhow::Result<Option<Vec<u8>>> {
        ask(self.address, words).await
    }
}

/// One command to a Redis.
pub async fn ask(address: SocketAddr, words: &[&str]) -> anyhow::Result<Option<Vec<u8>>> {
    let asked = async {
        let mut stream = BufReader::new(TcpStream::connect(address).await?);
        let mut request = format!("*{}\r\n", words.len());
        for word in words {
            request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        stream.write_all(request.as_bytes()).await?;
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let (kind, rest) = line.trim_end().split_at_checked(1).context("Redis hung up")?;
        match kind {
            "+" | ":" => Ok(Some(rest.as_bytes().to_vec())),
            "$" => {
                let Ok(length) = usize::try_from(rest.parse::<i64>()?) else { return Ok(None) };
                let mut bytes = vec![0; length];
                stream.read_exact(&mut bytes).await?;
                Ok(Some(bytes))
            }
            _ => bail!("Redis: {rest}"),
        }
    };
    timeout(Duration::from_secs(5), asked).await.context("Redis does not answer")?
}

impl Drop for Redis {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn spawn(dir: &Path, address: SocketAddr) -> anyhow::Result<Child> {
    let port = address.port().to_string();
    let start = |program: &str| {
        Command::new(program)
            .current_dir(dir)
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--dbfilename", DUMP])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
    };
    start("redis-server").or_else(|_| start("valkey-server")).context("start Redis")
}
