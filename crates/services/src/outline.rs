//! The map as a list: sections, then the rows and seats of one. The way without JavaScript and for screen readers.

use crate::{Result, Sale, Services, clock};
use domain::{
    ids::{SeatId, ZoneId},
    money::Money,
    seat::{SeatIx, SeatState},
};
use serde::{Deserialize, Serialize};
use store_redis::Snapshot;

/// A section with what is left of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SectionOutline {
    /// Position in the plan.
    pub ix: u16,
    /// Its name.
    pub name: String,
    /// Its level.
    pub level: String,
    /// Free seats.
    pub free: u32,
    /// Seats in all.
    pub total: u32,
    /// Cheapest seat, fees included.
    pub price_from: Option<Money>,
    /// Dearest seat, fees included.
    pub price_to: Option<Money>,
}

/// A section, opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SectionSeats {
    /// Position in the plan.
    pub ix: u16,
    /// Its name.
    pub name: String,
    /// Its rows, front to back.
    pub rows: Vec<RowSeats>,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowSeats {
    /// Its label.
    pub label: String,
    /// Its seats, in order.
    pub seats: Vec<SeatChoice>,
}

/// A seat that can be chosen, or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeatChoice {
    /// Position in the plan.
    pub ix: u32,
    /// Its id.
    pub id: SeatId,
    /// Its number.
    pub number: String,
    /// Its state.
    pub state: SeatState,
    /// What is special about it.
    pub attributes: Vec<String>,
    /// Its zone.
    pub zone_id: ZoneId,
    /// Its zone's name.
    pub zone_name: String,
    /// The usual price, fees included.
    pub total: Money,
}

impl Services {
    /// All sections.
    pub async fn outline(&self, sale: &Sale) -> Result<Vec<SectionOutline>> {
        let snapshot = self.snapshot(sale).await?;
        let plan = &sale.house.plan;
        Ok((0_u16..).zip(&plan.sections).map(|(ix, _)| sale.section_outline(ix, &snapshot)).collect())
    }

    /// One section with its seats.
    pub async fn outline_section(&self, sale: &Sale, section: u16) -> Result<Option<SectionSeats>> {
        let snapshot = self.snapshot(sale).await?;
        let plan = &sale.house.plan;
        let Some(opened) = plan.sections.get(usize::from(section)) else { return Ok(None) };
        let rows = plan.rows[opened.rows()].iter().map(|row| RowSeats {
            label: row.label.clone(),
            seats: positions(row.seats()).filter_map(|ix| sale.seat_choice(ix, &snapshot)).collect(),
        });
        Ok(Some(SectionSeats { ix: section, name: opened.name.clone(), rows: rows.collect() }))
    }
}

fn positions(range: std::ops::Range<usize>) -> impl Iterator<Item = SeatIx> {
    range.filter_map(|ix| u32::try_from(ix).ok()).map(SeatIx)
}

impl Sale {
    fn section_outline(&self, ix: u16, snapshot: &Snapshot) -> SectionOutline {
        let plan = &self.house.plan;
        let section = &plan.sections[usize::from(ix)];
        let now = clock::now();
        let mut zones: Vec<&ZoneId> = Vec::new();
        let mut free = 0;
        for seat in positions(section.seats()) {
            let Some(zone) = self.zone_of_seat(seat) else { continue };
            free += u32::from(snapshot.states.get(seat) == SeatState::Available);
            if !zones.contains(&zone) {
                zones.push(zone);
            }
        }
        let price = |zone: &ZoneId| self.prices.default_tier(zone, now).ok()?.total().ok();
        let prices = || zones.iter().copied().filter_map(price);
        SectionOutline {
            ix,
            name: section.name.clone(),
            level: plan.levels.get(usize::from(section.level)).map(|l| l.name.clone()).unwrap_or_default(),
            free,
            total: section.len,
            price_from: prices().min_by_key(|m| m.minor),
            price_to: prices().max_by_key(|m| m.minor),
        }
    }

    fn seat_choice(&self, ix: SeatIx, snapshot: &Snapshot) -> Option<SeatChoice> {
        let seat = self.house.plan.seat(ix)?;
        let zone = self.prices.zone(self.zone_of_seat(ix)?)?;
        Some(SeatChoice {
            ix: ix.0,
            id: seat.id.clone(),
            number: seat.number.clone(),
            state: snapshot.states.get(ix),
            attributes: seat.attributes.names().map(str::to_owned).collect(),
            zone_id: zone.id.clone(),
            zone_name: zone.name.clone(),
            total: self.prices.default_tier(&zone.id, clock::now()).ok()?.total().ok()?,
        })
    }
}
