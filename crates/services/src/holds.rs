//! Holds: taking seats, changing, renewing and giving them back.
//!
//! A program holds with one request and proves itself with the hold's token. A browser's selection *is* its hold:
//! every tap changes it, and the buyer's cookie finds it again.

mod change;
mod choices;
mod choose;
mod refusal;
mod request;
mod view;

pub use change::HoldChange;
pub(crate) use choices::Choices;

use crate::{BuyerKey, Error, HoldClaim, Result, Sale, Services, clock};
use domain::{
    hold::{Hold, HoldOutcome, HoldRequest, HoldState},
    ids::HoldId,
};
use protocol::api::{BestAvailableWish, Extended, HoldView, RegisterRequest, ReservationRequest};
use refusal::refused;
use request::Wanted;
use store_pg::orders::OrderStatus;
use store_redis::{ExtendOutcome, ReleaseOutcome};
use uuid::Uuid;

/// How often "choose for me" tries another block when somebody was faster.
const CHOOSE_ATTEMPTS_MAX: u32 = 6;

impl Services {
    /// Holds what a request names, all or nothing. The same request again gives the same hold.
    pub async fn hold(
        &self,
        sale: &Sale,
        buyer: Option<&BuyerKey>,
        request: &ReservationRequest,
    ) -> Result<HoldView> {
        sale.require_on_sale(clock::now())?;
        let wanted = Wanted::parse(sale, request)?;
        let hold = HoldId(Uuid::new_v4());
        let mut ask = HoldRequest {
            event: sale.id(),
            buyer: buyer.map_or_else(|| format!("guest:{hold}"), |b| b.as_str().to_owned()),
            client_id: request.client_reservation_id.clone(),
            request_digest: wanted.digest.clone(),
            hold_id: hold,
            token_digest: self.config.hold_secret.claim(sale.id(), hold).digest,
            seats: wanted.seats.clone(),
            areas: wanted.areas.clone(),
            ttl_ms: request.ttl_seconds.map(|s| s.saturating_mul(1_000)),
            payload: wanted.choices.to_text(),
            lenient: false,
        };
        let begin = std::time::Instant::now();
        let taken = match &request.best_available {
            Some(wish) => Box::pin(self.hold_best(sale, &mut ask, wish, &wanted)).await,
            None => self.hold_named(sale, ask).await,
        };
        metrics::counter!("parterre_holds_total", "outcome" => outcome_of(&taken)).increment(1);
        metrics::histogram!("parterre_hold_seconds").record(begin.elapsed().as_secs_f64());
        let hold = taken?;
        let token = self.config.hold_secret.token(sale.id(), hold.id);
        Ok(HoldView { hold_token: Some(token), ..sale.hold_view(&hold)? })
    }

    /// General admission in one call: places of the area that sells the tier.
    pub async fn register(&self, sale: &Sale, request: &RegisterRequest) -> Result<HoldView> {
        let tier = sale.prices.tiers().iter().find(|t| t.id == request.tier_id);
        let tier = tier.ok_or_else(|| Error::invalid("/tier_id", "There is no such tier."))?;
        let area = sale.row.areas.iter().find(|a| a.zone == tier.zone);
        let area = area.ok_or_else(|| Error::invalid("/tier_id", "This tier has no general admission."))?;
        let request = ReservationRequest {
            client_reservation_id: request.idempotency_key.clone(),
            areas: vec![protocol::api::AreaQuantity { area_id: area.id.clone(), quantity: request.quantity }],
            tiers: [(area.id.0.clone(), request.tier_id.clone())].into(),
            ..ReservationRequest::default()
        };
        self.hold(sale, None, &request).await
    }

    /// The hold of a token.
    pub async fn hold_by_token(&self, hold: HoldId, token: &str) -> Result<HoldView> {
        let claim = self.claim(hold, token)?;
        let sale = self.sale_by_id(claim.event).await?.ok_or(Error::NotFound("reservation"))?;
        match self.redis.find(claim.event, claim.hold).await? {
            Some(found) => sale.hold_view(&found),
            None => Err(self.gone(claim.hold).await?),
        }
    }

    /// Why a hold is not there any more: its time is over, or an order came of it.
    async fn gone(&self, hold: HoldId) -> Result<Error> {
        let order = self.pg.order_by_hold(hold).await?;
        Ok(order.map_or(Error::HoldExpired, |order| Error::HoldOrdered { order: order.id }))
    }

    /// The hold of a buyer, to go on after a refresh, on going back, in a second tab.
    pub async fn current_hold(&self, sale: &Sale, buyer: &BuyerKey) -> Result<Option<HoldView>> {
        match self.redis.of_buyer(sale.id(), buyer.as_str()).await? {
            Some(hold) => self.selection_view(sale, &hold).await.map(Some),
            None => Ok(None),
        }
    }

    /// Renews the hold of a token.
    pub async fn extend_by_token(&self, hold: HoldId, token: &str) -> Result<Extended> {
        self.extend(self.claim(hold, token)?).await
    }

    /// Renews the hold of a buyer.
    pub async fn extend_of_buyer(&self, sale: &Sale, buyer: &BuyerKey) -> Result<Extended> {
        let hold = self.redis.of_buyer(sale.id(), buyer.as_str()).await?.ok_or(Error::HoldExpired)?;
        self.extend(self.config.hold_secret.claim(sale.id(), hold.id)).await
    }

    /// Gives the hold of a token back; repeatable.
    pub async fn release_by_token(&self, hold: HoldId, token: &str) -> Result<()> {
        self.release(self.claim(hold, token)?).await
    }

    /// Gives the hold of a buyer back; repeatable.
    pub async fn release_of_buyer(&self, sale: &Sale, buyer: &BuyerKey) -> Result<()> {
        match self.redis.of_buyer(sale.id(), buyer.as_str()).await? {
            Some(hold) => self.release(self.config.hold_secret.claim(sale.id(), hold.id)).await,
            None => Ok(()),
        }
    }

    /// Whether a token proves this hold.
    pub fn prove_hold(&self, hold: HoldId, token: &str) -> Result<()> {
        self.claim(hold, token).map(drop)
    }

    /// The claim of a token, which must be of this hold.
    pub(crate) fn claim(&self, hold: HoldId, token: &str) -> Result<HoldClaim> {
        let claim = self.config.hold_secret.verify(token).ok_or(Error::Unauthorized)?;
        if claim.hold == hold { Ok(claim) } else { Err(Error::NotFound("reservation")) }
    }

    async fn extend(&self, claim: HoldClaim) -> Result<Extended> {
        match self.redis.extend(claim.event, claim.hold, &claim.digest, None).await? {
            ExtendOutcome::Extended(hold) => {
                let sale = self.sale_by_id(claim.event).await?.ok_or(Error::NotFound("reservation"))?;
                Ok(Extended {
                    expires_at: clock::from_ms(hold.expires_ms),
                    server_time: clock::from_ms(hold.now_ms),
                    extensions_left: sale.row.rules.extensions_max.saturating_sub(hold.extensions),
                })
            }
            ExtendOutcome::LimitReached(_) => Err(Error::ExtensionLimit),
            ExtendOutcome::Gone | ExtendOutcome::NotLoaded => Err(self.gone(claim.hold).await?),
        }
    }

    async fn release(&self, claim: HoldClaim) -> Result<()> {
        match self.redis.release(claim.event, claim.hold, &claim.digest).await? {
            ReleaseOutcome::Released => Ok(()),
            ReleaseOutcome::InCheckout if self.leave_checkout(claim.hold).await? => Ok(()),
            ReleaseOutcome::InCheckout => Err(Error::InCheckout),
            // Redis may have lost everything since; an order that came of the hold stands in PostgreSQL.
            ReleaseOutcome::Gone | ReleaseOutcome::NotLoaded => {
                Box::pin(self.leave_forgotten(claim.hold)).await
            }
        }
    }

    async fn leave_forgotten(&self, hold: HoldId) -> Result<()> {
        let order = self.pg.order_by_hold(hold).await?;
        let waits = order.is_some_and(|order| order.status == OrderStatus::Placed);
        if !waits || self.leave_checkout(hold).await? { Ok(()) } else { Err(Error::InCheckout) }
    }

    /// Asks Redis; loads the event when Redis does not know it.
    pub(crate) async fn ask(&self, sale: &Sale, request: &HoldRequest) -> Result<HoldOutcome> {
        match self.redis.hold(request.clone()).await? {
            HoldOutcome::NotLoaded => {
                // What happens once in an event's life, or not at all, stands apart: it would make the future of every
                // hold larger, and that future is moved about.
                Box::pin(self.load(sale)).await?;
                Ok(self.redis.hold(request.clone()).await?)
            }
            outcome => Ok(outcome),
        }
    }

    /// Holds the seats that the request names; lenient about single seats only when nothing legal is there.
    async fn hold_named(&self, sale: &Sale, request: HoldRequest) -> Result<Hold> {
        match self.ask(sale, &request).await? {
            HoldOutcome::Held(hold) | HoldOutcome::Repeated(hold) => Ok(hold),
            HoldOutcome::SingleSeats(singles) => Box::pin(self.hold_leniently(sale, request, singles)).await,
            other => Box::pin(refused(self, sale, &request, other)).await,
        }
    }

    async fn hold_leniently(
        &self,
        sale: &Sale,
        request: HoldRequest,
        singles: Vec<domain::seat::SeatIx>,
    ) -> Result<Hold> {
        let snapshot = self.snapshot(sale).await?;
        if sale.has_legal_block(&snapshot.states, &request.seats) {
            return refused(self, sale, &request, HoldOutcome::SingleSeats(singles)).await;
        }
        match self.ask(sale, &HoldRequest { lenient: true, ..request.clone() }).await? {
            HoldOutcome::Held(hold) | HoldOutcome::Repeated(hold) => Ok(hold),
            other => refused(self, sale, &request, other).await,
        }
    }

    /// Holds the best block; when somebody was faster, the next, with a wider choice each time.
    async fn hold_best(
        &self,
        sale: &Sale,
        request: &mut HoldRequest,
        wish: &BestAvailableWish,
        wanted: &Wanted,
    ) -> Result<Hold> {
        let mut last = Error::Busy { retry_after_ms: 200 };
        for attempt in 0..CHOOSE_ATTEMPTS_MAX {
            let snapshot = self.snapshot(sale).await?;
            let block = sale.choose(&snapshot.states, wish, attempt)?;
            request.payload = wanted.choices.with_defaults(sale, &block.seats, clock::now())?.to_text();
            (request.seats, request.lenient) = (block.seats, block.lenient);
            match self.ask(sale, request).await? {
                HoldOutcome::Held(hold) | HoldOutcome::Repeated(hold) => return Ok(hold),
                outcome @ (HoldOutcome::Unavailable { .. } | HoldOutcome::SingleSeats(_)) => {
                    if let Err(error) = refused::<()>(self, sale, request, outcome).await {
                        last = error;
                    }
                }
                other => return refused(self, sale, request, other).await,
            }
        }
        Err(last)
    }
}

/// Whether a hold's time still runs for its buyer.
pub(crate) fn is_selection(hold: &Hold) -> bool {
    hold.state == HoldState::Held
}

/// For the metrics: what came of a hold.
fn outcome_of<T>(taken: &Result<T>) -> &'static str {
    match taken {
        Ok(_) => "held",
        Err(Error::SeatsUnavailable { .. } | Error::SoldOut | Error::NoBlock { .. }) => "unavailable",
        Err(Error::RuleBroken { .. }) => "rule_broken",
        Err(Error::Busy { .. }) => "busy",
        Err(Error::Internal { .. }) => "error",
        Err(_) => "refused",
    }
}
