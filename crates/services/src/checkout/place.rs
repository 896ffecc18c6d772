//! From a hold to a placed order: read, priced, claimed in PostgreSQL, and marked in Redis.

use super::state::fresh_id;
use crate::{Error, Invalid, Result, Sale, Services, clock, digest, hold_token::HoldClaim, holds::Choices};
use chrono::TimeDelta;
use domain::{
    checkout::Method,
    contact::{Email, PersonName, Phone},
    hold::Hold,
    ids::{OrderId, OrderLineId, ReservationId},
    limits::CLIENT_ID_BYTES_MAX,
    money::Money,
    pricing::Place as Priced,
    refund::Policy,
    tax,
};
use protocol::api::CommitRequest;
use store_pg::{
    StoreError,
    audit::Cause,
    orders::{Contact, Order, OrderLine, OrderStatus, Place, place::NewOrder},
    reservations::release::{Ending, Release},
};
use store_redis::ConvertOutcome;

/// How long after the order's deadline a reserved hold says that it ends. It only says so: no deadline of Redis frees
/// a reserved hold, the settlement does, once the worker has closed the payment.
const CLOSING_GRACE_MS: u64 = 120_000;

/// A request for checkout, read.
pub(super) struct Parsed {
    pub(super) key: String,
    pub(super) contact: Contact,
}

impl Parsed {
    pub(super) fn parse(services: &Services, request: &CommitRequest) -> Result<Self> {
        let mut problems = Vec::new();
        let mut problem = |pointer: &str, message: String| {
            problems.push(Invalid { pointer: pointer.to_owned(), message });
        };
        let key = request.idempotency_key.clone();
        if !(1..=CLIENT_ID_BYTES_MAX).contains(&key.len()) || !key.bytes().all(|b| b.is_ascii_graphic()) {
            problem("/idempotency_key", format!("Use 1 to {CLIENT_ID_BYTES_MAX} visible ASCII characters."));
        }
        let buyer = &request.buyer;
        let name = PersonName::parse(&buyer.name).map_err(|e| problem("/buyer/name", format!("{e}."))).ok();
        let email = Email::parse(&buyer.email).map_err(|e| problem("/buyer/email", format!("{e}."))).ok();
        let written = buyer.phone.as_deref().filter(|p| !p.trim().is_empty());
        let phone =
            written.and_then(|p| Phone::parse(p).map_err(|e| problem("/buyer/phone", format!("{e}."))).ok());
        if let Some(token) = &request.payment_token
            && !(token.len() <= 64
                && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                && !token.is_empty())
        {
            problem("/payment_token", "This is no payment method.".into());
        }
        let base = services.base_url();
        if let Some(url) = &request.return_url
            && !(url.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                && url.len() <= 500)
        {
            problem("/return_url", format!("The address must be on {base}."));
        }
        match (name, email) {
            (Some(name), Some(email)) if problems.is_empty() => Ok(Self {
                key,
                contact: Contact {
                    name: name.as_str().to_owned(),
                    email: email.as_str().to_owned(),
                    // Nobody can be texted without a number: then the wish is left aside.
                    text_me: buyer.text_me && phone.is_some(),
                    remind_me: buyer.remind_me,
                    phone: phone.map(|p| p.as_str().to_owned()),
                },
            }),
            _ => Err(Error::Invalid(problems)),
        }
    }
}

impl Services {
    /// The order of a hold: the one that is there, or a new one. An order that costs nothing needs no payment.
    pub(super) async fn place(
        &self,
        claim: &HoldClaim,
        parsed: &Parsed,
        method: Method,
    ) -> Result<(Order, Method)> {
        if let Some(order) = self.pg.order_by_hold(claim.hold).await? {
            if order.token_digest != claim.digest {
                return Err(Error::Unauthorized);
            }
            if order.status == OrderStatus::Placed {
                self.mark_reserved(claim, order.id).await?;
            }
            if matches!(order.status, OrderStatus::Placed | OrderStatus::Completed) {
                let method = if order.total.minor == 0 { Method::Free } else { method };
                return Ok((order, method));
            }
        }
        let sale = self.sale_by_id(claim.event).await?.ok_or(Error::NotFound("event"))?;
        let hold = self.redis.find(claim.event, claim.hold).await?.ok_or(Error::HoldExpired)?;
        sale.require_on_sale(clock::now())?;
        if sale.row.rules.no_single_seat {
            let singles = self.singles_left(&sale, &hold.seats).await?;
            if !singles.is_empty() {
                return Err(Error::RuleBroken { seats: singles, alternatives: Vec::new() });
            }
        }
        let new = self.new_order(&sale, &hold, parsed)?;
        let actor = format!("buyer:{}", hold.buyer);
        let placed = match self.pg.place_order(&new, &Cause::by(&actor, clock::now())).await {
            Ok(placed) => placed,
            Err(StoreError::SeatTaken { .. } | StoreError::AreaFull { .. }) => {
                // Redis was behind (a hold of a lost epoch): PostgreSQL decides, the hold goes.
                self.redis.release(claim.event, claim.hold, &claim.digest).await?;
                return Err(Error::HoldExpired);
            }
            Err(StoreError::NotForSale) => {
                return Err(Error::NotOnSale { status: sale.status(clock::now(), None) });
            }
            Err(error) => return Err(error.into()),
        };
        self.mark_reserved(claim, placed.order.id).await?;
        let method = if placed.order.total.minor == 0 { Method::Free } else { method };
        Ok((placed.order, method))
    }

    /// Held → reserved, so that the seats outlast the hold. A hold that ran out in the last moment gives its order up;
    /// also one that a process left behind before it came here: the map would go on showing its seats as free.
    async fn mark_reserved(&self, claim: &HoldClaim, order: OrderId) -> Result<()> {
        let window = self.config.pay_window_ms + CLOSING_GRACE_MS;
        match self.redis.convert(claim.event, claim.hold, &claim.digest, window).await? {
            ConvertOutcome::Done(_) => Ok(()),
            ConvertOutcome::NotLoaded => {
                let sale = self.sale_by_id(claim.event).await?.ok_or(Error::NotFound("event"))?;
                self.load(&sale).await
            }
            ConvertOutcome::Gone => {
                let cause = Cause::because("checkout", "the hold had expired", clock::now());
                match self.pg.release_order(order, Ending::Cancelled, &cause).await {
                    // Another request for the same order is faster: it pays or has paid, and PostgreSQL keeps the
                    // seats for it.
                    Ok(Release::Completed) | Err(StoreError::PaymentOpen) => Ok(()),
                    Ok(Release::Freed { .. } | Release::Already) => Err(Error::HoldExpired),
                    Err(error) => Err(error.into()),
                }
            }
        }
    }

    fn new_order(&self, sale: &Sale, hold: &Hold, parsed: &Parsed) -> Result<NewOrder> {
        let id = OrderId(fresh_id());
        let now = clock::now();
        let window = TimeDelta::milliseconds(i64::try_from(self.config.pay_window_ms).unwrap_or(i64::MAX));
        Ok(NewOrder {
            id,
            reservation: ReservationId(fresh_id()),
            number: order_number(),
            event: sale.id(),
            hold: hold.id,
            buyer_key: hold.buyer.clone(),
            token_digest: hold.token_digest.clone(),
            fence: hold.fence,
            idempotency_key: parsed.key.clone(),
            request_digest: digest(&Choices::of(hold).to_text()),
            access_digest: digest(&self.order_key(id)),
            contact: parsed.contact.clone(),
            currency: sale.prices.currency(),
            policy: serde_json::to_value(Policy::STANDARD).map_err(Error::internal)?,
            pay_before: now + window,
            lines: lines(sale, hold)?,
        })
    }
}

/// One line a ticket, with its price frozen, and the tax in it.
fn lines(sale: &Sale, hold: &Hold) -> Result<Vec<OrderLine>> {
    let plan = &sale.house.plan;
    let mut lines = Vec::new();
    for priced in sale.quote(hold)?.lines {
        let tier = sale.prices.tiers().iter().find(|t| t.id == priced.tier).ok_or(Error::NotFound("tier"))?;
        let zone = sale.prices.zone(&priced.zone).ok_or(Error::NotFound("zone"))?;
        let line = |place: Place, place_id: String, section: String, row: String, number: String| OrderLine {
            id: OrderLineId(fresh_id()),
            place,
            place_id,
            section,
            row,
            number,
            zone: zone.id.clone(),
            zone_name: zone.name.clone(),
            tier: tier.id.clone(),
            tier_name: tier.name.clone(),
            price: priced.price,
            fee: priced.fee,
            tax_rate: sale.row.tax_rate,
            tax: Money::zero(priced.fee.currency),
        };
        match priced.place {
            Priced::Seat(ix) => {
                let seat = plan.seat(ix).ok_or(Error::NotFound("seat"))?;
                let section = plan.section_of(ix).map(|s| s.name.clone()).unwrap_or_default();
                let row = plan.row_of(ix).map(|r| r.label.clone()).unwrap_or_default();
                lines.push(line(Place::Seat(ix), seat.id.0.clone(), section, row, seat.number.clone()));
            }
            Priced::Area(ix, quantity) => {
                let area = plan.area(ix).ok_or(Error::NotFound("area"))?;
                for _ in 0..quantity {
                    let name = area.name.clone();
                    lines.push(line(Place::Area(ix), area.id.0.clone(), name, String::new(), String::new()));
                }
            }
        }
    }
    let amounts = lines.iter().map(|line| Ok((line.tax_rate, line.taxed()?.gross)));
    let amounts = amounts.collect::<Result<Vec<_>>>()?;
    for (line, tax) in lines.iter_mut().zip(tax::contained(&amounts).map_err(Error::internal)?) {
        line.tax = tax;
    }
    Ok(lines)
}

/// What people read out on the phone: no vowels, no look-alikes.
fn order_number() -> String {
    const LETTERS: &[u8; 28] = b"23456789BCDFGHJKLMNPQRSTVWXZ";
    let drawn = clock::random::<10>();
    drawn.iter().map(|b| char::from(LETTERS[usize::from(*b) % LETTERS.len()])).collect()
}
