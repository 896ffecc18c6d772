use super::{GeometryError, decode, decode_drawing, encode};
use domain::{
    plan::{Plan, generate, import, source},
    seat::SeatIx,
};
use proptest::prelude::*;

fn demo(kind: generate::Kind, seed: u64) -> Plan {
    import::parse(generate::generate(kind, seed).as_bytes()).unwrap()
}

#[test]
fn every_demo_plan_survives_its_asset_exactly() {
    for kind in generate::Kind::ALL {
        let plan = demo(kind, 7);
        let bytes = encode(&plan);
        assert_eq!(bytes, encode(&plan), "{}", kind.name());
        assert!(decode(&bytes).unwrap() == plan, "{}", kind.name());
    }
}

#[test]
fn a_plan_whose_seats_are_all_written_out_survives_its_asset_exactly() {
    let plan = demo(generate::Kind::Theatre, 3);
    let text = serde_json::to_string(&source::export(&plan)).unwrap();
    let written_out = import::parse(text.as_bytes()).unwrap();
    assert!(written_out.rows.iter().all(|row| row.path.is_none()));
    assert!(decode(&encode(&written_out)).unwrap() == written_out);
}

/// Version 1 did not say which outlines are wedges: their seats are looked at again, with the same outcome. Before
/// version 3 no door had a name.
#[test]
fn an_asset_of_the_first_version_is_the_same_plan() {
    let mut plan = demo(generate::Kind::Stadium, 5);
    let bytes = encode(&plan);
    assert!(decode(&bytes).unwrap().sections.iter().all(|section| section.gate.is_some()));
    let [first, second] = [1, 2].map(|version| super::write::encode_as(&plan, version));
    assert_eq!((first[0], second[0], bytes[0]), (1, 2, 3));
    assert_ne!(first[1..], second[1..], "the stadium has wedges");
    plan.sections.iter_mut().for_each(|section| section.gate = None);
    assert!(decode(&first).unwrap() == plan);
    assert!(decode(&second).unwrap() == plan);
}

#[test]
fn a_plan_read_for_drawing_tells_the_same_numbers() {
    for kind in generate::Kind::ALL {
        let plan = demo(kind, 7);
        let drawing = decode_drawing(&encode(&plan)).unwrap();
        for (ix, seat) in (0..).map(SeatIx).zip(&plan.seats) {
            assert_eq!(drawing.number_of(ix), seat.number, "{}", kind.name());
            assert_eq!(plan.number_of(ix), seat.number);
        }
        // Nothing else is different.
        let named = Plan { counting: Vec::new(), seats: plan.seats.clone(), ..drawing.clone() };
        assert!(named == plan, "{}", kind.name());
        assert!(drawing.seats.iter().zip(&plan.seats).all(|(a, b)| a.point() == b.point() && a.row == b.row));
    }
}

#[test]
fn the_stadium_is_small_even_before_compression() {
    let bytes = encode(&demo(generate::Kind::Stadium, 1));
    assert!(bytes.len() < 80_000, "{} bytes", bytes.len());
}

#[test]
fn other_versions_and_cut_bytes_are_refused() {
    let bytes = encode(&demo(generate::Kind::Club, 1));
    assert_eq!(decode(&[]), Err(GeometryError::CutOff));
    assert_eq!(decode(&[9]), Err(GeometryError::Version(9)));
    assert_eq!(decode(&[0]), Err(GeometryError::Version(0)));
    for end in 1..bytes.len() {
        assert!(decode(&bytes[..end]).is_err(), "{end}");
    }
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(decode(&longer), Err(GeometryError::TooLong));
}

proptest! {
    #[test]
    fn random_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = (decode(&bytes), decode_drawing(&bytes));
        if let Some(first) = bytes.first_mut() {
            *first = super::VERSION;
        }
        let _ = (decode(&bytes), decode_drawing(&bytes));
    }

    #[test]
    fn changed_bytes_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        static HALL: std::sync::LazyLock<Vec<u8>> =
            std::sync::LazyLock::new(|| encode(&demo(generate::Kind::Hall, 1)));
        let mut bytes = HALL.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(plan) = decode(&bytes) {
            let _ = encode(&plan);
        }
    }
}
