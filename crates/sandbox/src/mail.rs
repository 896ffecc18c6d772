//! The demo's mail server and telephone: takes what would have been sent, and keeps the last of it for the mailbox page.

mod read;
mod session;
mod smtp;

pub(crate) use read::Reading;
pub(crate) use smtp::serve;

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Letters that are kept; the oldest go first.
const LETTERS_MAX: usize = 500;
/// Bytes of all letters together.
const LETTER_BYTES_MAX: usize = 64 * 1_024 * 1_024;
/// Text messages that are kept.
const TEXTS_MAX: usize = 500;

/// A mail as it came.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    /// Counted from 1.
    pub id: u64,
    /// Seconds since 1970.
    pub at: i64,
    /// From the envelope.
    pub from: String,
    /// From the envelope.
    pub to: Vec<String>,
    /// The message, CRLF line ends, dots as they were meant.
    pub raw: Vec<u8>,
}

/// A text message as it came.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// `SM…`.
    pub sid: String,
    /// Seconds since 1970.
    pub at: i64,
    pub from: String,
    pub to: String,
    pub body: String,
    /// `queued`, then `delivered` or `undelivered`.
    pub status: &'static str,
}

/// Everything that was sent.
#[derive(Debug, Default)]
pub(crate) struct Mailbox(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    letters: VecDeque<Letter>,
    bytes: usize,
    last: u64,
    texts: VecDeque<Text>,
}

impl Mailbox {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a letter; answers its id.
    pub(crate) fn put(&self, at: i64, from: String, to: Vec<String>, raw: Vec<u8>) -> u64 {
        let mut kept = self.lock();
        kept.last += 1;
        kept.bytes += raw.len();
        let id = kept.last;
        kept.letters.push_back(Letter { id, at, from, to, raw });
        while kept.letters.len() > LETTERS_MAX || kept.bytes > LETTER_BYTES_MAX {
            let Some(gone) = kept.letters.pop_front() else { break };
            kept.bytes -= gone.raw.len();
        }
        id
    }

    /// The letters, the newest first.
    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.lock().letters.iter().rev().cloned().collect()
    }

    /// One letter.
    pub(crate) fn letter(&self, id: u64) -> Option<Letter> {
        self.lock().letters.iter().find(|letter| letter.id == id).cloned()
    }

    /// Keeps a text message.
    pub(crate) fn put_text(&self, text: Text) {
        let mut kept = self.lock();
        kept.texts.push_back(text);
        while kept.texts.len() > TEXTS_MAX {
            kept.texts.pop_front();
        }
    }

    /// Notes what became of a text message.
    pub(crate) fn text_moved(&self, sid: &str, status: &'static str) {
        if let Some(text) = self.lock().texts.iter_mut().find(|text| text.sid == sid) {
            text.status = status;
        }
    }

    /// The text messages, the newest first.
    pub(crate) fn texts(&self) -> Vec<Text> {
        self.lock().texts.iter().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_letters_go_first_by_count_and_by_size() {
        let mailbox = Mailbox::default();
        for n in 0..LETTERS_MAX + 20 {
            mailbox.put(0, "a@b.c".into(), vec![], vec![0; n % 7]);
        }
        assert_eq!(mailbox.letters().len(), LETTERS_MAX);
        assert!(mailbox.letter(20).is_none() && mailbox.letter(21).is_some());
        mailbox.put(0, "a@b.c".into(), vec![], vec![0; LETTER_BYTES_MAX]);
        assert_eq!(mailbox.letters().len(), 1, "the one that fills the room");
        mailbox.put(0, "a@b.c".into(), vec![], vec![0; 1]);
        assert_eq!(mailbox.letters()[0].raw.len(), 1);
    }
}
