//! PostgreSQL as a child process.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use crate::account::{Account, account_for};
use crate::error::{Context, Error};
use crate::kind::Kind;
use crate::process::{Launch, find_program, is_server_in, log_tail, log_to, stop_orphan};
use crate::services::Durability;
use crate::state_dir::{StateDir, free_port, make_dir};

pub(crate) const NAME: &str = "PostgreSQL";
/// Fast: open transactions are rolled back and the files are left clean. Then at once, to be recovered later.
const STOP: &[(Signal, Duration)] =
    &[(Signal::INT, Duration::from_secs(30)), (Signal::QUIT, Duration::from_secs(5))];
/// Nothing will be read again.
pub(crate) const STOP_THROWAWAY: &[(Signal, Duration)] = &[(Signal::QUIT, Duration::from_secs(5))];

pub(crate) const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "shared_buffers=128MB",
    // Queries are short; compiling them costs more than it gives.
    "jit=off",
    "random_page_cost=1.1",
    "log_min_messages=warning",
    "timezone=UTC",
];
const DURABLE: &[&str] = &["max_connections=200", "fsync=on", "synchronous_commit=on"];
pub(crate) const THROWAWAY: &[&str] =
    &["max_connections=400", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"];

const REPLAY_GRANT: &str =
    "GRANT EXECUTE ON FUNCTION pg_wal_replay_pause(), pg_wal_replay_resume() TO parterre;\n";

/// A PostgreSQL cluster of our own.
pub(crate) struct Postgres {
    bin: PathBuf,
    dir: PathBuf,
    log: PathBuf,
    account: Option<Account>,
    password: Option<String>,
    durability: Durability,
    port: u16,
}

/// The user that runs it when we are root.
pub(crate) fn account() -> Option<Account> {
    account_for(&["postgres", "nobody"])
}

impl Postgres {
    /// Finds the programs that fit the data; starts nothing.
    pub(crate) fn new(state: &StateDir, durability: Durability) -> Result<Self, Error> {
        let dir = state.path("postgres");
        let password = match durability {
            Durability::Durable => Some(state.secret("postgres")?),
            Durability::Throwaway => None,
        };
        let log = state.path("log/postgres.log");
        Ok(Self {
            bin: find_bin(&dir)?,
            dir,
            log,
            account: account(),
            password,
            durability,
            port: free_port()?,
        })
    }

    fn launch<'a>(
        &'a self,
        program: &'a Path,
        dir: &'a Path,
        death_signal: Option<&'static str>,
    ) -> Launch<'a> {
        Launch { name: NAME, program, dir, account: self.account, death_signal }
    }

    /// Builds the cluster beside its place and renames it when it is whole, so that a start that is killed
    /// half-way leaves nothing that looks finished.
    fn initialise(&self) -> Result<(), Error> {
        tracing::info!("setting up a new PostgreSQL in {}", self.dir.display());
        let fresh = self.dir.with_extension("new");
        if fresh.exists() {
            fs::remove_dir_all(&fresh).context(|| format!("remove {}", fresh.display()))?;
        }
        make_dir(&fresh, 0o700)?;
        if let Some(account) = self.account {
            account.own(&fresh)?;
        }
        let mut initdb = self.launch(&self.bin.join("initdb"), &fresh, Some("KILL")).command()?;
        initdb.arg("-D").arg(&fresh).args([
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--auth=trust",
        ]);
        if self.durability == Durability::Throwaway {
            initdb.arg("--no-sync");
        }
        self.run("initdb", initdb, "")?;

        let mut single = self.launch(&self.bin.join("postgres"), &fresh, Some("KILL")).command()?;
        single.arg("--single").arg("-D").arg(&fresh).arg("postgres").stdin(Stdio::piped());
        self.run("the first database", single, &self.first_statements())?;

        // Written after the clusters's own, whose owner and mode stay.
        let method = if self.password.is_some() { "scram-sha-256" } else { "trust" };
        let hba = fresh.join("pg_hba.conf");
        let mut rule = format!("host all parterre 127.0.0.1/32 {method}\n");
        if self.durability == Durability::Throwaway {
            rule.push_str("host replication parterre 127.0.0.1/32 trust\n");
        }
        fs::write(&hba, rule).context(|| format!("write {}", hba.display()))?;
        fs::rename(&fresh, &self.dir).context(|| format!("put {} in its place", self.dir.display()))
    }

    /// One statement a line, as single-user mode wants them. The product's role owns its database and may
    /// make others (tests do), but is no superuser. In tests it may also copy the server, and halt a copy.
    fn first_statements(&self) -> String {
        let (more, grant) = match (&self.password, self.durability) {
            (_, Durability::Throwaway) => (" REPLICATION".to_owned(), REPLAY_GRANT),
            (Some(password), _) => (format!(" PASSWORD '{password}'"), ""),
            (None, _) => (String::new(), ""),
        };
        format!(
            "CREATE ROLE parterre LOGIN CREATEDB{more};\nCREATE DATABASE parterre OWNER parterre;\n{grant}"
        )
    }

    fn run(&self, what: &str, mut command: Command, input: &str) -> Result<(), Error> {
        log_to(&mut command, &self.log)?;
        let mut child = command.spawn().context(|| format!("run {what}"))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes()).context(|| format!("talk to {what}"))?;
        }
        let status = child.wait().context(|| format!("wait for {what}"))?;
        if status.success() {
            return Ok(());
        }
        Err(Error::NotReady {
            name: NAME,
            reason: format!("{what} ended with {status}"),
            log: self.log.clone(),
            tail: log_tail(&self.log),
        })
    }

    /// Stops a server that outlived its supervisor, and removes a lock whose process number now belongs to
    /// somebody else: PostgreSQL would refuse to start because of it.
    fn clear_left_over(&self) {
        let Some(pid) = self.lock_line(0).and_then(|line| line.parse().ok()) else { return };
        if is_server_in(pid, &["postgres"], &self.dir) {
            tracing::warn!("stopping a PostgreSQL (process {pid}) that an earlier run left behind");
            stop_orphan(pid, STOP);
        } else {
            drop(fs::remove_file(self.dir.join("postmaster.pid")));
        }
    }

    /// A line of `postmaster.pid`: 0 is the process number, 7 the state.
    fn lock_line(&self, index: usize) -> Option<String> {
        let text = fs::read_to_string(self.dir.join("postmaster.pid")).ok()?;
        text.lines().nth(index).map(|line| line.trim().to_owned())
    }
}

impl Kind for Postgres {
    fn name(&self) -> &'static str {
        NAME
    }

    fn log(&self) -> PathBuf {
        self.log.clone()
    }

    fn prepare(&mut self) -> Result<(), Error> {
        if self.dir.join("PG_VERSION").exists() {
            self.clear_left_over();
            return Ok(());
        }
        self.initialise()
    }

    fn spawn(&self) -> Result<Child, Error> {
        let program = self.bin.join("postgres");
        let mut command = self.launch(&program, &self.dir, Some("INT")).command()?;
        command.arg("-D").arg(&self.dir).args(["-p", &self.port.to_string()]);
        let more = if self.durability == Durability::Durable { DURABLE } else { THROWAWAY };
        for setting in SETTINGS.iter().chain(more) {
            command.args(["-c", setting]);
        }
        log_to(&mut command, &self.log)?;
        command.spawn().context(|| format!("start {}", program.display()))
    }

    fn is_ready(&self, pid: u32) -> bool {
        self.lock_line(0) == Some(pid.to_string()) && self.lock_line(7).as_deref() == Some("ready")
    }

    fn after_failed_start(&mut self) {
        // The likeliest reason is that somebody took the port in between.
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
            Some(password) => format!("postgres://parterre:{password}@127.0.0.1:{port}/parterre"),
            None => format!("postgres://parterre@127.0.0.1:{port}/postgres"),
        }
    }
}

/// The folder with `postgres` and `initdb`: of the version that wrote the data, else the newest.
pub(crate) fn find_bin(dir: &Path) -> Result<PathBuf, Error> {
    let mut found = installed();
    found.sort_by_key(|(version, _)| *version);
    let Some(wanted) = fs::read_to_string(dir.join("PG_VERSION")).ok().map(|text| text.trim().to_owned())
    else {
        let newest = found.pop().map(|(_, bin)| bin);
        return newest.ok_or(Error::Missing {
            program: "PostgreSQL",
            package: "postgresql",
            variable: "DATABASE_URL",
        });
    };
    let versions: Vec<String> = found.iter().map(|(version, _)| version.to_string()).collect();
    let fitting = found.into_iter().find(|(version, _)| version.to_string() == wanted).map(|(_, bin)| bin);
    fitting.ok_or_else(|| Error::Version { dir: dir.to_owned(), wanted, found: versions.join(", ") })
}

/// Major versions with their folders. Debian keeps each in its own; elsewhere the PATH has one.
fn installed() -> Vec<(u32, PathBuf)> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().filter_map(|entry| {
        let version = entry.file_name().to_str()?.parse().ok()?;
        let bin = entry.path().join("bin");
        (bin.join("postgres").is_file() && bin.join("initdb").is_file()).then_some((version, bin))
    });
    let found: Vec<_> = debian.collect();
    if !found.is_empty() {
        return found;
    }
    find_program("initdb").and_then(|initdb| on_path(&initdb)).into_iter().collect()
}

fn on_path(initdb: &Path) -> Option<(u32, PathBuf)> {
    let real = fs::canonicalize(initdb).ok()?;
    let output = Command::new(&real).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = text.split_whitespace().nth(2)?.split('.').next()?.parse().ok()?;
    let bin = real.parent()?.to_owned();
    bin.join("postgres").is_file().then_some((version, bin))
}
