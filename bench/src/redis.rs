//! Redis' own protocol over a socket, with requests that are already bytes: the yardstick for the shipped scripts.

use anyhow::{Context, bail};
use bytes::Bytes;
use std::time::Instant;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use url::Url;

/// One connection.
pub struct RawRedis {
    stream: TcpStream,
    buffer: Vec<u8>,
    at: usize,
}

/// One answer, as far as the measurements look into it.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    /// A text, a bulk string, or the first string of a list.
    Text(Vec<u8>),
    /// A number.
    Number(i64),
    /// Nothing.
    Null,
    /// What Redis complains about.
    Error(String),
}

impl RawRedis {
    /// Connects, with the password of the address.
    pub async fn open(url: &str) -> anyhow::Result<Self> {
        let url = Url::parse(url).context("the address of Redis")?;
        let host = url.host_str().context("the host of Redis")?;
        let stream = TcpStream::connect((host, url.port().unwrap_or(6_379))).await.context("Redis")?;
        stream.set_nodelay(true)?;
        let mut redis = Self { stream, buffer: Vec::with_capacity(1 << 16), at: 0 };
        if let Some(password) = url.password() {
            redis.ask(&[b"AUTH", b"default", password.as_bytes()]).await?;
        }
        Ok(redis)
    }

    /// Sends one command and reads its answer.
    pub async fn ask(&mut self, parts: &[&[u8]]) -> anyhow::Result<Reply> {
        let mut out = Vec::new();
        command(&mut out, parts);
        self.send(&out).await?;
        match self.reply().await? {
            Reply::Error(error) => bail!("Redis: {error}"),
            reply => Ok(reply),
        }
    }

    /// Sends commands that are already bytes.
    pub async fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.stream.write_all(bytes).await?)
    }

    /// Reads one answer.
    pub async fn reply(&mut self) -> anyhow::Result<Reply> {
        loop {
            if let Some((reply, end)) = parse(&self.buffer, self.at) {
                self.at = end;
                if self.at == self.buffer.len() {
                    self.buffer.clear();
                    self.at = 0;
                }
                return Ok(reply);
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("Redis closed the connection");
            }
        }
    }

    /// Loads a script; gives its digest.
    pub async fn load(&mut self, script: &str) -> anyhow::Result<Vec<u8>> {
        match self.ask(&[b"SCRIPT", b"LOAD", script.as_bytes()]).await? {
            Reply::Text(digest) => Ok(digest),
            other => bail!("SCRIPT LOAD answered {other:?}"),
        }
    }

    /// Processor time that Redis used since it started, in seconds.
    pub async fn cpu_seconds(&mut self) -> anyhow::Result<f64> {
        let Reply::Text(text) = self.ask(&[b"INFO", b"cpu"]).await? else { bail!("INFO is no text") };
        let text = String::from_utf8(text)?;
        let used =
            |name: &str| text.lines().find_map(|l| l.strip_prefix(name)).map(|v| v.trim().parse::<f64>());
        let (user, system) = (used("used_cpu_user:"), used("used_cpu_sys:"));
        Ok(user.transpose()?.unwrap_or_default() + system.transpose()?.unwrap_or_default())
    }

    /// Microseconds that scripts took since Redis started, by its own count.
    pub async fn script_us(&mut self) -> anyhow::Result<f64> {
        let Reply::Text(text) = self.ask(&[b"INFO", b"commandstats"]).await? else {
            bail!("INFO is no text")
        };
        let text = String::from_utf8(text)?;
        let line = text.lines().find_map(|l| l.strip_prefix("cmdstat_evalsha:")).unwrap_or_default();
        let us = line.split(',').find_map(|field| field.strip_prefix("usec="));
        Ok(us.map(str::parse).transpose()?.unwrap_or_default())
    }
}

/// Appends a command.
pub fn command(out: &mut Vec<u8>, parts: &[&[u8]]) {
    out.extend_from_slice(format!("*{}\r\n", parts.len()).as_bytes());
    for part in parts {
        out.extend_from_slice(format!("${}\r\n", part.len()).as_bytes());
        out.extend_from_slice(part);
        out.extend_from_slice(b"\r\n");
    }
}

/// Appends a call of a script: its digest, its keys, its arguments.
pub fn evalsha(out: &mut Vec<u8>, digest: &[u8], keys: &[Bytes], args: &[Bytes]) {
    let count = keys.len().to_string();
    let mut parts: Vec<&[u8]> = vec![b"EVALSHA", digest, count.as_bytes()];
    parts.extend(keys.iter().map(AsRef::as_ref));
    parts.extend(args.iter().map(AsRef::as_ref));
    command(out, &parts);
}

/// Reads one answer at `at`; `None` while it is not whole. Of a list the first string counts.
fn parse(bytes: &[u8], at: usize) -> Option<(Reply, usize)> {
    let line_end = at + crate::http::find(bytes.get(at..)?, b"\r\n")?;
    let (&kind, text) = bytes[at..line_end].split_first()?;
    let text = String::from_utf8_lossy(text);
    let next = line_end + 2;
    let number = text.parse::<i64>().unwrap_or_default();
    Some(match kind {
        b'+' => (Reply::Text(text.as_bytes().to_vec()), next),
        b'-' => (Reply::Error(text.into_owned()), next),
        b':' => (Reply::Number(number), next),
        b'$' if number < 0 => (Reply::Null, next),
        b'$' => {
            let end = next + usize::try_from(number).ok()?;
            bytes.get(end..end + 2)?;
            (Reply::Text(bytes[next..end].to_vec()), end + 2)
        }
        b'*' if number <= 0 => (Reply::Null, next),
        _ => {
            let (first, mut end) = parse(bytes, next)?;
            for _ in 1..number {
                end = parse(bytes, end)?.1;
            }
            (first, end)
        }
    })
}

/// Sends `calls` with `depth` of them under way on each connection, until the time or the calls are over; gives the
/// successes (answers that begin with `H`) and the seconds it took.
pub async fn pipelined(
    connections: &mut [RawRedis],
    calls: &[Vec<u8>],
    depth: usize,
    until: Instant,
) -> anyhow::Result<(u64, f64)> {
    let begin = Instant::now();
    let next = std::cell::Cell::new(0);
    let workers = connections.iter_mut().map(|connection| {
        let next = &next;
        async move {
            let mut held = 0;
            while Instant::now() < until {
                let from = next.get();
                let to = calls.len().min(from + depth);
                if from == to {
                    break;
                }
                next.set(to);
                connection.send(&calls[from..to].concat()).await?;
                for _ in from..to {
                    match connection.reply().await? {
                        Reply::Text(text) if text.first() == Some(&b'H') => held += 1,
                        other => bail!("the script answered {other:?}"),
                    }
                }
            }
            Ok(held)
        }
    });
    let held = futures::future::try_join_all(workers).await?.into_iter().sum();
    Ok((held, begin.elapsed().as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_when_it_is_whole_and_not_before() {
        let bytes = b"*1\r\n$3\r\nHab\r\n:7\r\n";
        for cut in 0..13 {
            assert_eq!(parse(&bytes[..cut], 0), None, "{cut}");
        }
        assert_eq!(parse(bytes, 0), Some((Reply::Text(b"Hab".to_vec()), 13)));
        assert_eq!(parse(bytes, 13), Some((Reply::Number(7), 17)));
        assert_eq!(parse(b"$-1\r\n", 0), Some((Reply::Null, 5)));
        assert_eq!(parse(b"-ERR no\r\n", 0), Some((Reply::Error("ERR no".into()), 9)));
    }
}
