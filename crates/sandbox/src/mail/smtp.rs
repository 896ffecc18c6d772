//! The mail server's socket.

use super::session::{MESSAGE_BYTES_MAX, Session, Step, unstuffed};
use crate::{faults, state::Sandbox};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// Conversations at once.
const CONVERSATIONS_MAX: usize = 64;
/// A silent client is left.
const SILENCE_MAX: Duration = Duration::from_secs(120);
/// Bytes of a command or a line of a message (RFC 5321: 998 and its end).
const LINE_BYTES_MAX: u64 = 1_000;

/// Takes mail until the future is dropped.
pub(crate) async fn serve(listener: TcpListener, sandbox: Arc<Sandbox>) -> io::Result<()> {
    let room = Arc::new(Semaphore::new(CONVERSATIONS_MAX));
    loop {
        let (stream, _) = listener.accept().await?;
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return Ok(()) };
        let sandbox = Arc::clone(&sandbox);
        tokio::spawn(async move {
            if let Err(error) = talk(stream, &sandbox).await {
                tracing::debug!(%error, "a mail client went away");
            }
            drop(place);
        });
    }
}

async fn talk(stream: TcpStream, sandbox: &Sandbox) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let mut session = Session::default();
    write.write_all(b"220 sandbox ESMTP\r\n").await?;
    while let Some(line) = next_line(&mut read).await? {
        let busy = || faults::take(&mut sandbox.lock().faults.mail_busy_next);
        let text = String::from_utf8_lossy(&line).into_owned();
        match session.answer(text.trim_end(), busy) {
            Step::Say(answer) => write.write_all(format!("{answer}\r\n").as_bytes()).await?,
            Step::Leave(answer) => return write.write_all(format!("{answer}\r\n").as_bytes()).await,
            Step::ReadMessage(answer) => {
                write.write_all(format!("{answer}\r\n").as_bytes()).await?;
                let message = read_message(&mut read).await?;
                let (from, to) = session.take_envelope();
                let answer = match message {
                    Some(raw) => {
                        let id = sandbox.mailbox.put(sandbox.now(), from, to, raw);
                        format!("250 2.0.0 Kept as {id}\r\n")
                    }
                    None => "552 5.3.4 Too large, or a line is too long\r\n".to_owned(),
                };
                write.write_all(answer.as_bytes()).await?;
            }
        }
    }
    Ok(())
}

/// A line with its end; `None` when the client hung up. A longer one than there may be ends the conversation.
async fn next_line<R: AsyncRead + AsyncBufRead + Unpin>(read: &mut R) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut bounded = read.take(LINE_BYTES_MAX);
    let reading = bounded.read_until(b'\n', &mut line);
    let count = tokio::time::timeout(SILENCE_MAX, reading).await.map_err(|_| io::ErrorKind::TimedOut)??;
    if count == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(Some(line))
}

/// The message up to its dot; `None` when it is larger than one may be, read to its end all the same.
async fn read_message<R: AsyncRead + AsyncBufRead + Unpin>(read: &mut R) -> io::Result<Option<Vec<u8>>> {
    let mut raw = Vec::new();
    let mut fits = true;
    loop {
        let line = next_line(read).await?.ok_or(io::ErrorKind::UnexpectedEof)?;
        if line == b".\r\n" {
            return Ok(fits.then_some(raw));
        }
        let line = unstuffed(&line);
        fits = fits && raw.len() + line.len() <= MESSAGE_BYTES_MAX;
        if fits {
            raw.extend_from_slice(line);
        } else {
            raw.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SandboxConfig;

    /// What the server says to these bytes, and the sandbox after it.
    async fn told(bytes: Vec<u8>) -> (String, Arc<Sandbox>) {
        let sandbox = Sandbox::start(SandboxConfig::new("k", "s", "http://x", "http://y")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let serving = tokio::spawn(serve(listener, Arc::clone(&sandbox)));
        let (mut read, mut write) = client.split();
        let mut answers = String::new();
        let (sent, got) = tokio::join!(write.write_all(&bytes), read.read_to_string(&mut answers));
        sent.unwrap();
        got.unwrap();
        serving.abort();
        (answers, sandbox)
    }

    #[tokio::test]
    async fn a_message_is_kept_as_it_was_meant() {
        let talk = "EHLO me\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<x@y.z>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n";
        let (answers, sandbox) = told(talk.into()).await;
        assert!(answers.ends_with("250 2.0.0 Kept as 1\r\n221 2.0.0 Goodbye\r\n"), "{answers}");
        let letter = sandbox.mailbox.letter(1).unwrap();
        assert_eq!((letter.from.as_str(), letter.to), ("a@b.c", vec!["x@y.z".to_owned()]));
        assert_eq!(letter.raw, b"Subject: x\r\n\r\n.dot\r\n");
    }

    #[tokio::test]
    async fn a_message_that_is_too_large_is_read_and_refused() {
        let mut talk = b"EHLO me\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<x@y.z>\r\nDATA\r\n".to_vec();
        let line = [b'x'; 900];
        for _ in 0..=MESSAGE_BYTES_MAX / line.len() {
            talk.extend_from_slice(&line);
            talk.extend_from_slice(b"\r\n");
        }
        talk.extend_from_slice(b".\r\nNOOP\r\nQUIT\r\n");
        let (answers, sandbox) = told(talk).await;
        assert!(answers.contains("552 5.3.4") && answers.contains("Still here"), "{answers}");
        assert!(sandbox.mailbox.letters().is_empty());
    }
}
