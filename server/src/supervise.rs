//! The databases of this process: the operator's own, or children under the data folder.
//!
//! `run` starts them and owns them; the other roles use what a running `run` has announced, and start them for
//! their own time where nothing runs. Stop them last: whatever still writes must have ended before.

use ::supervise::{Config as Wanted, Durability, Error, Services};

use crate::config::Config;

/// Who keeps the databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tenure {
    /// This process alone: a second one on the same data folder is refused.
    Own,
    /// Another process of the product may keep them already.
    Share,
}

/// Waits until both databases take connections.
///
/// # Errors
/// When the data folder is in use or unusable, a program is missing, or a server does not come up.
pub(crate) async fn start(config: &Config, tenure: Tenure) -> Result<Services, Error> {
    let wanted = Wanted {
        data_dir: config.data_dir.clone(),
        database_url: config.database_url.clone(),
        redis_url: config.redis_url.clone(),
        durability: Durability::Durable,
    };
    blocking(move || match tenure {
        Tenure::Own => Services::start(&wanted),
        Tenure::Share => Services::attach_or_start(&wanted),
    })
    .await
}

/// Stops what [`start`] started: Redis with its exact state on disk, then PostgreSQL with clean files.
pub(crate) async fn stop(services: Services) {
    blocking(move || services.stop()).await;
}

/// Runs blocking work off the async threads; a panic goes on here.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down: nobody waits for the answer.
            Err(_) => std::future::pending().await,
        },
    }
}
