//! One at a time over all processes: work that many may begin and one should do.

use crate::{
    error::Result,
    pool::{self, PgStore},
};
use sqlx::{Postgres, Transaction};

/// The right to do a piece of work, held until it is given back or dropped, or the process or its connection dies. It
/// saves work and is no guard: what runs under it must be right when it runs twice.
#[derive(Debug)]
pub struct Flight {
    held: Transaction<'static, Postgres>,
}

impl Flight {
    /// Gives the right back.
    pub async fn end(self) -> Result<()> {
        Ok(self.held.rollback().await?)
    }
}

impl PgStore {
    /// Takes the right to the work of that name; `None` while another process has it. Costs a connection of its own pool while held: work
    /// under it that waited for the same pool could wait for itself.
    pub async fn single_flight(&self, name: &str) -> Result<Option<Flight>> {
        let mut held = pool::begin(&self.flights, None).await?;
        let mine: bool = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))")
            .bind(name)
            .fetch_one(&mut *held)
            .await?;
        if mine {
            return Ok(Some(Flight { held }));
        }
        held.rollback().await?;
        Ok(None)
    }
}
