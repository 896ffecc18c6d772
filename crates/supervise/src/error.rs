//! What can go wrong, each with what to do about it.

use std::path::PathBuf;

/// Why the child servers could not be started or kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A server program is not installed.
    #[error(
        "{program} is not installed. Run `make setup` (or `apt-get install {package}`), or set {variable} to a server of your own"
    )]
    Missing {
        /// The program that was looked for.
        program: &'static str,
        /// The Debian package that has it.
        package: &'static str,
        /// The variable that makes it unnecessary.
        variable: &'static str,
    },
    /// Another supervisor holds the data folder.
    #[error("another Parterre (process {pid}) already runs on {}. Stop it, or set DATA_DIR and PORT for a second one", dir.display())]
    InUse {
        /// The folder that holds the servers' data.
        dir: PathBuf,
        /// The holder as it named itself, `unknown` while it starts.
        pid: String,
    },
    /// The data was written by another major version of PostgreSQL.
    #[error("the data in {} was written by PostgreSQL {wanted}, which is not installed (found: {found}). Install postgresql-{wanted}, or move that folder away to begin anew", dir.display())]
    Version {
        /// The data folder of PostgreSQL.
        dir: PathBuf,
        /// The major version that wrote it.
        wanted: String,
        /// The major versions that are installed.
        found: String,
    },
    /// A server ended before it was ready.
    #[error("{name} did not start: {reason}. The end of its log ({}):\n{tail}", log.display())]
    NotReady {
        /// The server's name.
        name: &'static str,
        /// What was seen.
        reason: String,
        /// The whole log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// Running as root and nothing can drop the privileges.
    #[error(
        "{0} refuses to run as root, and `setpriv` (package util-linux) is not there to drop to another user. Install it, or run as an ordinary user"
    )]
    CannotDropRoot(&'static str),
    /// The data folder cannot be used.
    #[error("the data folder {} cannot be used: {reason}", dir.display())]
    DataDir {
        /// The folder.
        dir: PathBuf,
        /// What to do.
        reason: String,
    },
    /// The operating system refused something.
    #[error("cannot {what}: {source}")]
    Io {
        /// What was tried, with the path.
        what: String,
        /// The system's answer.
        source: std::io::Error,
    },
}

/// Names what was tried, for the one line that the operator reads.
pub(crate) trait Context<T> {
    /// Wraps the system's error with `what` was tried.
    fn context(self, what: impl FnOnce() -> String) -> Result<T, Error>;
}

impl<T> Context<T> for std::io::Result<T> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T, Error> {
        self.map_err(|source| Error::Io { what: what(), source })
    }
}
