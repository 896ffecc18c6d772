//! Random command sequences: the tables and their model in `simulate` give the same answers and end in the same states.

use crate::world::*;
use domain::{
    ids::{HoldId, PaymentId, RefundId, TicketId},
    money::Money,
    order::Ending,
    payment, refund,
    seat::SeatIx,
};
use proptest::{prelude::*, test_runner::Config};
use simulate::tables::{self, Claim, PRICE, Refused, Tables};
use store_pg::{
    StoreError,
    orders::{Order, commit},
    payments::{Begun, Closing, PaymentKind},
    refunds::{RefundNews, request::RefundAsk},
    reservations::release,
    tickets::TicketState,
};
use uuid::Uuid;

/// What a ticket costs in [`World`], for each [`PRICE`] of the model.
const MINOR: i64 = 4_500;
const CAPACITY: u32 = 30;

#[derive(Clone, Debug)]
enum Command {
    Place { hold: u32, key: u32, first: u32, seats: u32, places: u32 },
    Begin { at: usize, hosted: bool },
    Opened { at: usize },
    Processing { at: usize },
    Close { at: usize, failed: bool },
    Commit { at: usize, late: bool },
    Release { at: usize, ending: bool },
    Surplus { at: usize },
    Return { at: usize, tickets: Option<Vec<usize>> },
    News { at: usize, fact: u8 },
}

fn command() -> impl Strategy<Value = Command> {
    let at = || 0_usize..4;
    prop_oneof![
        6 => (0_u32..5, 0_u32..2, 0_u32..5, 0_u32..3, 0_u32..14).prop_map(
            |(hold, key, first, seats, places)| Command::Place { hold, key, first, seats, places }),
        6 => (at(), any::<bool>()).prop_map(|(at, hosted)| Command::Begin { at, hosted }),
        3 => at().prop_map(|at| Command::Opened { at }),
        2 => at().prop_map(|at| Command::Processing { at }),
        4 => (at(), any::<bool>()).prop_map(|(at, failed)| Command::Close { at, failed }),
        8 => (at(), any::<bool>()).prop_map(|(at, late)| Command::Commit { at, late }),
        5 => (at(), any::<bool>()).prop_map(|(at, ending)| Command::Release { at, ending }),
        3 => at().prop_map(|at| Command::Surplus { at }),
        4 => (at(), prop::option::of(prop::collection::vec(0_usize..4, 1..3))).prop_map(
            |(at, tickets)| Command::Return { at, tickets }),
        3 => (at(), 0_u8..3).prop_map(|(at, fact)| Command::News { at, fact }),
    ]
}

struct Pair {
    world: World,
    model: Tables,
    orders: Vec<Order>,
}

fn payment_id(order: usize, attempt: u32) -> PaymentId {
    PaymentId(Uuid::from_u128(1_000 * order as u128 + u128::from(attempt)))
}

/// The kind of an error, in the model's words.
fn refused(error: &StoreError) -> Refused {
    match error {
        StoreError::SeatTaken { .. } | StoreError::AreaFull { .. } => Refused::Taken,
        StoreError::PaymentOpen => Refused::PaymentOpen,
        StoreError::AmountMismatch => Refused::Amount,
        StoreError::Missing { .. } => Refused::Missing,
        StoreError::WrongState { .. } => Refused::WrongState,
        other => panic!("{other:?}"),
    }
}

impl Pair {
    async fn new() -> Self {
        Self { world: World::new().await, model: Tables::new(CAPACITY, None), orders: Vec::new() }
    }

    /// One of the newest orders.
    fn pick(&self, at: usize) -> Option<(usize, u32)> {
        let number = self.orders.len().checked_sub(1 + at)?;
        let newest = self.model.orders[number].attempts.keys().last().copied();
        Some((number, newest.unwrap_or(1)))
    }

    async fn run(&mut self, command: &Command) {
        match command {
            Command::Place { hold, key, first, seats, places } => {
                self.place(*hold, *key, *first, *seats, *places).await
            }
            Command::Begin { at, hosted } => self.begin(*at, *hosted).await,
            Command::Opened { at } => {
                let Some((n, attempt)) = self.pick(*at) else { return };
                let id = payment_id(n, attempt);
                let real = self.world.store().payment_opened(id, None, None, None, &test_cause()).await;
                let number = u32::try_from(n).unwrap();
                assert_eq!(real.map_err(|e| refused(&e)), self.model.opened(number, attempt));
            }
            Command::Processing { at } => {
                let Some((n, attempt)) = self.pick(*at) else { return };
                let number = u32::try_from(n).unwrap();
                let told = self.model.payment(number, attempt, payment::Fact::Processing);
                let real = self.world.store().payment_processing(payment_id(n, attempt), &test_cause()).await;
                // What is not there is not changed.
                assert_eq!(real.unwrap(), told.unwrap_or(false));
            }
            Command::Close { at, failed } => self.close(*at, *failed).await,
            Command::Commit { at, late } => self.commit(*at, *late).await,
            Command::Release { at, ending } => self.release(*at, *ending).await,
            Command::Surplus { at } => {
                let Some((n, attempt)) = self.pick(*at) else { return };
                let told = self.model.surplus(u32::try_from(n).unwrap(), attempt);
                let id = payment_id(n, attempt);
                let real = self.world.store().mark_surplus(id, None, &test_cause()).await.unwrap();
                assert_eq!(real, told.unwrap_or(false));
            }
            Command::Return { at, tickets } => self.give_back(*at, tickets.as_deref()).await,
            Command::News { at, fact } => self.news(*at, *fact).await,
        }
    }

    async fn place(&mut self, hold: u32, key: u32, first: u32, seats: u32, places: u32) {
        let seats: Vec<u32> = (first..first + seats).collect();
        if seats.is_empty() && places == 0 {
            return;
        }
        let mut request = self.world.request(&seats, places);
        request.hold = HoldId(Uuid::from_u128(u128::from(hold) + 1));
        request.idempotency_key = format!("key-{key}");
        let real = self.world.store().place_order(&request, &test_cause()).await;
        let told = self.model.place(hold, key, &seats, places, 0);
        match (real, told) {
            (Ok(placed), Ok((number, repeated))) => {
                assert_eq!(placed.repeated, repeated);
                if repeated {
                    assert_eq!(placed.order.id, self.orders[number as usize].id);
                } else {
                    self.orders.push(placed.order);
                }
            }
            (Err(error), Err(told)) => assert_eq!(refused(&error), told),
            (real, told) => panic!("{real:?} / {told:?}"),
        }
    }

    async fn begin(&mut self, at: usize, hosted: bool) {
        let Some((n, newest)) = self.pick(at) else { return };
        let attempt = if self.model.orders[n].attempts.is_empty() { 1 } else { newest + 1 };
        let kind = if hosted { PaymentKind::Hosted } else { PaymentKind::Direct };
        let (id, order) = (payment_id(n, attempt), self.orders[n].id);
        let real = self.world.store().begin_payment(id, order, kind, &test_cause()).await;
        let real = real.map_err(|e| refused(&e)).map(|begun| match begun {
            Begun::New(p) => (p.id, true),
            Begun::Live(p) => (p.id, false),
        });
        let told = self.model.begin(u32::try_from(n).unwrap(), attempt, hosted);
        assert_eq!(real, told.map(|(attempt, new)| (payment_id(n, attempt), new)));
    }

    async fn close(&mut self, at: usize, failed: bool) {
        let Some((n, attempt)) = self.pick(at) else { return };
        let (closing, fact) = if failed {
            (Closing::Failed("card_declined"), payment::Fact::Failed)
        } else {
            (Closing::Expired, payment::Fact::Closed)
        };
        let real = self.world.store().close_payment(payment_id(n, attempt), closing, &test_cause()).await;
        let told = self.model.payment(u32::try_from(n).unwrap(), attempt, fact);
        assert_eq!(real.map_err(|e| refused(&e)), told);
    }

    async fn commit(&mut self, at: usize, late: bool) {
        let Some((n, attempt)) = self.pick(at) else { return };
        let mut capture = capture(&self.orders[n], payment_id(n, attempt));
        capture.payment.as_mut().unwrap().intent = None;
        let (store, number) = (self.world.store(), u32::try_from(n).unwrap());
        let (real, told) = if late {
            (store.commit_late(&capture, &test_cause()).await, self.model.commit_late(number, Some(attempt)))
        } else {
            (store.commit_captured(&capture, &test_cause()).await, self.model.commit(number, Some(attempt)))
        };
        let real = real.map_err(|e| refused(&e)).map(|done| match done {
            commit::Commit::Issued(_) => tables::Commit::Issued,
            commit::Commit::Already { .. } => tables::Commit::Already,
            commit::Commit::Late(_) => tables::Commit::Late,
        });
        assert_eq!(real, told);
    }

    async fn release(&mut self, at: usize, ending: bool) {
        let Some((n, _)) = self.pick(at) else { return };
        let ending = if ending { Ending::Expired } else { Ending::Cancelled };
        let real = self.world.store().release_order(self.orders[n].id, ending, &test_cause()).await;
        let real = real.map_err(|e| refused(&e)).map(|done| match done {
            release::Release::Freed { .. } => tables::Release::Freed,
            release::Release::Already => tables::Release::Already,
            release::Release::Completed => tables::Release::Completed,
        });
        assert_eq!(real, self.model.release(u32::try_from(n).unwrap(), ending));
    }

    async fn give_back(&mut self, at: usize, tickets: Option<&[usize]>) {
        let Some((n, _)) = self.pick(at) else { return };
        let stored = self.world.store().tickets_of_order(self.orders[n].id).await.unwrap();
        let id = |at: &usize| stored.get(*at).map_or(TicketId(Uuid::nil()), |ticket| ticket.id);
        let name =
            RefundId(Uuid::from_u128(u128::from(simulate::tables::back::DRAWN_FROM + self.model.names)));
        let ask = RefundAsk {
            id: name,
            order: self.orders[n].id,
            tickets: tickets.map(|tickets| tickets.iter().map(id).collect()),
            approved: true,
        };
        let real = self.world.store().request_refund(&ask, &test_cause()).await;
        let told = self.model.request_refund(u32::try_from(n).unwrap(), tickets);
        match (real, told) {
            (Ok(real), Ok(told)) => {
                assert_eq!(real.repeated, told.repeated);
                assert_eq!(real.returned.is_some(), !told.repeated);
                if !told.repeated {
                    let drawn = told.refund.map(|name| RefundId(Uuid::from_u128(u128::from(name))));
                    assert_eq!(real.refund.map(|r| r.id), drawn);
                }
            }
            (Err(error), Err(told)) => assert_eq!(refused(&error), told),
            (real, told) => panic!("{real:?} / {told:?}"),
        }
    }

    async fn news(&mut self, at: usize, fact: u8) {
        let Some((n, _)) = self.pick(at) else { return };
        let Some((&name, known)) = self.model.orders[n].refunds.iter().next_back() else { return };
        let fact = [refund::Fact::Sent, refund::Fact::Succeeded, refund::Fact::Failed][usize::from(fact)];
        let payment = payment_id(n, known.attempt);
        let id = if name < tables::back::DRAWN_FROM { payment.0 } else { Uuid::from_u128(u128::from(name)) };
        let reference = format!("re_{id}");
        let news = RefundNews {
            id: RefundId(id),
            reference: Some(&reference),
            payment,
            amount: Money::new(1, self.orders[n].total.currency),
            fact,
            failure: None,
        };
        let real = self.world.store().record_refund(&news, &test_cause()).await.map_err(|e| refused(&e));
        assert_eq!(real, self.model.record_refund(u32::try_from(n).unwrap(), name, fact));
    }

    /// Both sides stand alike.
    async fn same(&self) {
        let store = self.world.store();
        for (n, (order, model)) in self.orders.iter().zip(&self.model.orders).enumerate() {
            let real = store.order_by_id(order.id).await.unwrap().unwrap();
            let name = |value: serde_json::Value| value.as_str().unwrap().to_owned();
            let axes = [
                serde_json::to_value(real.status),
                serde_json::to_value(real.payment_status),
                serde_json::to_value(real.refund_status),
            ];
            let axes = axes.map(|axis| name(axis.unwrap()));
            let told = [model.status.name(), model.payment.name(), model.refund.name()];
            assert_eq!(axes, told.map(str::to_owned), "order {n}");
            let payments = store.payments_of_order(order.id).await.unwrap();
            let mut real: Vec<_> = payments.iter().map(|p| (p.id, payment::State::from(p.state))).collect();
            real.sort_unstable();
            let told: Vec<_> =
                model.attempts.iter().map(|(a, p)| (payment_id(n, *a), p.payment.state)).collect();
            assert_eq!(real, told, "order {n}");
            let tickets = store.tickets_of_order(order.id).await.unwrap();
            let real: Vec<_> = tickets.iter().map(|t| (t.seat, t.state == TicketState::Issued)).collect();
            let told: Vec<_> = model.tickets.iter().map(|t| (t.seat.map(SeatIx), t.good)).collect();
            assert_eq!(real, told, "order {n}");
            let mut real: Vec<_> = store.refunds_of_order(order.id).await.unwrap();
            real.sort_by_key(|r| r.id);
            let mut told: Vec<_> =
                model.refunds.values().map(|r| (r.amount / PRICE * MINOR, r.state)).collect();
            let mut real: Vec<_> = real.iter().map(|r| (r.amount.minor, r.state)).collect();
            real.sort_unstable();
            told.sort_unstable();
            assert_eq!(real, told, "order {n}");
        }
        let claims = store.claims(self.world.event).await.unwrap();
        let of = |claim: Claim| {
            let orders = self.model.orders.iter().filter(move |o| o.claim == claim);
            let mut seats: Vec<SeatIx> = orders.flat_map(|o| o.active.iter().map(|ix| SeatIx(*ix))).collect();
            seats.sort_unstable();
            seats
        };
        let mut pending: Vec<SeatIx> = claims.pending.iter().flat_map(|p| p.seats.clone()).collect();
        pending.sort_unstable();
        assert_eq!((claims.sold, pending), (of(Claim::Committed), of(Claim::Pending)));
        let places: u32 = self.model.orders.iter().map(|o| o.active_places).sum();
        assert_eq!(claims.areas[0].claimed, places);
    }
}

#[test]
fn the_tables_do_what_the_model_says() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases: 40, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    proptest!(config, |(commands in prop::collection::vec(command(), 20..60))| {
        runtime.block_on(async {
            let mut pair = Pair::new().await;
            for command in &commands {
                pair.run(command).await;
            }
            pair.same().await;
        });
    });
}
