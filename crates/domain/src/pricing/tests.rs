use super::*;
use chrono::TimeDelta;
use proptest::prelude::*;

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
}

fn euro(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn zone(id: &str, categories: &[&str]) -> Zone {
    let categories = categories.iter().map(|key| (*key).to_owned()).collect();
    Zone { id: id.into(), name: id.to_owned(), color: "#123456".to_owned(), categories }
}

fn tier(id: &str, zone: &str, price: i64, ord: i32, window: (Option<i64>, Option<i64>)) -> Tier {
    Tier {
        id: id.into(),
        zone: zone.into(),
        name: id.to_owned(),
        price: euro(price),
        fee: euro(250),
        valid_from: window.0.map(at),
        valid_to: window.1.map(at),
        ord,
    }
}

fn house() -> PriceList {
    let zones = vec![zone("stalls", &["a", "b"]), zone("floor", &["f"])];
    let tiers = vec![
        tier("stalls-child", "stalls", 2000, 3, (None, None)),
        tier("stalls-adult", "stalls", 4500, 2, (None, None)),
        tier("stalls-early", "stalls", 3500, 1, (Some(10), Some(20))),
        tier("floor-adult", "floor", 3000, 1, (Some(5), None)),
    ];
    PriceList::new(Currency::EUR, zones, tiers).unwrap()
}

#[test]
fn the_first_valid_tier_is_the_default() {
    let table = [(9, "stalls-adult"), (10, "stalls-early"), (19, "stalls-early"), (20, "stalls-adult")];
    for (minute, tier) in table {
        assert_eq!(house().default_tier(&"stalls".into(), at(minute)).unwrap().id, tier.into(), "{minute}");
    }
    assert_eq!(house().default_tier(&"floor".into(), at(4)), Err(PricingError::NoTier("floor".into())));
    assert_eq!(house().default_tier(&"moon".into(), at(4)), Err(PricingError::UnknownZone("moon".into())));
}

#[test]
fn a_chosen_tier_must_fit() {
    let house = house();
    let choose = |zone: &str, tier: &str, minute| {
        house.choose(&zone.into(), Some(&tier.into()), at(minute)).map(|t| t.id.clone())
    };
    assert_eq!(choose("stalls", "stalls-child", 0), Ok("stalls-child".into()));
    assert_eq!(choose("stalls", "stalls-early", 20), Err(PricingError::NotNow("stalls-early".into())));
    assert_eq!(choose("stalls", "gift", 0), Err(PricingError::UnknownTier("gift".into())));
    let other = PricingError::OtherZone { tier: "floor-adult".into(), zone: "stalls".into() };
    assert_eq!(choose("stalls", "floor-adult", 9), Err(other));
}

#[test]
fn a_selection_costs_its_lines_with_fees() {
    let wanted = [
        Wanted { place: Place::Seat(SeatIx(1)), zone: "stalls".into(), tier: None },
        Wanted { place: Place::Seat(SeatIx(2)), zone: "stalls".into(), tier: Some("stalls-child".into()) },
        Wanted { place: Place::Area(AreaIx(0), 3), zone: "floor".into(), tier: None },
    ];
    let quote = house().quote(&wanted, at(30)).unwrap();
    assert_eq!(quote.lines.iter().map(|l| l.total.minor).collect::<Vec<_>>(), [4750, 2250, 9750]);
    assert_eq!((quote.fees, quote.total), (euro(1250), euro(16750)));
}

#[test]
fn the_range_is_all_in() {
    assert_eq!(house().range(at(0)), Some((euro(2250), euro(4750))));
}

#[test]
fn bad_price_lists_are_refused() {
    let list = |zones, tiers| PriceList::new(Currency::EUR, zones, tiers).unwrap_err();
    let z = || vec![zone("z", &["a"])];
    let open = (None, None);
    assert_eq!(list(vec![zone("z", &["a"]), zone("z", &["b"])], vec![]), PricingError::ZoneTwice("z".into()));
    assert_eq!(
        list(vec![zone("z", &["a"]), zone("y", &["a"])], vec![]),
        PricingError::CategoryTwice("a".into())
    );
    assert_eq!(list(z(), vec![tier("t", "y", 1, 1, open)]), PricingError::UnknownZone("y".into()));
    assert_eq!(
        list(z(), vec![tier("t", "z", 1, 1, open), tier("t", "z", 1, 2, open)]),
        PricingError::TierTwice("t".into())
    );
    assert_eq!(list(z(), vec![tier("t", "z", -1, 1, open)]), PricingError::OutOfRange("t".into()));
    assert_eq!(
        list(z(), vec![tier("t", "z", PRICE_MINOR_MAX + 1, 1, open)]),
        PricingError::OutOfRange("t".into())
    );
    assert_eq!(
        list(z(), vec![tier("t", "z", 1, 1, (Some(5), Some(5)))]),
        PricingError::EmptyWindow("t".into())
    );
    let pounds = Tier { price: Money::new(1, Currency::GBP), ..tier("t", "z", 1, 1, open) };
    assert_eq!(list(z(), vec![pounds]), PricingError::Money(MoneyError::CurrencyMismatch));
}

fn any_list() -> impl Strategy<Value = PriceList> {
    let window = (prop::option::of(0_i64..50), prop::option::of(50_i64..100));
    prop::collection::vec((0_usize..3, 0_i64..10_000, 0_i64..1_000, -3_i32..3, window), 1..12).prop_map(
        |rows| {
            let zones = vec![zone("z0", &["a"]), zone("z1", &["b"]), zone("z2", &["c"])];
            let tiers = rows.into_iter().enumerate().map(|(n, (z, price, fee, ord, window))| Tier {
                fee: euro(fee),
                ..tier(&format!("t{n}"), &format!("z{z}"), price, ord, window)
            });
            PriceList::new(Currency::EUR, zones, tiers.collect()).unwrap()
        },
    )
}

fn any_selection() -> impl Strategy<Value = Vec<Wanted>> {
    let one =
        (0_usize..3, prop::option::weighted(0.3, 0_usize..12), 0_u32..20).prop_map(|(z, t, n)| Wanted {
            place: if n == 0 { Place::Seat(SeatIx(7)) } else { Place::Area(AreaIx(0), n) },
            zone: ZoneId(format!("z{z}")),
            tier: t.map(|t| TierId(format!("t{t}"))),
        });
    prop::collection::vec(one, 0..8)
}

proptest! {
    #[test]
    fn a_total_is_the_sum_of_its_lines_in_any_order(list in any_list(), mut wanted in any_selection(), minute in 0_i64..110) {
        let Ok(quote) = list.quote(&wanted, at(minute)) else { return Ok(()) };
        prop_assert_eq!(quote.total.minor, quote.lines.iter().map(|l| l.total.minor).sum::<i64>());
        let tickets = |l: &PriceLine| i64::from(l.place.tickets());
        prop_assert_eq!(quote.fees.minor, quote.lines.iter().map(|l| l.fee.minor * tickets(l)).sum::<i64>());
        for line in &quote.lines {
            prop_assert_eq!(line.total.minor, (line.price.minor + line.fee.minor) * tickets(line));
        }
        wanted.reverse();
        let back = list.quote(&wanted, at(minute)).unwrap();
        prop_assert_eq!((back.total, back.fees), (quote.total, quote.fees));
    }

    #[test]
    fn a_tier_is_only_given_within_its_window_and_zone(list in any_list(), wanted in any_selection(), minute in 0_i64..110) {
        for Wanted { zone, tier: chosen, .. } in &wanted {
            match list.choose(zone, chosen.as_ref(), at(minute)) {
                Ok(tier) => {
                    prop_assert!(tier.is_valid(at(minute)) && tier.zone == *zone);
                    prop_assert!(chosen.as_ref().is_none_or(|id| *id == tier.id));
                }
                Err(PricingError::NoTier(_)) => prop_assert_eq!(list.tiers_at(zone, at(minute)).count(), 0),
                Err(_) => prop_assert!(chosen.is_some()),
            }
        }
    }

    #[test]
    fn the_default_comes_first_in_the_list(list in any_list(), minute in 0_i64..110) {
        for zone in list.zones() {
            if let Ok(tier) = list.default_tier(&zone.id, at(minute)) {
                prop_assert!(list.tiers_at(&zone.id, at(minute)).all(|other| tier.ord <= other.ord));
            }
        }
    }
}
