//! Runs a command with a PostgreSQL and a Redis of its own.
//!
//! `supervise [-- COMMAND…]`: fresh servers that go away with the command; `supervise --data-dir DIR
//! [-- COMMAND…]`: the lasting ones of a data folder. Without a command it prints their addresses and waits.

use std::ffi::OsString;
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let (data_dir, rest) = match args.as_slice() {
        [flag, dir, rest @ ..] if flag == "--data-dir" => (Some(dir), rest),
        rest => (None, rest),
    };
    let command = if rest.first().is_some_and(|first| first == "--") { &rest[1..] } else { rest };
    let result = match data_dir {
        Some(dir) => supervise::run_durable(dir.into(), command).await,
        None => supervise::run_throwaway(command).await,
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("supervise: {error}");
            ExitCode::from(2)
        }
    }
}
