//! What the keeper needs to know of a server.

use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;

use rustix::process::Signal;

use crate::error::Error;

/// One kind of server that can be kept as a child process.
pub(crate) trait Kind: Send {
    /// The name in messages.
    fn name(&self) -> &'static str;

    /// Where its output goes.
    fn log(&self) -> PathBuf;

    /// Makes the data folder ready, stopping what an earlier supervisor left behind. Repeatable.
    fn prepare(&mut self) -> Result<(), Error>;

    /// Starts the process.
    fn spawn(&self) -> Result<Child, Error>;

    /// Whether it takes connections now.
    fn is_ready(&self, pid: u32) -> bool;

    /// What remains to do at that moment.
    fn when_ready(&self) {}

    /// Called when it ended before it was ready, before the next try.
    fn after_failed_start(&mut self) {}

    /// The signals that stop it, each with its patience.
    fn stop_steps(&self) -> &'static [(Signal, Duration)];

    /// The address for clients.
    fn url(&self) -> String;
}
