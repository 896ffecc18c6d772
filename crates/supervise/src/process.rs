//! Starting, signalling and recognising processes.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::account::Account;
use crate::error::{Context, Error};

const POLL: Duration = Duration::from_millis(20);
/// A log beyond this is begun anew at the next start.
const LOG_BYTES_MAX: u64 = 8 << 20;

/// How a server's process is made.
pub(crate) struct Launch<'a> {
    pub(crate) name: &'static str,
    pub(crate) program: &'a Path,
    pub(crate) dir: &'a Path,
    pub(crate) account: Option<Account>,
    /// The signal that the kernel sends when the supervisor dies.
    pub(crate) death_signal: Option<&'static str>,
}

impl Launch<'_> {
    /// A command with the dropped user, a clean environment and a process group of its own, so that a
    /// Ctrl-C in the terminal reaches the supervisor alone and the order of stopping is ours.
    pub(crate) fn command(&self) -> Result<Command, Error> {
        let mut command = match (find_program("setpriv"), self.account) {
            (Some(setpriv), account) => {
                let mut command = Command::new(setpriv);
                if let Some(signal) = self.death_signal {
                    command.args(["--pdeathsig", signal]);
                }
                if let Some(Account { uid, gid }) = account {
                    command.args([format!("--reuid={uid}"), format!("--regid={gid}")]).arg("--clear-groups");
                }
                command.arg("--").arg(self.program);
                command
            }
            (None, None) => Command::new(self.program),
            (None, Some(_)) => return Err(Error::CannotDropRoot(self.name)),
        };
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .env("HOME", self.dir)
            .current_dir(self.dir)
            .process_group(0)
            .stdin(Stdio::null());
        Ok(command)
    }
}

/// Opens a log for appending and points the command's output there.
pub(crate) fn log_to(command: &mut Command, log: &Path) -> Result<(), Error> {
    let what = || format!("open the log {}", log.display());
    let long = fs::metadata(log).is_ok_and(|meta| meta.len() > LOG_BYTES_MAX);
    let file: File =
        OpenOptions::new().create(true).write(true).append(!long).truncate(long).open(log).context(what)?;
    command.stdout(file.try_clone().context(what)?).stderr(file);
    Ok(())
}

/// The last lines of a log, for an error message.
pub(crate) fn log_tail(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(4096)..]);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

/// The full path of a program on the PATH, or in the system folders that an ordinary user's PATH may lack.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin"].map(PathBuf::from))
        .map(|dir| dir.join(name))
        .find(|file| file.is_file())
}

/// Waits until `done`, at most `limit`.
pub(crate) fn wait_until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if done() {
            return true;
        }
        if start.elapsed() >= limit {
            return false;
        }
        sleep(POLL);
    }
}

/// Stops a child with one signal after the other, each with its patience, and at last for good.
pub(crate) fn stop_child(child: &mut Child, steps: &[(Signal, Duration)]) {
    for (signal, patience) in steps {
        signal_pid(child.id(), *signal);
        if wait_until(*patience, || matches!(child.try_wait(), Ok(Some(_)) | Err(_))) {
            return;
        }
    }
    // Both fail only when it is gone already.
    drop(child.kill());
    drop(child.wait());
}

/// Stops a process that is not our child; true when it is gone.
pub(crate) fn stop_orphan(pid: u32, steps: &[(Signal, Duration)]) -> bool {
    let last = (Signal::KILL, Duration::from_secs(5));
    steps.iter().chain([&last]).any(|(signal, patience)| {
        signal_pid(pid, *signal);
        // One that is halted would not even notice.
        signal_pid(pid, Signal::CONT);
        wait_until(*patience, || !is_alive(pid))
    })
}

/// Sends a signal; a process that is gone needs none.
pub(crate) fn signal_pid(pid: u32, signal: Signal) {
    if let Some(pid) = raw_pid(pid) {
        let _gone = kill_process(pid, signal);
    }
}

fn raw_pid(pid: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(pid).ok()?)
}

/// Whether a process runs; one that nobody has buried yet does not.
pub(crate) fn is_alive(pid: u32) -> bool {
    let exists =
        raw_pid(pid).is_some_and(|pid| !matches!(test_kill_process(pid), Err(rustix::io::Errno::SRCH)));
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let zombie = stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with(['Z', 'X']));
    exists && !zombie
}

/// Whether `pid` is a server of this name whose working folder is `dir`: process numbers are used again, so
/// a number in a left-over file proves nothing.
pub(crate) fn is_server_in(pid: u32, names: &[&str], dir: &Path) -> bool {
    let comm = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    let same_name = names.contains(&comm.trim());
    let same_dir = match fs::read_link(format!("/proc/{pid}/cwd")) {
        Ok(cwd) => fs::canonicalize(dir).is_ok_and(|dir| dir == cwd),
        Err(_) => fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| contains(&line, dir.as_os_str())),
    };
    same_name && same_dir && is_alive(pid)
}

fn contains(line: &[u8], dir: &OsStr) -> bool {
    let dir = dir.as_encoded_bytes();
    line.windows(dir.len()).any(|part| part == dir)
}
