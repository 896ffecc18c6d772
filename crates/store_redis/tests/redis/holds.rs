//! Holds against a real Redis: who wins, what expires, what a caller hears.

use crate::common::{World, load, plain_rules, token};
use domain::{
    hold::{AreaConflict, Fence, HoldOutcome, HoldRules, HoldState, SeatConflict},
    ids::{EventId, HoldId},
    seat::{AreaIx, SeatIx, SeatState},
};
use futures::future::join_all;
use store_redis::{ConvertOutcome, ExtendOutcome, HoldChange, ReleaseOutcome, SettleOutcome};
use uuid::Uuid;

fn seats(ixs: &[u32]) -> Vec<SeatIx> {
    ixs.iter().copied().map(SeatIx).collect()
}

#[tokio::test]
async fn two_hundred_concurrent_holds_for_one_seat_have_exactly_one_winner() {
    let world = World::plain(&[40], &[]).await;
    let requests = (0..200).map(|n| world.request(&format!("buyer-{n}"), &[17]));
    let outcomes = join_all(requests.map(|request| world.store.hold(request))).await;
    let (mut won, mut lost) = (0, 0);
    for outcome in outcomes {
        match outcome.unwrap() {
            HoldOutcome::Held(_) => won += 1,
            HoldOutcome::Unavailable { seats, .. } => {
                assert_eq!(seats, [SeatConflict { seat: SeatIx(17), state: SeatState::Held }]);
                lost += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((won, lost), (1, 199));
    assert_eq!(world.taken().await, "17:Held");
}

#[tokio::test]
async fn requests_of_one_batch_see_what_the_ones_before_them_took() {
    let world = World::plain(&[40], &[5]).await;
    let mut requests = vec![
        world.request("a", &[1, 2]),
        world.request("b", &[2, 3]),
        world.request("c", &[3, 30]),
        world.request("a", &[4, 5]),
        world.request("d", &[30]),
    ];
    requests[3].areas = vec![(AreaIx(0), 4)];
    requests[4].areas = vec![(AreaIx(0), 2)];
    requests.push(requests[0].clone());
    let outcomes = join_all(requests.into_iter().map(|request| world.store.hold(request))).await;
    let heard: Vec<_> = outcomes
        .into_iter()
        .map(|outcome| match outcome.unwrap() {
            HoldOutcome::Held(hold) => format!("held {}", hold.fence.seq),
            HoldOutcome::Repeated(hold) => format!("repeated {}", hold.fence.seq),
            HoldOutcome::Unavailable { seats, areas } => format!("no {} {}", seats.len(), areas.len()),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(heard, ["held 1", "no 1 0", "held 2", "held 3", "no 1 1", "repeated 1"]);
    assert_eq!(world.taken().await, "1:Held 2:Held 3:Held 4:Held 5:Held 30:Held");
}

#[tokio::test]
async fn an_expired_hold_is_free_at_once_without_a_sweeper() {
    let world = World::new(&load(&[40], &[4], HoldRules { seats_per_buyer_max: 4, ..plain_rules() })).await;
    let mut first = world.request("anna", &[7, 8]);
    first.areas = vec![(AreaIx(0), 2)];
    let HoldOutcome::Held(first) = world.store.hold(first).await.unwrap() else { panic!() };
    world.let_expire(first.id).await;
    // Its own buyer's cap, its seats and its places are all free again, for one and the same next request.
    let mut next = world.request("anna", &[8]);
    next.areas = vec![(AreaIx(0), 3)];
    let outcome = world.store.hold(next).await.unwrap();
    assert!(matches!(outcome, HoldOutcome::Held(_)), "{outcome:?}");
    assert_eq!(world.taken().await, "8:Held");
    assert_eq!(world.store.find(world.event, first.id).await.unwrap(), None);
}

#[tokio::test]
async fn an_expired_hold_can_neither_pay_nor_live_on() {
    let world = World::plain(&[40], &[]).await;
    let hold = world.held("anna", &[7]).await;
    world.let_expire(hold.id).await;
    let (store, event, token) = (&world.store, world.event, token(hold.id));
    assert_eq!(store.extend(event, hold.id, &token, None).await.unwrap(), ExtendOutcome::Gone);
    assert_eq!(store.convert(event, hold.id, &token, 60_000).await.unwrap(), ConvertOutcome::Gone);
    assert_eq!(store.release(event, hold.id, &token).await.unwrap(), ReleaseOutcome::Gone);
    assert_eq!(store.of_buyer(event, "anna").await.unwrap(), None);
    let change = HoldChange { token_digest: token, add_seats: seats(&[9]), ..HoldChange::default() };
    assert_eq!(store.change(event, hold.id, &change).await.unwrap(), HoldOutcome::Expired);
    assert_eq!(world.taken().await, "");
}

#[tokio::test]
async fn two_thousand_expired_holds_in_the_way_do_not_matter() {
    let world = World::plain(&[2_100], &[]).await;
    let holds = join_all((0..2_000).map(|n| {
        let request = world.request(&format!("b{n}"), &[n]);
        let world = &world;
        async move { world.store.hold(request).await.unwrap() }
    }))
    .await;
    for outcome in holds {
        let HoldOutcome::Held(hold) = outcome else { panic!("{outcome:?}") };
        world.let_expire(hold.id).await;
    }
    let hold = world.held("anna", &[1_999]).await;
    assert_eq!(world.taken().await, "1999:Held");
    assert_eq!(hold.seats, seats(&[1_999]));
}

#[tokio::test]
async fn an_area_never_goes_below_zero() {
    let world = World::plain(&[], &[30]).await;
    let outcomes = join_all((0..40).map(|n| {
        let mut request = world.request(&format!("b{n}"), &[]);
        request.areas = vec![(AreaIx(0), 1 + n % 4)];
        world.store.hold(request)
    }))
    .await;
    let held: u32 = outcomes
        .into_iter()
        .filter_map(|outcome| match outcome.unwrap() {
            HoldOutcome::Held(hold) => Some(hold.areas[0].1),
            HoldOutcome::Unavailable { areas, .. } => {
                assert_eq!(areas[0].area, AreaIx(0));
                None
            }
            other => panic!("{other:?}"),
        })
        .sum();
    let snapshot = world.store.snapshot(world.event).await.unwrap().unwrap();
    assert_eq!(held + snapshot.areas[0].1, 30);
    let mut unknown = world.request("x", &[]);
    unknown.areas = vec![(AreaIx(7), 1)];
    let expected = HoldOutcome::Unavailable {
        seats: vec![],
        areas: vec![AreaConflict { area: AreaIx(7), available: 0 }],
    };
    assert_eq!(world.store.hold(unknown).await.unwrap(), expected);
}

#[tokio::test]
async fn the_same_request_has_one_effect_and_another_under_its_name_is_refused() {
    let world = World::plain(&[40], &[]).await;
    let request = world.request("anna", &[7]);
    let HoldOutcome::Held(hold) = world.store.hold(request.clone()).await.unwrap() else { panic!() };
    let HoldOutcome::Repeated(again) = world.store.hold(request.clone()).await.unwrap() else { panic!() };
    assert_eq!((again.id, again.fence, again.expires_ms), (hold.id, hold.fence, hold.expires_ms));
    let other = domain::hold::HoldRequest { request_digest: "other".to_owned(), ..request.clone() };
    assert_eq!(world.store.hold(other).await.unwrap(), HoldOutcome::Mismatch);
    // Also when the hold has ended meanwhile: no second one is made.
    let released = world.store.release(world.event, hold.id, &token(hold.id)).await.unwrap();
    assert_eq!(released, ReleaseOutcome::Released);
    assert_eq!(world.store.hold(request).await.unwrap(), HoldOutcome::Expired);
    assert_eq!(world.taken().await, "");
}

#[tokio::test]
async fn seats_outside_the_plan_are_blocked() {
    let world = World::plain(&[37], &[]).await;
    for ix in [37, 47, 48, 4_000_000] {
        let outcome = world.store.hold(world.request("anna", &[ix])).await.unwrap();
        let conflict = SeatConflict { seat: SeatIx(ix), state: SeatState::Blocked };
        assert_eq!(outcome, HoldOutcome::Unavailable { seats: vec![conflict], areas: vec![] });
    }
    assert_eq!(world.taken().await, "");
}

#[tokio::test]
async fn caps_count_what_a_hold_and_what_a_buyer_has() {
    let rules = HoldRules { seats_per_hold_max: 3, seats_per_buyer_max: 4, ..plain_rules() };
    let world = World::new(&load(&[40], &[9], rules)).await;
    let over = world.store.hold(world.request("anna", &[1, 2, 3, 4])).await.unwrap();
    assert_eq!(over, HoldOutcome::LimitExceeded { max: 3 });
    world.held("anna", &[1, 2, 3]).await;
    let mut second = world.request("anna", &[5]);
    second.areas = vec![(AreaIx(0), 1)];
    assert_eq!(world.store.hold(second).await.unwrap(), HoldOutcome::LimitExceeded { max: 4 });
    world.held("anna", &[5]).await;
    world.held("berta", &[6, 7]).await;
}

#[tokio::test]
async fn no_single_seat_is_left_unless_the_request_is_lenient() {
    let world = World::new(&load(&[18, 22], &[], HoldRules::default())).await;
    let single = world.store.hold(world.request("anna", &[1, 2])).await.unwrap();
    assert_eq!(single, HoldOutcome::SingleSeats(seats(&[0])));
    // Across the border of two words, up to the end of the row.
    let single = world.store.hold(world.request("anna", &[15, 16])).await.unwrap();
    assert_eq!(single, HoldOutcome::SingleSeats(seats(&[17])));
    world.held("anna", &[18, 19]).await;
    let lenient = domain::hold::HoldRequest { lenient: true, ..world.request("berta", &[1]) };
    assert!(matches!(world.store.hold(lenient).await.unwrap(), HoldOutcome::Held(_)));
}

#[tokio::test]
async fn a_tap_adds_a_seat_a_second_tap_gives_it_back_and_the_deadline_stays() {
    let world = World::plain(&[40], &[5]).await;
    let hold = world.held("anna", &[7]).await;
    world.held("berta", &[9]).await;
    let change = |add: &[u32], remove: &[u32]| HoldChange {
        token_digest: token(hold.id),
        add_seats: seats(add),
        remove_seats: seats(remove),
        ..HoldChange::default()
    };
    let apply = async |change: HoldChange| world.store.change(world.event, hold.id, &change).await.unwrap();
    let HoldOutcome::Held(two) = apply(change(&[8], &[])).await else { panic!() };
    assert_eq!((two.seats, two.expires_ms), (seats(&[7, 8]), hold.expires_ms));
    // All or nothing: what is given back stays when what is wanted is not free.
    assert!(matches!(apply(change(&[9], &[8])).await, HoldOutcome::Unavailable { .. }));
    assert_eq!(world.taken().await, "7:Held 8:Held 9:Held");
    let areas =
        HoldChange { add_areas: vec![(AreaIx(0), 3)], payload: Some("tiers".into()), ..change(&[20], &[7]) };
    let HoldOutcome::Held(three) = apply(areas).await else { panic!() };
    assert_eq!(
        (three.seats, three.areas, three.payload.as_str()),
        (seats(&[8, 20]), vec![(AreaIx(0), 3)], "tiers")
    );
    assert_eq!(world.store.of_buyer(world.event, "anna").await.unwrap().unwrap().seats, seats(&[8, 20]));
    let HoldOutcome::Held(none) =
        apply(HoldChange { remove_areas: vec![(AreaIx(0), 3)], ..change(&[], &[8, 20]) }).await
    else {
        panic!()
    };
    assert!(none.seats.is_empty() && none.areas.is_empty());
    assert_eq!(apply(change(&[8], &[])).await, HoldOutcome::Expired);
    assert_eq!(world.taken().await, "9:Held");
}

#[tokio::test]
async fn a_stranger_can_do_nothing_to_a_hold() {
    let world = World::plain(&[40], &[]).await;
    let hold = world.held("anna", &[7]).await;
    let stranger = token(HoldId(Uuid::new_v4()));
    let (store, event) = (&world.store, world.event);
    assert_eq!(store.extend(event, hold.id, &stranger, None).await.unwrap(), ExtendOutcome::Gone);
    assert_eq!(store.release(event, hold.id, &stranger).await.unwrap(), ReleaseOutcome::Gone);
    assert_eq!(store.convert(event, hold.id, &stranger, 1).await.unwrap(), ConvertOutcome::Gone);
    let change = HoldChange { token_digest: stranger, remove_seats: seats(&[7]), ..HoldChange::default() };
    assert_eq!(store.change(event, hold.id, &change).await.unwrap(), HoldOutcome::Expired);
    assert_eq!(world.taken().await, "7:Held");
}

#[tokio::test]
async fn extensions_are_counted_and_the_payment_window_comes_once() {
    let rules = HoldRules { extensions_max: 2, ..plain_rules() };
    let world = World::new(&load(&[40], &[], rules)).await;
    let hold = world.held("anna", &[7]).await;
    let extend =
        async |window| world.store.extend(world.event, hold.id, &token(hold.id), window).await.unwrap();
    for n in 1..=2 {
        let ExtendOutcome::Extended(longer) = extend(None).await else { panic!() };
        assert_eq!((longer.extensions, longer.expires_ms), (n, longer.now_ms + rules.hold_ttl_ms));
    }
    assert!(matches!(extend(None).await, ExtendOutcome::LimitReached(_)));
    let ExtendOutcome::Extended(paying) = extend(Some(1_800_000)).await else { panic!() };
    assert_eq!(paying.expires_ms, paying.now_ms + 1_800_000);
    let ExtendOutcome::Extended(again) = extend(Some(9_000_000)).await else { panic!() };
    assert_eq!(again.expires_ms, paying.expires_ms);
}

#[tokio::test]
async fn a_hold_lives_no_longer_than_its_whole_life() {
    let rules =
        HoldRules { extensions_max: 100, hold_ttl_ms: 60_000, lifetime_max_ms: 60_000, ..plain_rules() };
    let world = World::new(&load(&[40], &[], rules)).await;
    let hold = world.held("anna", &[7]).await;
    let outcome = world.store.extend(world.event, hold.id, &token(hold.id), None).await.unwrap();
    assert!(matches!(outcome, ExtendOutcome::LimitReached(still) if still.expires_ms == hold.expires_ms));
}

#[tokio::test]
async fn a_reserved_hold_stays_until_it_is_settled() {
    let world = World::plain(&[40], &[5]).await;
    let mut request = world.request("anna", &[7, 8]);
    request.areas = vec![(AreaIx(0), 2)];
    let HoldOutcome::Held(hold) = world.store.hold(request).await.unwrap() else { panic!() };
    let (store, event, token) = (&world.store, world.event, token(hold.id));
    let ConvertOutcome::Done(reserved) = store.convert(event, hold.id, &token, 1).await.unwrap() else {
        panic!()
    };
    assert_eq!((reserved.state, reserved.fence), (HoldState::Reserved, Fence { epoch: world.epoch, seq: 1 }));
    // Its deadline is the caller's to watch: no sweep frees it, no release, no change.
    while store.sweep(event, 100).await.unwrap().now_ms <= reserved.expires_ms {}
    assert_eq!(store.release(event, hold.id, &token).await.unwrap(), ReleaseOutcome::InCheckout);
    let change =
        HoldChange { token_digest: token.clone(), remove_seats: seats(&[7]), ..HoldChange::default() };
    assert_eq!(store.change(event, hold.id, &change).await.unwrap(), HoldOutcome::InCheckout);
    assert_eq!(world.taken().await, "7:Held 8:Held");
    // Sold once, twice, and never free again by a late word.
    for sold in [true, true, false] {
        assert_eq!(store.settle(event, hold.id, &seats(&[7, 8]), sold).await.unwrap(), SettleOutcome::Done);
    }
    assert_eq!(world.taken().await, "7:Sold 8:Sold");
    assert_eq!(store.snapshot(event).await.unwrap().unwrap().areas, [(AreaIx(0), 3)]);
    assert_eq!(store.find(event, hold.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_reservation_that_ends_without_tickets_frees_its_seats_once() {
    let world = World::plain(&[40], &[]).await;
    let hold = world.held("anna", &[7]).await;
    let (store, event) = (&world.store, world.event);
    store.convert(event, hold.id, &token(hold.id), 1_000).await.unwrap();
    store.settle(event, hold.id, &seats(&[7]), false).await.unwrap();
    world.held("berta", &[7]).await;
    store.settle(event, hold.id, &seats(&[7]), false).await.unwrap();
    assert_eq!(world.taken().await, "7:Held");
}

#[tokio::test]
async fn seats_sold_without_a_record_are_sold_and_no_late_hold_frees_them() {
    let world = World::plain(&[40], &[]).await;
    let late = world.held("berta", &[7, 8]).await;
    let lost = HoldId(Uuid::new_v4());
    world.store.settle(world.event, lost, &seats(&[7]), true).await.unwrap();
    world.store.release(world.event, late.id, &token(late.id)).await.unwrap();
    assert_eq!(world.taken().await, "7:Sold");
}

#[tokio::test]
async fn an_event_that_redis_does_not_know_says_so() {
    let world = World::plain(&[40], &[]).await;
    let hold = world.held("anna", &[7]).await;
    let (store, token) = (&world.store, token(hold.id));
    for event in [world.event, EventId(Uuid::new_v4())] {
        store.unload_event(event).await.unwrap();
        let request = crate::common::request(event, "anna", &[8]);
        assert_eq!(store.hold(request).await.unwrap(), HoldOutcome::NotLoaded);
        assert_eq!(store.extend(event, hold.id, &token, None).await.unwrap(), ExtendOutcome::NotLoaded);
        assert_eq!(store.convert(event, hold.id, &token, 1).await.unwrap(), ConvertOutcome::NotLoaded);
        assert_eq!(store.release(event, hold.id, &token).await.unwrap(), ReleaseOutcome::NotLoaded);
        assert_eq!(store.settle(event, hold.id, &seats(&[7]), true).await.unwrap(), SettleOutcome::NotLoaded);
        assert_eq!(store.snapshot(event).await.unwrap(), None);
        assert_eq!(store.find(event, hold.id).await.unwrap(), None);
        assert_eq!(store.deltas_since(event, world.epoch, 0).await.unwrap(), None);
        assert_eq!(store.sweep(event, 10).await.unwrap().freed, 0);
    }
}
