//! Comparing Redis with PostgreSQL, event by event, and rebuilding where they differ.

use crate::{Error, Result, Sale, Services, clock, load};
use domain::{
    ids::EventId,
    seat::{SeatIx, SeatState},
};
use std::time::Duration;

/// Between the two looks at an event that seems to differ.
const SECOND_LOOK: Duration = Duration::from_secs(1);

/// What was found about one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The event.
    pub event: EventId,
    /// Its name in addresses.
    pub slug: String,
    /// What is wrong; empty when all is well.
    pub findings: Vec<Finding>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Redis does not know the event.
    NotLoaded,
    /// A seat that is sold, reserved or blocked in PostgreSQL has another state in Redis.
    Seat {
        /// The seat.
        seat: SeatIx,
        /// By PostgreSQL.
        expected: SeatState,
        /// By Redis.
        found: SeatState,
    },
    /// Redis would give more places of an area than there are.
    Area {
        /// Position of the area.
        area: u16,
        /// Places left by PostgreSQL, before holds.
        most: u32,
        /// Places left by Redis.
        found: u32,
    },
}

impl Services {
    /// Looks at every event that can be seen.
    pub async fn diagnose(&self) -> Result<Vec<Diagnosis>> {
        match self.diagnose_all().await? {
            (diagnoses, None) => Ok(diagnoses),
            (_, Some(away)) => Err(away),
        }
    }

    /// The same, and what kept it from looking at the others: a master of a cluster that is away must not keep anybody
    /// from the events of the rest.
    pub(crate) async fn diagnose_all(&self) -> Result<(Vec<Diagnosis>, Option<Error>)> {
        let (mut diagnoses, mut away) = (Vec::new(), None);
        for (event, _) in self.pg.published_events(clock::now()).await? {
            let Some(sale) = self.sale_by_id(event).await? else { continue };
            match self.diagnose_one(&sale).await {
                Ok(diagnosis) => diagnoses.push(diagnosis),
                Err(error @ Error::Busy { .. }) => away = Some(error),
                Err(error) => return Err(error),
            }
        }
        Ok((diagnoses, away))
    }

    pub(crate) async fn diagnose_one(&self, sale: &Sale) -> Result<Diagnosis> {
        let mut findings = self.examine(sale).await?;
        if !findings.is_empty() {
            // A sale goes on while it is looked at: what is really wrong is still wrong a moment later.
            tokio::time::sleep(SECOND_LOOK).await;
            let again = self.examine(sale).await?;
            findings.retain(|finding| again.contains(finding));
        }
        Ok(Diagnosis { event: sale.id(), slug: sale.row.summary.slug.clone(), findings })
    }

    /// Loads every event that Redis does not know, without a warning: for the start, and after a loss. Counts the
    /// events that were looked at.
    ///
    /// # Errors
    /// `Busy` when some master was away; the events of the others are loaded then.
    pub async fn load_all(&self) -> Result<usize> {
        let (mut loaded, mut away) = (0, None);
        for (event, _) in self.pg.published_events(clock::now()).await? {
            let Some(sale) = self.sale_by_id(event).await? else { continue };
            match self.load(&sale).await {
                Ok(()) => loaded += 1,
                Err(error @ Error::Busy { .. }) => away = Some(error),
                Err(error) => return Err(error),
            }
        }
        away.map_or(Ok(loaded), Err)
    }

    async fn examine(&self, sale: &Sale) -> Result<Vec<Finding>> {
        let Some(snapshot) = self.redis.snapshot(sale.id()).await? else {
            return Ok(vec![Finding::NotLoaded]);
        };
        // Read after Redis: what was sold in between shows as sold here and held there, which is fine. A seat counts
        // as wrong when Redis would give it away, or has it sold and nobody claims it. During a sale a seat that was
        // free a moment ago and went through to checkout since shows up too: look again before rebuilding.
        let claims = self.pg.claims(sale.id()).await?;
        let expected = load::states(sale, &claims);
        let mut findings = Vec::new();
        for (ix, (want, have)) in (0..).map(SeatIx).zip(expected.iter().zip(snapshot.states.iter())) {
            let fine = match want {
                SeatState::Available => matches!(have, SeatState::Available | SeatState::Held),
                SeatState::Sold | SeatState::Held => matches!(have, SeatState::Sold | SeatState::Held),
                SeatState::Blocked => have == SeatState::Blocked,
            };
            if !fine {
                findings.push(Finding::Seat { seat: ix, expected: want, found: have });
            }
        }
        for (area, found) in snapshot.areas {
            let most = claims
                .areas
                .iter()
                .find(|a| a.area == area)
                .map_or(0, |a| a.capacity.saturating_sub(a.claimed));
            if found > most {
                findings.push(Finding::Area { area: area.0, most, found });
            }
        }
        Ok(findings)
    }
}
