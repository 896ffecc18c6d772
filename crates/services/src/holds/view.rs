//! A hold as its buyer sees it: every place with its price, the deadline, the total.

use crate::{Error, Result, Sale, clock};
use domain::{hold::Hold, pricing::Place};
use protocol::api::{HeldArea, HeldSeat, HoldView};

impl Sale {
    /// The hold with its prices; without its token.
    pub(crate) fn hold_view(&self, hold: &Hold) -> Result<HoldView> {
        let quote = self.quote(hold)?;
        let name = |tier: &domain::ids::TierId| {
            self.prices.tiers().iter().find(|t| t.id == *tier).map(|t| t.name.clone()).unwrap_or_default()
        };
        let (mut seats, mut areas) = (Vec::new(), Vec::new());
        for line in quote.lines {
            match line.place {
                Place::Seat(ix) => seats.push(HeldSeat {
                    id: self.house.plan.seat(ix).map(|s| s.id.clone()).ok_or(Error::NotFound("seat"))?,
                    ix: ix.0,
                    label: self.house.label(ix),
                    zone_id: line.zone,
                    tier_name: name(&line.tier),
                    tier_id: line.tier,
                    price: line.price,
                    fee: line.fee,
                    total: line.total,
                }),
                Place::Area(ix, quantity) => {
                    let area = self.house.plan.area(ix).ok_or(Error::NotFound("area"))?;
                    areas.push(HeldArea {
                        area_id: area.id.clone(),
                        label: area.name.clone(),
                        quantity,
                        tier_name: name(&line.tier),
                        tier_id: line.tier,
                        price: line.price,
                        fee: line.fee,
                        total: line.total,
                    });
                }
            }
        }
        Ok(HoldView {
            hold_id: hold.id,
            hold_token: None,
            expires_at: clock::from_ms(hold.expires_ms),
            server_time: clock::from_ms(hold.now_ms),
            seats,
            areas,
            total_amount: quote.total,
            extensions_left: self.row.rules.extensions_max.saturating_sub(hold.extensions),
            singles: Vec::new(),
        })
    }
}
