//! A streaming replica of a throw-away PostgreSQL.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use super::not_ready;
use crate::error::{Context, Error};
use crate::postgres::{NAME, SETTINGS, STOP_THROWAWAY, THROWAWAY, account, find_bin};
use crate::process::{Launch, log_to, stop_child, wait_until};
use crate::state_dir::{free_port, make_dir};

const READY: Duration = Duration::from_secs(60);

/// Replays what its primary writes, and takes questions.
#[derive(Debug)]
pub struct Replica {
    port: u16,
    dir: PathBuf,
    child: Child,
}

impl Replica {
    /// Copies the server that listens on `primary_port` into `dir`, which must not be there, and waits until the copy
    /// takes questions. Blocks for some seconds.
    ///
    /// # Errors
    /// When the copy cannot be made or does not come up.
    pub fn start(primary_port: u16, dir: &Path) -> Result<Self, Error> {
        make_dir(dir, 0o700)?;
        if let Some(account) = account() {
            account.own(dir)?;
        }
        let bin = find_bin(dir)?;
        let log = dir.with_extension("log");
        let launch =
            |program| Launch { name: NAME, program, dir, account: account(), death_signal: Some("QUIT") };

        let program = bin.join("pg_basebackup");
        let mut copy = launch(program.as_path()).command()?;
        copy.args(["-h", "127.0.0.1", "-p", &primary_port.to_string(), "-U", "parterre", "-D"]).arg(dir);
        copy.args(["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"]);
        log_to(&mut copy, &log)?;
        let copied = copy.status().context(|| format!("run {}", program.display()))?;
        if !copied.success() {
            return Err(not_ready(NAME, format!("pg_basebackup ended with {copied}"), &log));
        }

        let (program, port) = (bin.join("postgres"), free_port()?);
        let mut serve = launch(program.as_path()).command()?;
        serve.arg("-D").arg(dir).args(["-p", &port.to_string()]);
        for setting in SETTINGS.iter().chain(THROWAWAY) {
            serve.args(["-c", setting]);
        }
        log_to(&mut serve, &log)?;
        let child = serve.spawn().context(|| format!("start {}", program.display()))?;
        let mut replica = Self { port, dir: dir.to_owned(), child };
        let mut ended = false;
        let up = wait_until(READY, || {
            ended = !matches!(replica.child.try_wait(), Ok(None));
            ended || replica.is_ready()
        });
        if ended || !up {
            return Err(not_ready(NAME, "the replica does not come up", &log));
        }
        Ok(replica)
    }

    fn is_ready(&self) -> bool {
        let lock = std::fs::read_to_string(self.dir.join("postmaster.pid")).unwrap_or_default();
        lock.lines().nth(7).is_some_and(|state| state.trim() == "ready")
    }

    /// Where it listens, on the loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends it for good.
    pub fn stop(&mut self) {
        stop_child(&mut self.child, STOP_THROWAWAY);
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.stop();
    }
}
