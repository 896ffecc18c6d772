use crate::world::*;
use chrono::TimeDelta;
use domain::money::{Currency, Money};
use sqlx::{AssertSqlSafe, Connection as _};
use store_pg::{
    catalogue::{
        EventStatus,
        search::{CatalogueQuery, Cursor, Mode, Page},
    },
    testing::listing_statement,
};

async fn find(world: &World, query: CatalogueQuery) -> Page {
    world.store().search(&CatalogueQuery { limit: query.limit.max(5), ..query }, now()).await.unwrap()
}

fn slugs(page: &Page) -> Vec<&str> {
    page.items.iter().map(|e| e.slug.as_str()).collect()
}

fn words(q: &str) -> CatalogueQuery {
    CatalogueQuery { q: Some(q.into()), ..Default::default() }
}

/// Hamlet in Berlin, an opera and a concert in Zürich.
async fn house() -> World {
    let mut world = World::new().await;
    let zurich = venue("tonhalle", "Große Tonhalle", "Zürich");
    world.venue = world.store().upsert_venue(&zurich, &test_cause()).await.unwrap();
    for (slug, name, category, days, price) in [
        ("flute", "The Enchanted Flute", "opera", 12, 9000),
        ("nocturnes", "Nocturnes by Candlelight", "concert", 11, 1500),
    ] {
        let mut event = world.new_event(slug, name);
        event.category = category.into();
        for at in [&mut event.starts_at, &mut event.doors_at, &mut event.ends_at] {
            *at += TimeDelta::days(days - 10);
        }
        event.zones = vec![zone("stalls", &[("adult", price, 0)])];
        if slug == "flute" {
            event.currency = Currency::CHF;
        }
        world.store().upsert_event(&event, &test_cause()).await.unwrap();
    }
    world
}

#[tokio::test]
async fn a_search_forgives_typing_errors_accents_and_unfinished_words() {
    let world = house().await;
    let table: [(&str, &[&str]); 12] = [
        ("hamlet", &["hamlet"]),
        ("Hamelt", &["hamlet"]),
        ("haml", &["hamlet"]),
        ("enchantd flute", &["flute"]),
        ("zurich", &["nocturnes", "flute"]),
        ("ZÜRICH", &["nocturnes", "flute"]),
        ("tonhale", &["nocturnes", "flute"]),
        ("flute OR hamlet", &["hamlet", "flute"]),
        ("zurich -flute", &["nocturnes"]),
        ("concerts", &["nocturnes"]),
        ("   ", &["hamlet", "nocturnes", "flute"]),
        ("xylophone'; DROP TABLE events; --", &[]),
    ];
    for (q, expected) in table {
        assert_eq!(slugs(&find(&world, words(q)).await), expected, "{q}");
    }
}

#[tokio::test]
async fn filters_narrow_the_listing_and_facets_count_it() {
    let world = house().await;
    let any = CatalogueQuery::default;
    let euro = |minor| Some(Money::new(minor, Currency::EUR));
    let table: [(CatalogueQuery, &[&str]); 10] = [
        (CatalogueQuery { city: Some("zurich".into()), ..any() }, &["nocturnes", "flute"]),
        (CatalogueQuery { category: Some("opera".into()), ..any() }, &["flute"]),
        (CatalogueQuery { venue: Some("house".into()), ..any() }, &["hamlet"]),
        (CatalogueQuery { venue: Some(world.venue.to_string()), ..any() }, &["nocturnes", "flute"]),
        (CatalogueQuery { price_max: euro(2250), ..any() }, &["hamlet", "nocturnes"]),
        // 1500 of another currency is no 1500 of this one.
        (CatalogueQuery { price_max: Some(Money::new(90_000, Currency::CHF)), ..any() }, &["flute"]),
        (CatalogueQuery { from: Some(now() + TimeDelta::days(11)), ..any() }, &["nocturnes", "flute"]),
        (CatalogueQuery { to: Some(now() + TimeDelta::days(11)), ..any() }, &["hamlet"]),
        (CatalogueQuery { category: Some("opera".into()), ..words("zurich") }, &["flute"]),
        (CatalogueQuery { city: Some("Berlin".into()), ..words("flutte") }, &[]),
    ];
    for (query, expected) in table {
        assert_eq!(slugs(&find(&world, query.clone()).await), expected, "{query:?}");
    }
    let facets = world.store().facets(now()).await.unwrap();
    let named = |facets: &[store_pg::catalogue::facets::Facet]| {
        facets.iter().map(|f| format!("{} {}", f.value, f.count)).collect::<Vec<_>>()
    };
    assert_eq!(named(&facets.cities), ["Berlin 1", "Zürich 2"]);
    assert_eq!(named(&facets.categories), ["concert 1", "opera 1", "theatre 1"]);
    assert_eq!(named(&facets.currencies), ["EUR 2", "CHF 1"]);
    assert_eq!(world.store().event_counts().await.unwrap(), [(EventStatus::Published, 3)]);
}

#[tokio::test]
async fn a_renamed_venue_is_found_by_its_new_name() {
    let world = house().await;
    world.store().upsert_venue(&venue("tonhalle", "Lakeside Hall", "Luzern"), &test_cause()).await.unwrap();
    assert_eq!(slugs(&find(&world, words("lakeside")).await), ["nocturnes", "flute"]);
    assert!(find(&world, words("tonhalle")).await.items.is_empty());
}

#[tokio::test]
async fn drafts_are_not_listed_and_cancelled_events_are() {
    let world = World::new().await;
    for (slug, status) in [("draft", EventStatus::Draft), ("off", EventStatus::Cancelled)] {
        let mut event = world.new_event(slug, "Another");
        event.status = status;
        world.store().upsert_event(&event, &test_cause()).await.unwrap();
    }
    let page = find(&world, CatalogueQuery::default()).await;
    let mut listed = slugs(&page);
    listed.sort_unstable();
    assert_eq!(listed, ["hamlet", "off"]);
    assert_eq!(world.store().poster_by_slug("draft").await.unwrap(), None);
}

#[tokio::test]
async fn pages_show_every_event_once_while_others_are_added() {
    let world = World::new().await;
    for n in 0..23 {
        let mut event = world.new_event(&format!("e{n}"), "Evening");
        // Many share one start: the id decides.
        for at in [&mut event.starts_at, &mut event.doors_at, &mut event.ends_at] {
            *at += TimeDelta::days(1 + n / 6);
        }
        world.store().upsert_event(&event, &test_cause()).await.unwrap();
    }
    for q in [None, Some("evening".to_owned()), Some("evenng".to_owned())] {
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let query = CatalogueQuery { q: q.clone(), cursor, limit: 5, ..Default::default() };
            let page = world.store().search(&query, now()).await.unwrap();
            assert!(page.items.len() <= 5);
            seen.extend(page.items.iter().map(|e| (e.starts_at, e.id)));
            // Something new before the cursor changes nothing behind it.
            let slug = format!("early-{}-{}", seen.len(), q.as_deref().unwrap_or("all"));
            world.store().upsert_event(&world.new_event(&slug, "Premiere"), &test_cause()).await.unwrap();
            let Some(next) = page.next else { break };
            assert_eq!(next.to_string().parse::<Cursor>().unwrap(), next);
            cursor = Some(next);
        }
        let evenings = seen.iter().filter(|(at, _)| *at > now() + TimeDelta::days(10)).count();
        assert_eq!(evenings, 23, "{q:?}");
        assert!(seen.is_sorted());
        seen.dedup();
        assert!(seen.len() >= 23);
    }
    for text in ["", "x", "b", "bzz-00", "b0-nothing", "é1-2"] {
        assert!(text.parse::<Cursor>().is_err(), "{text}");
    }
}

#[tokio::test]
async fn listings_use_their_indexes_among_many_events() {
    let world = World::new().await;
    let mut connection = sqlx::PgConnection::connect(&world.db.url).await.unwrap();
    sqlx::query(
        "INSERT INTO events (id, slug, name, category, venue_id, plan_id, starts_at, doors_at, ends_at, on_sale_at,
             off_sale_at, status, currency, capacity, seats_per_hold_max, seats_per_buyer_max, hold_ttl_ms,
             extensions_max, lifetime_max_ms, no_single_seat, created_at, updated_at)
         SELECT gen_random_uuid(), 'many-' || n, 'Evening ' || md5(n::text), 'concert', e.venue_id, e.plan_id,
             e.starts_at + n * interval '1 hour', e.doors_at + n * interval '1 hour', e.ends_at + n * interval '1 hour',
             e.on_sale_at, e.off_sale_at + n * interval '1 hour', 'published', 'EUR', 0, 1, 1, 1, 1, 1, true,
             e.created_at, e.created_at
         FROM events e, generate_series(1, 4000) n",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    sqlx::query("ANALYZE").execute(&mut connection).await.unwrap();
    sqlx::query("SET pg_trgm.word_similarity_threshold = 0.4").execute(&mut connection).await.unwrap();
    for (mode, q, index) in [
        (Mode::Browse, None, "events_visible_by_time"),
        (Mode::Words, Some("hamlet"), "events_by_words"),
        (Mode::Likeness, Some("hamelt"), "events_by_trigrams"),
    ] {
        let plan: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(format!("EXPLAIN {}", listing_statement(mode))))
                .bind(now())
                .bind(now())
                .bind(uuid::Uuid::nil())
                .bind(None::<chrono::DateTime<chrono::Utc>>)
                .bind(None::<&str>)
                .bind(None::<&str>)
                .bind(None::<&str>)
                .bind(None::<i64>)
                .bind(q)
                .bind(21_i64)
                .bind(None::<&str>)
                .fetch_all(&mut connection)
                .await
                .unwrap();
        assert!(plan.iter().any(|line| line.contains(index)), "{mode:?}:\n{}", plan.join("\n"));
    }
}
