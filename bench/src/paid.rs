//! Orders whose money has come, as the tables have them before they are committed.

use chrono::TimeDelta;
use domain::{
    hold::Fence,
    ids::{EventId, HoldId, OrderId, OrderLineId, PaymentId, ReservationId, TicketId},
    money::{Currency, Money},
    seat::SeatIx,
    tax::TaxRate,
};
use services::clock;
use store_pg::{
    PgStore,
    audit::Cause,
    orders::{
        Contact, OrderLine, Place,
        commit::{Capture, CapturedPayment},
        place::NewOrder,
    },
    payments::PaymentKind,
    tickets::NewTicket,
};
use uuid::Uuid;

/// Places an order of these seats and begins its payment; answers what the provider's word would commit.
pub async fn paid_order(store: &PgStore, event: EventId, seats: &[SeatIx]) -> anyhow::Result<Capture> {
    let cause = Cause::by("bench", clock::now());
    let order = store.place_order(&request(event, seats), &cause).await?.order;
    let payment = PaymentId(Uuid::new_v4());
    store.begin_payment(payment, order.id, PaymentKind::Hosted, &cause).await?;
    let ticket = |line: &OrderLine| {
        let id = Uuid::new_v4();
        NewTicket { id: TicketId(id), line: line.id, code: id.to_string() }
    };
    Ok(Capture {
        order: order.id,
        payment: Some(CapturedPayment {
            id: payment,
            intent: Some(format!("pi_{payment}")),
            amount: order.total,
        }),
        tickets: order.lines.iter().map(ticket).collect(),
    })
}

fn request(event: EventId, seats: &[SeatIx]) -> NewOrder {
    let line = |ix: &SeatIx| OrderLine {
        id: OrderLineId(Uuid::new_v4()),
        place: Place::Seat(*ix),
        place_id: format!("S-{}", ix.0),
        section: "Stand".into(),
        row: "1".into(),
        number: ix.0.to_string(),
        zone: "zone".into(),
        zone_name: "Zone".into(),
        tier: "tier".into(),
        tier_name: "Adult".into(),
        price: Money::new(5_000, Currency::EUR),
        fee: Money::new(400, Currency::EUR),
        tax_rate: TaxRate::NONE,
        tax: Money::zero(Currency::EUR),
    };
    let id = Uuid::new_v4();
    NewOrder {
        id: OrderId(id),
        reservation: ReservationId(Uuid::new_v4()),
        number: id.simple().to_string(),
        event,
        hold: HoldId(Uuid::new_v4()),
        buyer_key: "bench".into(),
        token_digest: "bench".into(),
        fence: Fence { epoch: 1, seq: 1 },
        idempotency_key: "bench".into(),
        request_digest: "bench".into(),
        access_digest: id.to_string(),
        contact: Contact {
            name: "Bench".into(),
            email: "bench@example.org".into(),
            phone: None,
            text_me: false,
            remind_me: false,
        },
        currency: Currency::EUR,
        // Nobody's: the tickets of thousands are not drawn and mailed while something else is measured.
        policy: serde_json::json!({ "demo": true }),
        pay_before: clock::now() + TimeDelta::hours(1),
        lines: seats.iter().map(line).collect(),
    }
}
