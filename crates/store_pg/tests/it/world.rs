//! One small event in a database of its own: 40 seats in one zone, a standing area of 30.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    hold::{Fence, HoldRules},
    ids::*,
    money::{Currency, Money},
    seat::{AreaIx, SeatIx},
    tax::{TaxRate, contained},
};
use serde_json::json;
use store_pg::{
    PgStore,
    audit::Cause,
    catalogue::{EventArea, EventStatus, Tier, Venue, Zone, write::NewEvent},
    orders::{
        Contact, Order, OrderLine, Place,
        commit::{Capture, CapturedPayment},
        place::NewOrder,
    },
    organizers::HOUSE,
    payments::{Begun, PaymentKind},
    plans::NewPlan,
    testing::TestDb,
    tickets::NewTicket,
};
use uuid::Uuid;

pub const FLOOR: AreaIx = AreaIx(0);

pub fn now() -> DateTime<Utc> {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

pub fn test_cause() -> Cause<'static> {
    Cause::by("test", now())
}

pub struct World {
    pub db: TestDb,
    pub event: EventId,
    pub venue: VenueId,
    pub plan: PlanId,
}

pub fn venue(slug: &str, name: &str, city: &str) -> Venue {
    Venue {
        id: VenueId(Uuid::new_v4()),
        slug: slug.into(),
        name: name.into(),
        city: city.into(),
        country: "DE".into(),
        timezone: "Europe/Berlin".into(),
        address: "1 Test Street".into(),
        position: Some((52.5, 13.4)),
    }
}

pub fn zone(id: &str, tiers: &[(&str, i64, i64)]) -> Zone {
    let tiers = tiers.iter().map(|(tier, price, fee)| Tier {
        id: TierId(format!("{id}-{tier}")),
        zone: ZoneId(id.into()),
        name: (*tier).into(),
        price: Money::new(*price, Currency::EUR),
        fee: Money::new(*fee, Currency::EUR),
        valid_from: None,
        valid_to: None,
    });
    Zone {
        id: ZoneId(id.into()),
        name: id.to_uppercase(),
        color: "#c8452f".into(),
        shape: "circle".into(),
        categories: vec![id.into()],
        tiers: tiers.collect(),
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with_connections(4).await
    }

    pub async fn with_connections(max: u32) -> Self {
        let db = TestDb::new(max).await.unwrap();
        let venue =
            db.store.upsert_venue(&venue("house", "The House", "Berlin"), &test_cause()).await.unwrap();
        let plan = NewPlan {
            id: PlanId(Uuid::new_v4()),
            name: "Small",
            source: r#"{"b": 1, "a": [1, 2]}"#,
            source_hash: "s1",
            geometry: b"geometry",
            geometry_hash: "g1",
            seats: 40,
            areas: 1,
        };
        let plan = db.store.insert_plan(&plan, &test_cause()).await.unwrap().id;
        let mut world = Self { db, event: EventId(Uuid::nil()), venue, plan };
        world.event =
            world.store().upsert_event(&world.new_event("hamlet", "Hamlet"), &test_cause()).await.unwrap();
        world
    }

    pub fn store(&self) -> &PgStore {
        &self.db.store
    }

    pub fn new_event(&self, slug: &str, name: &str) -> NewEvent {
        let starts_at = now() + TimeDelta::days(10);
        NewEvent {
            id: EventId(Uuid::new_v4()),
            slug: slug.into(),
            name: name.into(),
            subtitle: String::new(),
            description: "A demo.".into(),
            category: "theatre".into(),
            series: String::new(),
            organizer: HOUSE,
            tax_rate: TaxRate::new(700).ok(),
            venue: self.venue,
            plan: self.plan,
            starts_at,
            doors_at: starts_at - TimeDelta::hours(1),
            ends_at: starts_at + TimeDelta::hours(3),
            on_sale_at: now() - TimeDelta::days(10),
            off_sale_at: starts_at,
            status: EventStatus::Published,
            currency: Currency::EUR,
            rules: HoldRules::default(),
            poster_svg: "<svg/>".into(),
            zones: vec![zone("stalls", &[("adult", 4000, 500), ("child", 2000, 250)])],
            areas: vec![EventArea {
                ix: FLOOR,
                id: "floor".into(),
                name: "Floor".into(),
                zone: "stalls".into(),
                capacity: 30,
                claimed: 0,
            }],
            blocked: vec![SeatIx(39)],
        }
    }

    /// A request for seats and places of the floor.
    pub fn request(&self, seats: &[u32], places: u32) -> NewOrder {
        let line = |place: Place, place_id: String| OrderLine {
            id: OrderLineId(Uuid::new_v4()),
            place,
            place_id,
            section: "Stalls".into(),
            row: "A".into(),
            number: "1".into(),
            zone: "stalls".into(),
            zone_name: "Stalls".into(),
            tier: "stalls-adult".into(),
            tier_name: "Adult".into(),
            price: Money::new(4000, Currency::EUR),
            fee: Money::new(500, Currency::EUR),
            tax_rate: TaxRate::new(700).unwrap(),
            tax: Money::zero(Currency::EUR),
        };
        let seats = seats.iter().map(|&ix| line(Place::Seat(SeatIx(ix)), format!("A-{ix}")));
        let places = (0..places).map(|_| line(Place::Area(FLOOR), "floor".into()));
        let mut lines: Vec<OrderLine> = seats.chain(places).collect();
        let gross: Vec<_> =
            lines.iter().map(|line| (line.tax_rate, line.price.plus(line.fee).unwrap())).collect();
        for (line, tax) in lines.iter_mut().zip(contained(&gross).unwrap()) {
            line.tax = tax;
        }
        let id = Uuid::new_v4();
        NewOrder {
            id: OrderId(id),
            reservation: ReservationId(Uuid::new_v4()),
            number: id.simple().to_string(),
            event: self.event,
            hold: HoldId(Uuid::new_v4()),
            buyer_key: "buyer".into(),
            token_digest: "token".into(),
            fence: Fence { epoch: 1, seq: 7 },
            idempotency_key: "key".into(),
            request_digest: "digest".into(),
            access_digest: format!("access-{id}"),
            contact: Contact {
                name: "Ada".into(),
                email: "ada@example.org".into(),
                phone: None,
                text_me: false,
                remind_me: false,
            },
            currency: Currency::EUR,
            policy: json!({ "refund": "none" }),
            pay_before: now() + TimeDelta::minutes(15),
            lines,
        }
    }

    pub async fn place(&self, seats: &[u32], places: u32) -> Order {
        self.store().place_order(&self.request(seats, places), &test_cause()).await.unwrap().order
    }

    /// Begins a payment and makes the capture that the provider would report for it.
    pub async fn capture(&self, order: &Order) -> Capture {
        let id = PaymentId(Uuid::new_v4());
        let begun =
            self.store().begin_payment(id, order.id, PaymentKind::Hosted, &test_cause()).await.unwrap();
        let (Begun::New(payment) | Begun::Live(payment)) = begun;
        capture(order, payment.id)
    }

    /// A number that SQL answers, straight from the tables.
    pub async fn count(&self, sql: &'static str) -> i64 {
        use sqlx::Connection as _;
        let mut connection = sqlx::PgConnection::connect(&self.db.url).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    }
}

pub fn capture(order: &Order, payment: PaymentId) -> Capture {
    let tickets = order.lines.iter().map(|line| {
        let id = Uuid::new_v4();
        NewTicket { id: TicketId(id), line: line.id, code: format!("code-{id}") }
    });
    let payment = CapturedPayment { id: payment, intent: Some(format!("pi_{payment}")), amount: order.total };
    Capture { order: order.id, payment: Some(payment), tickets: tickets.collect() }
}
