//! The sandbox's memory on disk: one JSON line a change, the last line of an id wins. Killed at any moment, it
//! loses at most a torn last line. Rewritten when it has grown well beyond what is alive.

use crate::model::{Account, Event, Intent, Kept, Refund, Session};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

/// One change.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Record {
    Session(Session),
    Intent(Intent),
    Refund(Refund),
    Event(Event),
    Kept(Kept),
    Account(String, Account),
}

/// Lines beyond what is alive that are let stand.
const SLACK_LINES: usize = 20_000;

#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    lines: usize,
}

impl Journal {
    /// Opens the journal in `dir` and hands every readable line to `replay`.
    pub(crate) fn open(dir: &Path, mut replay: impl FnMut(Record)) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let path = dir.join("sandbox.jsonl");
        let mut lines = 0;
        if let Ok(file) = File::open(&path) {
            for line in BufReader::new(file).lines() {
                lines += 1;
                match line.map(|line| if line.is_empty() { None } else { Some(serde_json::from_str(&line)) })
                {
                    Ok(None) => {}
                    Ok(Some(Ok(record))) => replay(record),
                    // The line that was being written when the process was killed.
                    Ok(Some(Err(error))) => {
                        tracing::warn!(%error, line = lines, "skipped a line of the sandbox's journal")
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        // Ends a torn last line; an empty line is skipped when reading.
        if lines > 0 {
            file.write_all(b"\n")?;
        }
        Ok(Self { path, file, lines })
    }

    /// Adds one change. It is a short write into the page cache, so it may happen under the state's lock.
    pub(crate) fn add(&mut self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.lines += 1;
        self.file.write_all(&line)
    }

    /// Whether a rewrite with `live` records is worth it.
    pub(crate) fn is_bloated(&self, live: usize) -> bool {
        self.lines > 2 * live + SLACK_LINES
    }

    /// Replaces the journal by `records`.
    pub(crate) fn rewrite(&mut self, records: impl Iterator<Item = Record>) -> io::Result<()> {
        let fresh = self.path.with_extension("jsonl.new");
        let mut out = BufWriter::new(File::create(&fresh)?);
        self.lines = 0;
        for record in records {
            serde_json::to_writer(&mut out, &record)?;
            out.write_all(b"\n")?;
            self.lines += 1;
        }
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&fresh, &self.path)?;
        self.file = OpenOptions::new().append(true).open(&self.path)?;
        Ok(())
    }
}
