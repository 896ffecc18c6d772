//! Redis as a child process.
//!
//! What Redis holds may be lost (INV-8) but must never be *older* than what viewers and PostgreSQL saw: a
//! journal that lacks its last second would bring released seats back under the same epoch. So there is no
//! journal and no periodic snapshot. An orderly stop writes one exact snapshot; the next start reads it and
//! removes it at once. After a crash Redis comes back empty, which the product notices and repairs under a
//! new epoch.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;

use rustix::process::Signal;

use crate::account::{Account, account_for};
use crate::error::{Context, Error};
use crate::kind::Kind;
use crate::process::{Launch, find_program, is_server_in, log_to, stop_orphan};
use crate::services::Durability;
use crate::state_dir::{StateDir, free_port, make_dir, write_private};

const NAME: &str = "Redis";
pub(crate) const PROGRAMS: &[&str] = &["redis-server", "valkey-server"];
const STOP: &[(Signal, Duration)] = &[(Signal::TERM, Duration::from_secs(20))];
const STOP_THROWAWAY: &[(Signal, Duration)] = &[];
const SNAPSHOT: &str = "dump.rdb";

/// A Redis of our own.
pub(crate) struct Redis {
    program: PathBuf,
    dir: PathBuf,
    log: PathBuf,
    account: Option<Account>,
    password: Option<String>,
    durability: Durability,
    port: u16,
}

/// The user that runs it when we are root.
pub(crate) fn account() -> Option<Account> {
    account_for(&["redis", "nobody"])
}

impl Redis {
    /// Finds the program; starts nothing.
    pub(crate) fn new(state: &StateDir, durability: Durability) -> Result<Self, Error> {
        let missing = Error::Missing { program: "Redis", package: "redis-server", variable: "REDIS_URL" };
        let program = PROGRAMS.iter().find_map(|name| find_program(name)).ok_or(missing)?;
        let password = match durability {
            Durability::Durable => Some(state.secret("redis")?),
            Durability::Throwaway => None,
        };
        let dir = state.path("redis");
        let log = state.path("log/redis.log");
        Ok(Self { program, dir, log, account: account(), password, durability, port: free_port()? })
    }

    fn config(&self) -> String {
        let password = match &self.password {
            Some(password) => format!("requirepass {password}\n"),
            None => String::new(),
        };
        let on_signal = if self.durability == Durability::Durable { "save" } else { "nosave" };
        let (dir, port) = (self.dir.display(), self.port);
        // A reader that cannot follow is cut off long before it can fill the memory.
        format!(
            "bind 127.0.0.1\nport {port}\n{password}dir \"{dir}\"\npidfile \"{dir}/redis.pid\"\n\
             dbfilename {SNAPSHOT}\nsave \"\"\nappendonly no\nshutdown-timeout 0\n\
             shutdown-on-sigterm {on_signal}\nshutdown-on-sigint {on_signal}\n\
             maxmemory-policy noeviction\nlogfile \"\"\nalways-show-logo no\n\
             client-output-buffer-limit normal 256mb 64mb 30\n\
             client-output-buffer-limit pubsub 64mb 16mb 30\n"
        )
    }

    fn remove(&self, name: &str) {
        drop(fs::remove_file(self.dir.join(name)));
    }

    /// One exchange in Redis' own protocol, as a client would have it.
    fn ping(&self) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        let auth = self.password.as_ref().map_or_else(String::new, |password| format!("AUTH {password}\r\n"));
        stream.write_all(format!("{auth}PING\r\nQUIT\r\n").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

impl Kind for Redis {
    fn name(&self) -> &'static str {
        NAME
    }

    fn log(&self) -> PathBuf {
        self.log.clone()
    }

    fn prepare(&mut self) -> Result<(), Error> {
        make_dir(&self.dir, 0o700)?;
        let left_over = fs::read_to_string(self.dir.join("redis.pid")).ok();
        if let Some(pid) = left_over.and_then(|text| text.trim().parse().ok())
            && is_server_in(pid, PROGRAMS, &self.dir)
        {
            tracing::warn!("stopping a Redis (process {pid}) that an earlier run left behind");
            stop_orphan(pid, STOP);
        }
        self.remove("redis.pid");
        let config = self.dir.join("redis.conf");
        write_private(&config, &self.config())?;
        if let Some(account) = self.account {
            account.own(&config)?;
            account.own(&self.dir)?;
        }
        Ok(())
    }

    fn spawn(&self) -> Result<Child, Error> {
        let launch = Launch {
            name: NAME,
            program: &self.program,
            dir: &self.dir,
            account: self.account,
            death_signal: Some("TERM"),
        };
        let mut command = launch.command()?;
        command.arg(self.dir.join("redis.conf"));
        log_to(&mut command, &self.log)?;
        command.spawn().context(|| format!("start {}", self.program.display()))
    }

    fn is_ready(&self, pid: u32) -> bool {
        let ours =
            fs::read_to_string(self.dir.join("redis.pid")).is_ok_and(|text| text.trim() == pid.to_string());
        ours && self.ping().is_ok_and(|answer| answer.contains("+PONG"))
    }

    fn when_ready(&self) {
        self.remove(SNAPSHOT);
    }

    fn after_failed_start(&mut self) {
        // A snapshot that cannot be read is worth less than a start; a port may have been taken.
        let unread = self.dir.join(SNAPSHOT);
        if unread.exists() {
            tracing::warn!("Redis starts empty: its snapshot was put aside as {SNAPSHOT}.unread");
            drop(fs::rename(&unread, unread.with_extension("rdb.unread")));
        }
        if let Ok(port) = free_port() {
            self.port = port;
        }
    }

    fn stop_steps(&self) -> &'static [(Signal, Duration)] {
        if self.durability == Durability::Durable { STOP } else { STOP_THROWAWAY }
    }

    fn url(&self) -> String {
        let port = self.port;
        match &self.password {
            Some(password) => format!("redis://default:{password}@127.0.0.1:{port}"),
            None => format!("redis://127.0.0.1:{port}"),
        }
    }
}
