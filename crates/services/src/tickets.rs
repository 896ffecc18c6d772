//! Issuing tickets: the signing key, the key set, the codes.

use crate::{
    Error, Result, Sale, Services, clock,
    ticket_code::{Claims, ISSUER, TicketKey},
};
use chrono::TimeDelta;
use domain::ids::{SeatId, TicketId};
use serde_json::{Value, json};
use store_pg::{
    PgStore,
    audit::Cause,
    keys::SigningKey,
    orders::{Order, OrderLine, Place},
    tickets::NewTicket,
};
use uuid::Uuid;

/// A code is good until this long after the end of its event.
pub(crate) const AFTER_THE_END_H: i64 = 12;

/// The key that signs now.
#[derive(Debug)]
pub(crate) struct Signer(TicketKey);

impl Signer {
    /// The installation's key; drawn on the first start.
    pub(crate) async fn load(pg: &PgStore) -> Result<Self> {
        let cause = Cause::because("start", "first start", clock::now());
        let stored = pg.ensure_signing_key(&stored_key(&TicketKey::draw())?, &cause).await?;
        Ok(Self(TicketKey::from_pem(&stored.private_pem).map_err(Error::internal)?))
    }
}

fn stored_key(key: &TicketKey) -> Result<SigningKey> {
    Ok(SigningKey {
        kid: key.kid().to_owned(),
        private_pem: key.to_pem().map_err(Error::internal)?,
        public_jwk: key.jwk(),
        created_at: clock::now(),
        retired_at: None,
    })
}

impl Services {
    /// The public keys of all tickets, also of keys that no longer sign.
    pub async fn jwks(&self) -> Result<Value> {
        let keys = self.pg.signing_keys().await?;
        Ok(json!({ "keys": keys.into_iter().map(|key| key.public_jwk).collect::<Vec<_>>() }))
    }

    /// Puts a new signing key in the place of the old one. Tickets signed before stay good; processes that run sign
    /// with the old key until they start again.
    pub async fn rotate_ticket_key(&self) -> Result<String> {
        let key = TicketKey::draw();
        let cause = Cause::because("operator", "rotation", clock::now());
        self.pg.rotate_signing_key(&stored_key(&key)?, &cause).await?;
        Ok(key.kid().to_owned())
    }
}

/// A ticket for every line of an order.
pub(crate) fn new_tickets(signer: &Signer, sale: &Sale, order: &Order) -> Result<Vec<NewTicket>> {
    let expires = sale.row.summary.ends_at + TimeDelta::hours(AFTER_THE_END_H);
    let ticket = |line: &OrderLine| {
        let id = TicketId(Uuid::now_v7());
        let claims = Claims {
            iss: ISSUER.into(),
            sub: id,
            event: order.event,
            seat: matches!(line.place, Place::Seat(_)).then(|| SeatId(line.place_id.clone())),
            tier: line.tier.clone(),
            nbf: clock::now().timestamp(),
            exp: expires.timestamp(),
        };
        NewTicket { id, line: line.id, code: signer.0.sign(&claims) }
    };
    Ok(order.lines.iter().map(ticket).collect())
}

/// "Stalls, row C, seat 12", or the area's name.
pub(crate) fn place_label(line: &OrderLine) -> String {
    match line.place {
        Place::Seat(_) => format!("{}, row {}, seat {}", line.section, line.row, line.number),
        Place::Area(_) => line.section.clone(),
    }
}
