//! A plan version in memory: the drawing, and what is derived from it once.

use domain::{best_available::Seating, ids::PlanId, plan::Plan, seat::SeatIx};
use store_pg::orders::Place;

/// A plan version, ready for work. Immutable, shared by all its events.
#[derive(Debug)]
pub struct House {
    /// The version.
    pub id: PlanId,
    /// The drawing.
    pub plan: Plan,
    /// Hash of its geometry asset.
    pub geometry_hash: String,
    /// Index for best-available and the no-single-seat rule.
    pub seating: Seating,
}

impl House {
    /// Derives what is derived.
    pub fn new(id: PlanId, plan: Plan, geometry_hash: String) -> Self {
        let seating = Seating::new(&plan);
        Self { id, plan, geometry_hash, seating }
    }

    /// Where the geometry asset is.
    pub fn url(&self) -> String {
        format!("/plans/{}.bin", self.geometry_hash)
    }

    /// The door that leads to a place, where the plan names one.
    pub fn gate(&self, place: Place) -> Option<&str> {
        let gate = match place {
            Place::Seat(seat) => &self.plan.section_of(seat)?.gate,
            Place::Area(area) => &self.plan.area(area)?.gate,
        };
        gate.as_deref()
    }

    /// "Stalls, row C, seat 12".
    pub fn label(&self, seat: SeatIx) -> String {
        let section = self.plan.section_of(seat).map_or("", |s| s.name.as_str());
        let row = self.plan.row_of(seat);
        let number = self.plan.seat(seat).map_or("", |s| s.number.as_str());
        match row {
            Some(row) if row.table => format!("{section}, table {}, seat {number}", row.label),
            Some(row) => format!("{section}, row {}, seat {number}", row.label),
            None => section.to_owned(),
        }
    }
}
