//! The standing check: Redis against PostgreSQL, PostgreSQL against itself. What differs is mended towards PostgreSQL; a
//! sale that stays wrong is halted, and buyers are told why.

use crate::{Diagnosis, Error, Finding, MoneyReport, Result, Sale, Services, clock};
use chrono::TimeDelta;
use domain::{
    hold::Restate,
    ids::EventId,
    seat::{AreaIx, SeatIx, SeatState},
};
use std::collections::BTreeMap;
use store_pg::{
    audit::Cause, catalogue::EventStatus, integrity::Oversold, invoices::missing::InvoiceFindings,
};

/// What buyers read when the system halted a sale.
const WHY: &str = "We found that our seat plan and our orders did not agree, and halted the sale while somebody checks. \
                   Tickets that were bought stay valid.";
/// How far back `doctor` compares money with the provider.
const DOCTOR_H: i64 = 24;
/// Missing invoices that are named, of each kind.
const FINDINGS_MAX: u32 = 100;

/// Everything that can be wrong.
#[derive(Clone, Debug)]
pub struct Report {
    /// Event by event, Redis against PostgreSQL.
    pub events: Vec<Diagnosis>,
    /// Places with more tickets than there are.
    pub oversold: Vec<Oversold>,
    /// Our books against the provider's; none when the provider did not answer.
    pub money: Option<MoneyReport>,
    /// Gaps in the numbers of invoices, and documents that are missing.
    pub invoices: InvoiceFindings,
}

impl Services {
    /// Looks at everything, and mends only what our books did not know of the provider's money.
    pub async fn report(&self) -> Result<Report> {
        let money = match self.reconcile_payments(clock::now() - TimeDelta::hours(DOCTOR_H)).await {
            Ok(money) => Some(money),
            Err(error) => {
                tracing::warn!(%error, "the payment provider was not asked");
                None
            }
        };
        Ok(Report {
            events: self.diagnose().await?,
            oversold: self.pg.oversold(clock::now()).await?,
            money,
            invoices: self.pg.invoice_findings(FINDINGS_MAX).await?,
        })
    }

    /// One round of the standing check. Answers how many events were not well.
    pub async fn inspect(&self) -> Result<usize> {
        let oversold = self.pg.oversold(clock::now()).await?;
        metrics::counter!("parterre_oversell_total").increment(oversold.len() as u64);
        for sale in &oversold {
            tracing::error!(event = %sale.event, place = sale.place, tickets = sale.tickets, "oversold");
            self.freeze(sale.event, "oversold").await?;
        }
        let mut sick = oversold.len();
        let (diagnoses, mut away) = self.diagnose_all().await?;
        for diagnosis in diagnoses {
            // An event that Redis does not know is loaded by the worker of loads.
            if diagnosis.findings.is_empty() || diagnosis.findings == [Finding::NotLoaded] {
                continue;
            }
            sick += 1;
            let found = diagnosis.findings.len();
            metrics::counter!("parterre_drift_total", "between" => "redis_postgres").increment(found as u64);
            tracing::warn!(event = %diagnosis.event, found, first = ?diagnosis.findings[0], "the map differs");
            self.mend(diagnosis.event, &diagnosis.findings).await?;
        }
        for (event, _) in self.pg.published_events(clock::now()).await? {
            let Some(sale) = self.sale_by_id(event).await? else { continue };
            // As above: a master that is away keeps nobody from the events of the others.
            match self.end_stale_reservations(&sale).await {
                Err(error @ Error::Busy { .. }) => away = Some(error),
                done => done?,
            }
        }
        away.map_or(Ok(sick), Err)
    }

    /// Puts Redis right where it differs, seat by seat: running holds stay. What differs afterwards halts the sale.
    async fn mend(&self, event: EventId, findings: &[Finding]) -> Result<()> {
        let Some(sale) = self.sale_by_id(event).await? else { return Ok(()) };
        for restate in restates(findings) {
            self.redis.restate(event, &restate).await?;
        }
        if self.still_wrong(&sale).await? {
            self.freeze(event, "a drift that does not heal").await?;
        }
        Ok(())
    }

    /// Looked at twice, as before: a sale goes on meanwhile.
    async fn still_wrong(&self, sale: &Sale) -> Result<bool> {
        let diagnosis = self.diagnose_one(sale).await?;
        Ok(diagnosis.findings.iter().any(|finding| *finding != Finding::NotLoaded))
    }

    async fn freeze(&self, event: EventId, reason: &str) -> Result<()> {
        let cause = Cause::because("inspect", reason, clock::now());
        if self.pg.freeze_event(event, WHY, &cause).await? {
            self.forget_sale(event).await;
            metrics::counter!("parterre_event_frozen_total").increment(1);
            tracing::error!(%event, reason, "the sale of an event is halted");
        }
        Ok(())
    }

    /// Puts an event on sale again that was paused or halted; `false` when it is on sale already. What is still wrong
    /// halts it again within a minute.
    ///
    /// # Errors
    /// `NotFound` when there is no such event.
    pub async fn resume_event(&self, slug_or_id: &str, actor: &str, reason: &str) -> Result<bool> {
        let sale = self.sale(slug_or_id).await?.ok_or(Error::NotFound("event"))?;
        let cause = Cause::because(actor, reason, clock::now());
        let resumed = self.pg.set_event_status(sale.id(), EventStatus::Published, &cause).await?;
        self.forget_sale(sale.id()).await;
        Ok(resumed)
    }

    /// Why the system itself halted an event's sale, in words for its buyers.
    pub async fn frozen(&self, event: EventId) -> Result<Option<String>> {
        Ok(self.pg.frozen(event).await?)
    }
}

/// What has to be told to Redis, grouped by what it is and what it should be.
fn restates(findings: &[Finding]) -> Vec<Restate> {
    let mut seats: BTreeMap<(u8, u8), Vec<SeatIx>> = BTreeMap::new();
    let mut areas: Vec<(AreaIx, i64)> = Vec::new();
    for finding in findings {
        match finding {
            Finding::NotLoaded => {}
            Finding::Seat { seat, expected, found } => {
                seats.entry((*found as u8, *expected as u8)).or_default().push(*seat);
            }
            Finding::Area { area, most, found } => {
                areas.push((AreaIx(*area), i64::from(*most) - i64::from(*found)));
            }
        }
    }
    let mut all: Vec<Restate> = seats
        .into_iter()
        .map(|((from, to), seats)| Restate {
            seats,
            from: SeatState::from_bits(from),
            to: SeatState::from_bits(to),
            areas: Vec::new(),
        })
        .collect();
    if !areas.is_empty() {
        let (from, to) = (SeatState::Available, SeatState::Available);
        all.push(Restate { seats: Vec::new(), from, to, areas });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_told_in_groups_and_places_are_taken_off() {
        let seat = |ix, expected, found| Finding::Seat { seat: SeatIx(ix), expected, found };
        let findings = [
            seat(1, SeatState::Sold, SeatState::Available),
            seat(2, SeatState::Available, SeatState::Sold),
            seat(3, SeatState::Sold, SeatState::Available),
            Finding::Area { area: 4, most: 2, found: 5 },
        ];
        let told = restates(&findings);
        let groups: Vec<_> = told.iter().map(|r| (r.seats.clone(), r.from, r.to)).collect();
        assert_eq!(groups[0], (vec![SeatIx(1), SeatIx(3)], SeatState::Available, SeatState::Sold));
        assert_eq!(groups[1], (vec![SeatIx(2)], SeatState::Sold, SeatState::Available));
        assert_eq!(told[2].areas, [(AreaIx(4), -3)]);
    }
}
