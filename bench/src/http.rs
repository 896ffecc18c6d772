//! A small HTTP/1.1 client over one kept connection.
//!
//! A general client costs about as much processor time a request as the server that it measures, and both share the
//! cores; this one writes a request that is already bytes and reads as far as the answer's end.

use anyhow::{Context, bail};
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// An answer is never larger: a seat map of 70,000 seats as JSON.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// One connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer; borrowed from the connection until the next call.
pub struct Answer<'a> {
    /// Status code.
    pub status: u16,
    /// Head without the empty line.
    pub head: &'a [u8],
    /// Body as it was sent (compressed, when it was asked for).
    pub body: Body<'a>,
}

/// A body: where it stands in the buffer, or joined from chunks.
pub enum Body<'a> {
    /// Sent with its length.
    Whole(&'a [u8]),
    /// Sent in chunks.
    Chunks(Vec<u8>),
}

impl Body<'_> {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Chunks(bytes) => bytes,
        }
    }
}

impl Connection {
    /// Opens a connection.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("connect to the server")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4_096) })
    }

    /// Sends a request and reads its answer whole.
    pub async fn call(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head_len = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at;
            }
            self.more().await?;
        };
        let status = std::str::from_utf8(self.buffer.get(9..12).unwrap_or_default())?.parse()?;
        let start = head_len + 4;
        let length = header(&self.buffer[..head_len], b"content-length")
            .map(|text| std::str::from_utf8(text).unwrap_or_default().trim().parse::<usize>())
            .transpose()?;
        let empty = matches!(status, 204 | 304);
        let chunked = length.is_none() && !empty;
        let joined = if chunked { Some(self.chunks(start).await?) } else { None };
        let end = start + if empty { 0 } else { length.unwrap_or_default() };
        while !chunked && self.buffer.len() < end {
            self.more().await?;
        }
        let head = &self.buffer[..head_len];
        let body = joined.map_or_else(|| Body::Whole(&self.buffer[start..end]), Body::Chunks);
        Ok(Answer { status, head, body })
    }

    async fn chunks(&mut self, start: usize) -> anyhow::Result<Vec<u8>> {
        let (mut at, mut body) = (start, Vec::new());
        loop {
            let line = loop {
                match find(&self.buffer[at..], b"\r\n") {
                    Some(len) => break at + len,
                    None => self.more().await?,
                }
            };
            let size = usize::from_str_radix(std::str::from_utf8(&self.buffer[at..line])?.trim(), 16)?;
            let (from, to) = (line + 2, line + 2 + size);
            while self.buffer.len() < to + 2 {
                self.more().await?;
            }
            body.extend_from_slice(&self.buffer[from..to]);
            at = to + 2;
            if size == 0 {
                return Ok(body);
            }
        }
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        if self.buffer.len() > ANSWER_BYTES_MAX {
            bail!("the answer has no end");
        }
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

/// Where `wanted` begins.
pub fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|w| w == wanted)
}

/// A header's value; the name in small letters.
pub fn header<'a>(head: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    head.split(|b| *b == b'\n').find_map(|line| {
        let colon = line.iter().position(|b| *b == b':')?;
        line[..colon].eq_ignore_ascii_case(name).then(|| line[colon + 1..].trim_ascii())
    })
}

/// A GET request as bytes.
pub fn get(path: &str, accept_encoding: Option<&str>) -> Vec<u8> {
    let encoding = accept_encoding.map(|e| format!("accept-encoding: {e}\r\n")).unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{encoding}\r\n").into_bytes()
}

/// Writes a POST of JSON into `out`.
pub fn post(out: &mut Vec<u8>, path: &str, body: &str) {
    use std::io::Write;
    out.clear();
    // Writing to a vector does not fail.
    let _ = write!(
        out,
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept-encoding: gzip, br\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn an_answer_is_read_to_its_end_with_a_length_or_in_chunks() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let answers = [
                "HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
                "HTTP/1.1 204 No Content\r\n\r\n",
            ];
            for answer in answers {
                let mut request = [0; 256];
                assert!(stream.read(&mut request).await.unwrap() > 0);
                for part in answer.as_bytes().chunks(7) {
                    stream.write_all(part).await.unwrap();
                    stream.flush().await.unwrap();
                }
            }
        });
        let mut connection = Connection::open(address).await.unwrap();
        for (status, body) in [(201, "hello"), (200, "abcde"), (204, "")] {
            let answer = connection.call(&get("/", None)).await.unwrap();
            assert_eq!((answer.status, answer.body.bytes()), (status, body.as_bytes()));
        }
        server.await.unwrap();
    }
}
