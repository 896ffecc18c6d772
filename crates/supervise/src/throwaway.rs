//! Both servers for the time of one command: what the tests run on.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use rustix::process::Signal;
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

use crate::error::{Context, Error};
use crate::process::{is_alive, signal_pid};
use crate::services::{Config, Durability, Services};
use crate::state_dir::random_hex;
use crate::{postgres, redis};

const PREFIX: &str = "parterre-test-";

/// Runs `command` with `TEST_DATABASE_URL` and `TEST_REDIS_URL` set to fresh servers in a folder that goes
/// away, and answers its exit code. Without a command it prints the two lines and waits for Ctrl-C.
///
/// # Errors
/// When the servers or the command cannot be started.
pub async fn run_throwaway(command: &[OsString]) -> Result<u8, Error> {
    let dir = Folder::make()?;
    let data_dir = dir.0.clone();
    let config = Config { data_dir, database_url: None, redis_url: None, durability: Durability::Throwaway };
    run_beside(&config, ["TEST_DATABASE_URL", "TEST_REDIS_URL"], command).await
}

/// As [`run_throwaway`], on the lasting servers of a data folder: `DATABASE_URL` and `REDIS_URL` are set.
///
/// # Errors
/// When the servers or the command cannot be started.
pub async fn run_durable(data_dir: PathBuf, command: &[OsString]) -> Result<u8, Error> {
    let config = Config { data_dir, database_url: None, redis_url: None, durability: Durability::Durable };
    run_beside(&config, ["DATABASE_URL", "REDIS_URL"], command).await
}

async fn run_beside(config: &Config, names: [&str; 2], command: &[OsString]) -> Result<u8, Error> {
    let services = Services::start(config)?;
    let variables = [(names[0], services.database_url.as_str()), (names[1], services.redis_url.as_str())];
    let result = match command.split_first() {
        Some((program, args)) => run(program, args, variables).await,
        None => wait_for_signal(variables).await,
    };
    services.stop();
    result
}

async fn run(program: &OsString, args: &[OsString], variables: [(&str, &str); 2]) -> Result<u8, Error> {
    let what = || format!("run {}", program.display());
    let mut child = Command::new(program).args(args).envs(variables).spawn().context(what)?;
    let mut interrupt = signal(SignalKind::interrupt()).context(|| "listen for signals".to_owned())?;
    let mut terminate = signal(SignalKind::terminate()).context(|| "listen for signals".to_owned())?;
    loop {
        tokio::select! {
            status = child.wait() => return status.map(exit_code).context(what),
            // The terminal sent it to the command as well: only wait for its end.
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {
                if let Some(pid) = child.id() {
                    signal_pid(pid, Signal::TERM);
                }
            }
        }
    }
}

async fn wait_for_signal(variables: [(&str, &str); 2]) -> Result<u8, Error> {
    for (name, value) in variables {
        println!("{name}={value}");
    }
    let mut interrupt = signal(SignalKind::interrupt()).context(|| "listen for signals".to_owned())?;
    let mut terminate = signal(SignalKind::terminate()).context(|| "listen for signals".to_owned())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(0)
}

/// The code of a shell: 128 and the signal for a command that was killed.
fn exit_code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}

struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self, Error> {
        let parent = parent();
        remove_left_over(&parent);
        let random = random_hex()?;
        let path = parent.join(format!("{PREFIX}{}-{}", std::process::id(), &random[..8]));
        // `create` fails on a name that exists: nobody can have laid a link there.
        fs::DirBuilder::new().mode(0o755).create(&path).context(|| format!("make {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// The folder for temporary files, or one that the servers' users can reach.
fn parent() -> PathBuf {
    let accounts: Vec<_> = postgres::account().into_iter().chain(redis::account()).collect();
    let first = std::env::temp_dir();
    let reachable = |dir: &PathBuf| accounts.iter().all(|account| account.reaches(dir));
    [first.clone(), PathBuf::from("/tmp"), PathBuf::from("/var/tmp")]
        .into_iter()
        .find(reachable)
        .unwrap_or(first)
}

/// Folders whose process was killed before it could tidy up.
fn remove_left_over(parent: &Path) {
    let me = rustix::process::geteuid().as_raw();
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next()?.parse().ok());
        let mine = entry.metadata().is_ok_and(|meta| meta.is_dir() && meta.uid() == me);
        if mine && pid.is_some_and(|pid| !is_alive(pid)) {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}
