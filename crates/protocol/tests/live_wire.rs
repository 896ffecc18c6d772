//! The live frames: golden bytes, round trips of both forms, and bytes that are no frame.

use domain::{
    ids::{AreaId, EventId},
    seat::{AreaIx, PackedStates, SeatIx, SeatState},
};
use proptest::prelude::*;
use protocol::live::{
    ClientMessage, Counters, Delta, Position, Refusal, ServerMessage, Snapshot, VERSION, WireError,
};
use std::collections::BTreeMap;

fn event() -> EventId {
    EventId(uuid::Uuid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The event's id as every frame carries it: its length, then its bytes.
const EVENT: &str = "1000112233445566778899aabbccddeeff";

fn snapshot() -> ServerMessage {
    let mut states = PackedStates::available(6);
    states.set(SeatIx(1), SeatState::Held);
    states.set(SeatIx(5), SeatState::Sold);
    ServerMessage::Snapshot(Snapshot {
        event: event(),
        epoch: 2,
        offset: 300,
        states,
        areas: vec![(AreaIx(1), 200)],
    })
}

fn delta() -> ServerMessage {
    let changes = vec![
        (SeatIx(300), SeatState::Held),
        (SeatIx(301), SeatState::Held),
        (SeatIx(302), SeatState::Available),
        (SeatIx(310), SeatState::Held),
        (SeatIx(5), SeatState::Sold),
    ];
    ServerMessage::Delta(Delta::new(event(), 2, (301, 303), changes, vec![(AreaIx(0), 7)]))
}

/// A change of these bytes is a change of the protocol: raise `VERSION` and rewrite `docs/protocol.md`.
#[test]
fn frames_are_these_bytes() {
    let counters = Counters { event: event(), epoch: 2, offset: 300, available: vec![0, 128] };
    let server = [
        (snapshot(), "01 00 EVENT 02 ac02 06 02 1020 01 01c801"),
        (delta(), "01 01 EVENT 02 ad02 02 01ae02 03ac020109 0105 00 01 0007"),
        (ServerMessage::Resync { event: event() }, "01 02 EVENT"),
        (ServerMessage::Counters(counters), "01 03 EVENT 02 ac02 02 008001"),
        (ServerMessage::Pong { client_ms: 1, server_ms: 2 }, "01 04 01 02"),
        (ServerMessage::Heartbeat { server_ms: 128 }, "01 05 8001"),
        (ServerMessage::Refused { event: event(), reason: Refusal::TooManyTopics }, "01 06 EVENT 01"),
    ];
    for (message, bytes) in server {
        let frame = message.encode().unwrap();
        assert_eq!(hex(&frame), bytes.replace("EVENT", EVENT).replace(' ', ""), "{message:?}");
        assert_eq!(ServerMessage::decode(&frame).unwrap(), message);
    }
    let since = Some(Position { epoch: 2, offset: 300 });
    let client = [
        (
            ClientMessage::Subscribe { event: event(), since, sections: Some(vec![0, 300]) },
            "01 00 EVENT 01 02 ac02 01 02 00 ac02",
        ),
        (ClientMessage::Subscribe { event: event(), since: None, sections: None }, "01 00 EVENT 00 00"),
        (ClientMessage::Unsubscribe { event: event() }, "01 01 EVENT"),
        (ClientMessage::Ping { client_ms: 1 }, "01 02 01"),
    ];
    for (message, bytes) in client {
        let frame = message.encode().unwrap();
        assert_eq!(hex(&frame), bytes.replace("EVENT", EVENT).replace(' ', ""), "{message:?}");
        assert_eq!(ClientMessage::decode(&frame).unwrap(), message);
    }
}

#[test]
fn the_text_form_is_the_one_of_the_contract() {
    let areas = [AreaId::from("floor"), AreaId::from("stand")];
    let id = event();
    let table = [
        (
            snapshot(),
            format!(
                r#"{{"t":"snapshot","event":"{id}","epoch":2,"offset":300,"statuses":"AAEAAAAC","areas":[["stand",200]]}}"#
            ),
        ),
        (
            delta(),
            format!(
                r#"{{"t":"delta","event":"{id}","epoch":2,"from":301,"offset":303,"changes":[[5,2],[300,1],[301,1],[302,0],[310,1]],"areas":[["floor",7]]}}"#
            ),
        ),
        (ServerMessage::Resync { event: id }, format!(r#"{{"t":"resync","event":"{id}"}}"#)),
    ];
    for (message, text) in table {
        assert_eq!(message.to_json(&areas).unwrap(), text);
        assert_eq!(ServerMessage::from_json(&text, &areas).unwrap(), message);
    }
    let subscribe = |since| ClientMessage::Subscribe { event: id, since, sections: None };
    let text = format!(r#"{{"t":"subscribe","event":"{id}","since":[2,300]}}"#);
    assert_eq!(ClientMessage::from_json(&text).unwrap(), subscribe(Some(Position { epoch: 2, offset: 300 })));
    let text = format!(r#"{{"t":"subscribe","event":"{id}","since":null}}"#);
    assert_eq!(ClientMessage::from_json(&text).unwrap(), subscribe(None));
    assert_eq!(subscribe(None).to_json().unwrap(), text);
    assert_eq!(delta().to_json(&[]), Err(WireError::UnknownArea));
}

#[test]
fn frames_that_lie_are_refused() {
    let good = hex(&delta().encode().unwrap());
    let bytes = |text: &str| -> Vec<u8> {
        (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
    };
    let decode = |text: &str| ServerMessage::decode(&bytes(text));
    assert_eq!(decode(""), Err(WireError::Version));
    assert_eq!(decode(&good.replacen("01", "02", 1)), Err(WireError::Version));
    assert_eq!(decode(&format!("{good}00")), Err(WireError::Malformed));
    // A seat twice in one group, a seat in two groups, a state string that is too short.
    let head = format!("0101{EVENT}020100");
    assert_eq!(decode(&format!("{head}020100000000 00").replace(' ', "")), Err(WireError::Malformed));
    assert_eq!(decode(&format!("{head}010101010000 00").replace(' ', "")), Err(WireError::Malformed));
    assert_eq!(decode(&format!("0100{EVENT}0201050100 00").replace(' ', "")), Err(WireError::Malformed));
    // More seats than any plan has.
    assert_eq!(decode(&format!("0100{EVENT}0201ffffff7f0000")), Err(WireError::TooLarge));
    let unsorted = Delta {
        event: event(),
        epoch: 1,
        from: 1,
        to: 1,
        changes: vec![(SeatIx(2), SeatState::Sold), (SeatIx(1), SeatState::Sold)],
        areas: vec![],
    };
    assert_eq!(ServerMessage::Delta(unsorted).encode(), Err(WireError::Malformed));
    let many = ClientMessage::Subscribe { event: event(), since: None, sections: Some(vec![0; 1_025]) };
    assert_eq!(ClientMessage::decode(&many.encode().unwrap()), Err(WireError::TooLarge));
}

#[test]
fn a_block_of_neighbours_costs_a_byte_a_seat() {
    let block = |len: u32| (40_000..40_000 + len).map(|ix| (SeatIx(ix), SeatState::Held)).collect();
    let bytes = |len| {
        ServerMessage::Delta(Delta::new(event(), 1, (1, 1), block(len), vec![])).encode().unwrap().len()
    };
    assert_eq!(bytes(51) - bytes(1), 50);
}

fn any_delta() -> impl Strategy<Value = Delta> {
    let changes = prop::collection::btree_map(0_u32..120_000, 0_u8..4, 0..60);
    let areas = prop::collection::btree_map(0_u16..2, any::<u32>(), 0..3);
    (any::<u64>(), 1_u64..u64::MAX / 2, 0_u64..1_000, changes, areas).prop_map(
        |(epoch, from, span, changes, areas)| {
            let changes = changes.into_iter().map(|(ix, bits)| (SeatIx(ix), SeatState::from_bits(bits)));
            let areas: BTreeMap<u16, u32> = areas;
            let areas = areas.into_iter().map(|(ix, left)| (AreaIx(ix), left));
            Delta::new(event(), epoch, (from, from + span), changes.collect(), areas.collect())
        },
    )
}

fn any_server_message() -> impl Strategy<Value = ServerMessage> {
    let states = prop::collection::vec(0_u8..4, 0..300).prop_map(|bits| {
        let mut states = PackedStates::available(bits.iter().map(|_| 1).sum());
        for (ix, bits) in (0..).zip(bits) {
            states.set(SeatIx(ix), SeatState::from_bits(bits));
        }
        states
    });
    prop_oneof![
        any_delta().prop_map(ServerMessage::Delta),
        (any::<u64>(), any::<u64>(), states, any::<u32>()).prop_map(|(epoch, offset, states, left)| {
            ServerMessage::Snapshot(Snapshot {
                event: event(),
                epoch,
                offset,
                states,
                areas: vec![(AreaIx(1), left)],
            })
        }),
        (any::<u64>(), any::<u64>(), prop::collection::vec(any::<u32>(), 0..20)).prop_map(
            |(epoch, offset, available)| {
                ServerMessage::Counters(Counters { event: event(), epoch, offset, available })
            }
        ),
        (any::<u64>(), any::<u64>())
            .prop_map(|(client_ms, server_ms)| ServerMessage::Pong { client_ms, server_ms }),
        any::<u64>().prop_map(|server_ms| ServerMessage::Heartbeat { server_ms }),
        Just(ServerMessage::Resync { event: event() }),
        Just(ServerMessage::Refused { event: event(), reason: Refusal::UnknownEvent }),
    ]
}

proptest! {
    #[test]
    fn both_forms_say_the_same(message in any_server_message()) {
        let areas = [AreaId::from("floor"), AreaId::from("stand")];
        prop_assert_eq!(&ServerMessage::decode(&message.encode().unwrap()).unwrap(), &message);
        prop_assert_eq!(&ServerMessage::from_json(&message.to_json(&areas).unwrap(), &areas).unwrap(), &message);
    }

    #[test]
    fn what_clients_say_comes_back(since in prop::option::of(any::<(u64, u64)>()), sections in prop::option::of(prop::collection::vec(any::<u16>(), 0..50))) {
        let message = ClientMessage::Subscribe { event: event(), since: since.map(Position::from), sections };
        prop_assert_eq!(&ClientMessage::decode(&message.encode().unwrap()).unwrap(), &message);
        prop_assert_eq!(&ClientMessage::from_json(&message.to_json().unwrap()).unwrap(), &message);
    }

    #[test]
    fn random_bytes_are_an_error_and_no_panic(kind in 0_u8..8, mut bytes in prop::collection::vec(any::<u8>(), 0..200), cut in any::<bool>()) {
        let mut frame = vec![VERSION, kind, 16];
        if cut { frame.clear(); }
        frame.append(&mut bytes);
        let _ = ServerMessage::decode(&frame);
        let _ = ClientMessage::decode(&frame);
        let text = String::from_utf8_lossy(&frame);
        let _ = (ServerMessage::from_json(&text, &[]), ClientMessage::from_json(&text));
    }

    #[test]
    fn a_damaged_frame_is_an_error_or_another_message(message in any_server_message(), at in any::<prop::sample::Index>(), bits in 1_u8..) {
        let mut frame = message.encode().unwrap();
        let at = at.index(frame.len());
        frame[at] ^= bits;
        if let Ok(other) = ServerMessage::decode(&frame) {
            prop_assert!(other != message || matches!(message, ServerMessage::Snapshot(_)));
        }
    }
}
