//! What can go wrong between Parterre and Redis. What a *buyer* can do wrong is an outcome, not an error.

use fred::error::ErrorKind;

/// The result of a call to the store.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call had no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too much is waiting already; nothing was sent. Answered as 429 with `Retry-After`.
    #[error("too many holds are waiting, try again in {retry_after_ms} ms")]
    Busy {
        /// When to try again.
        retry_after_ms: u64,
    },
    /// Redis cannot be reached or did not answer in time. What was asked may or may not have happened: the same
    /// request may be sent again, every call is repeatable.
    #[error("Redis is unavailable")]
    Unavailable,
    /// Redis answered, but not what a script of ours answers.
    #[error("Redis holds something that is not ours")]
    Corrupt,
}

impl From<fred::error::Error> for Error {
    fn from(error: fred::error::Error) -> Self {
        match error.kind() {
            ErrorKind::Backpressure => Self::Busy { retry_after_ms: 1_000 },
            ErrorKind::Parse
            | ErrorKind::Protocol
            | ErrorKind::InvalidArgument
            | ErrorKind::InvalidCommand => {
                tracing::error!(error = error.details(), "Redis refused a call");
                Self::Corrupt
            }
            ErrorKind::Unknown => {
                tracing::error!(error = error.details(), "Redis failed a call");
                Self::Unavailable
            }
            _ => Self::Unavailable,
        }
    }
}
