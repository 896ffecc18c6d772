//! Rebuild and restart on change, for daily work.
//!
//! It looks at modification times twice a second: a few hundred files cost a millisecond, and no system needs
//! a library of its own for that.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use anyhow::Result;

use crate::project::{self, cargo, root, target};
use crate::web;

const POLL: Duration = Duration::from_millis(500);
/// An editor that saves several files should cause one build.
const SETTLE: Duration = Duration::from_millis(300);
const FOLDERS: &[&str] =
    &["app", "crates", "frontend", "migrations", "public", "server", "style", "Cargo.toml", "Cargo.lock"];

type Snapshot = BTreeMap<PathBuf, SystemTime>;

/// Builds, runs the server, and does both again whenever a source file changes; ends with Ctrl-C.
fn run_loop(build: impl Fn() -> Result<()>, start: impl Fn() -> Result<Child>) -> Result<()> {
    let mut server: Option<Child> = None;
    loop {
        let seen = settled();
        match build() {
            Ok(()) => {
                stop(server.take());
                server = Some(start()?);
            }
            Err(error) => eprintln!("xtask: {error:#}; waiting for a change"),
        }
        while snapshot() == seen {
            sleep(POLL);
        }
    }
}

/// `xtask watch`.
pub fn run() -> Result<()> {
    run_loop(build_all, || {
        let server = target().join("debug/server");
        Ok(Command::new(server).arg("run").current_dir(root()).spawn()?)
    })
}

fn build_all() -> Result<()> {
    web::build(web::Size::Quick)?;
    project::run(cargo().args(["build", "--package", "server"]))
}

/// Asks the server to stop as Ctrl-C does, and waits: its databases must be down before the next one starts.
fn stop(server: Option<Child>) {
    let Some(mut server) = server else { return };
    drop(Command::new("kill").args(["-INT", &server.id().to_string()]).status());
    drop(server.wait());
}

fn settled() -> Snapshot {
    let mut before = snapshot();
    loop {
        sleep(SETTLE);
        let now = snapshot();
        if now == before {
            return now;
        }
        before = now;
    }
}

fn snapshot() -> Snapshot {
    let mut files = Snapshot::new();
    for folder in FOLDERS {
        collect(&root().join(folder), &mut files);
    }
    files
}

fn collect(path: &Path, files: &mut Snapshot) {
    let Ok(meta) = fs::symlink_metadata(path) else { return };
    if meta.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            collect(&entry.path(), files);
        }
    } else if let Ok(modified) = meta.modified() {
        files.insert(path.to_owned(), modified);
    }
}
