//! The build tool of the project: what `cargo build` alone does not do.
//!
//! - `xtask web [--release]` builds the browser half into `target/site`.
//! - `xtask watch` rebuilds and restarts the server when a source file changes.
//! - `xtask check-layers` holds the crates to who may import whom.
//!
//! It links `wasm-bindgen-cli-support` instead of calling the command line tool: the same version as the
//! library by construction, and nothing to install.

mod compress;
mod generations;
mod layers;
mod lockfile;
mod metric_names;
mod project;
mod watch;
mod web;

use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "usage: xtask web [--release] | watch | check-layers";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    match words {
        ["web"] => web::build(web::Size::Quick),
        ["web", "--release"] => web::build(web::Size::Small),
        ["watch"] => watch::run(),
        ["check-layers"] => layers::check(),
        _ => bail!("{USAGE}"),
    }
}
