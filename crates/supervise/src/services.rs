//! The public face: start both servers, know their addresses, stop them.

use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::thread::{Builder, JoinHandle};

use crate::error::{Context, Error};
use crate::keeper::{Kept, keep, stop_all};
use crate::postgres::{self, Postgres};
use crate::redis::{self, Redis};
use crate::state_dir::{StateDir, announced};

/// Whether the data is meant to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Every commit is on disk before it is answered; each server has a secret.
    Durable,
    /// For tests: nothing is synced, nothing is secret, stopping is killing.
    Throwaway,
}

/// What to start and where.
#[derive(Debug, Clone)]
pub struct Config {
    /// The product's data folder; the servers live in `services` below it.
    pub data_dir: PathBuf,
    /// A PostgreSQL of the operator's own: then none is started.
    pub database_url: Option<String>,
    /// A Redis of the operator's own: then none is started.
    pub redis_url: Option<String>,
    /// Whether the data is meant to last.
    pub durability: Durability,
}

/// Two servers that are ready. Dropping it stops the ones that it started.
#[derive(Debug)]
pub struct Services {
    /// Address of PostgreSQL, with the product's own database. Holds a secret: never log it.
    pub database_url: String,
    /// Address of Redis. Holds a secret: never log it.
    pub redis_url: String,
    keeper: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Services {
    /// Starts what has no configured address and waits until it takes connections. Blocks for some seconds:
    /// call it before the async runtime, or on a blocking thread.
    ///
    /// # Errors
    /// When the data folder is in use or unusable, a program is missing, or a server does not come up;
    /// nothing is left running then.
    pub fn start(config: &Config) -> Result<Self, Error> {
        if let (Some(database_url), Some(redis_url)) = (&config.database_url, &config.redis_url) {
            let (database_url, redis_url) = (database_url.clone(), redis_url.clone());
            return Ok(Self { database_url, redis_url, keeper: None });
        }
        let config = config.clone();
        let (stop, stopped) = channel();
        let (tell, told) = channel();
        let body = move || match start_servers(&config) {
            Ok(Started { state, servers, database_url, redis_url }) => {
                if tell.send(Ok((database_url, redis_url))).is_ok() {
                    keep(servers, &stopped);
                }
                drop(state);
            }
            Err(error) => drop(tell.send(Err(error))),
        };
        let thread = Builder::new()
            .name("supervise".to_owned())
            .spawn(body)
            .context(|| "start the thread that keeps the databases".to_owned())?;
        let ended = || std::io::Error::other("it ended without an answer");
        let (database_url, redis_url) = told
            .recv()
            .map_err(|_| ended())
            .context(|| "hear from the keeper of the databases".to_owned())??;
        Ok(Self { database_url, redis_url, keeper: Some((stop, thread)) })
    }

    /// As [`Services::start`], but where another process of the product already keeps this data folder's
    /// servers, uses those. For commands beside a running server.
    ///
    /// # Errors
    /// As [`Services::start`].
    pub fn attach_or_start(config: &Config) -> Result<Self, Error> {
        match Self::start(config) {
            Err(error @ Error::InUse { .. }) => {
                let (database_url, redis_url) = announced(&config.data_dir).ok_or(error)?;
                Ok(Self {
                    database_url: config.database_url.clone().unwrap_or(database_url),
                    redis_url: config.redis_url.clone().unwrap_or(redis_url),
                    keeper: None,
                })
            }
            other => other,
        }
    }

    /// Stops the servers that this value started and waits for their end: Redis with its exact state on
    /// disk, then PostgreSQL with clean files. Blocks.
    pub fn stop(mut self) {
        self.stop_keeper();
    }

    fn stop_keeper(&mut self) {
        if let Some((stop, thread)) = self.keeper.take() {
            drop(stop);
            if thread.join().is_err() {
                tracing::error!("the keeper of the databases panicked; the next start will clean up");
            }
        }
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        self.stop_keeper();
    }
}

struct Started {
    state: StateDir,
    servers: Vec<Kept>,
    database_url: String,
    redis_url: String,
}

fn start_servers(config: &Config) -> Result<Started, Error> {
    let accounts: Vec<_> = postgres::account().into_iter().chain(redis::account()).collect();
    let state = StateDir::open(&config.data_dir, &accounts)?;
    let mut servers = Vec::new();
    let urls = start_each(config, &state, &mut servers).inspect_err(|_| stop_all(&mut servers))?;
    Ok(Started { state, servers, database_url: urls.0, redis_url: urls.1 })
}

fn start_each(config: &Config, state: &StateDir, servers: &mut Vec<Kept>) -> Result<(String, String), Error> {
    let database_url = match &config.database_url {
        Some(url) => url.clone(),
        None => start_one(Kept::new(Box::new(Postgres::new(state, config.durability)?)), servers)?,
    };
    let redis_url = match &config.redis_url {
        Some(url) => url.clone(),
        None => start_one(Kept::new(Box::new(Redis::new(state, config.durability)?)), servers)?,
    };
    state.announce(&database_url, &redis_url)?;
    Ok((database_url, redis_url))
}

fn start_one(mut server: Kept, servers: &mut Vec<Kept>) -> Result<String, Error> {
    server.start()?;
    let url = server.url();
    servers.push(server);
    Ok(url)
}
