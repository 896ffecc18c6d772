//! Proof of the judge: the product is broken on purpose, in ways in which others were broken, and each must be found.
//!
//! A quiet sale comes first, and its books are in order. Then each bug does to the stores, to the provider or behind the
//! buyers' backs what the real one would do, and the checker must report its invariant where it reported nothing before.

use crate::{
    checker::{self, Books},
    round::{self, Load, Played},
    world::{ROWS, World},
};
use anyhow::{Context, bail, ensure};
use http::Method;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::{collections::BTreeSet, time::Duration};

/// Quiet sales in a row that may lack something.
const SALES_MAX: u64 = 6;

/// A bug: its name, the invariant that it breaks, and how it is planted.
struct Bug {
    name: &'static str,
    breaks: &'static str,
    plant: Plant,
}

enum Plant {
    /// What the faulty code would have written.
    Statements(&'static [&'static str]),
    /// A second capture of an order that is paid.
    ChargeAgain,
    /// A page that can still be paid, of an order that gave its seats back.
    OpenPage,
    /// Redis changes a seat, and nobody is told.
    SilentChange,
    /// Redis forgets that a seat is sold.
    ForgetSale,
    /// A living hold is swept by a clock that is ahead.
    ClockAhead,
}

const BUGS: &[Bug] = &[
    Bug {
        name: "the unique index was dropped and a seat sold twice",
        breaks: "INV-1 a seat with two tickets",
        plant: Plant::Statements(&[
            "DROP INDEX ticket_one_live_per_seat",
            "INSERT INTO order_lines SELECT gen_random_uuid(), order_id, ord + 1000, seat_ix, area_ix, place_id, section,
                 row_label, seat_number, zone_id, zone_name, tier_id, tier_name, price_minor, fee_minor
             FROM order_lines WHERE id = (SELECT order_line_id FROM tickets
                 WHERE event_id = $E AND seat_ix IS NOT NULL AND state = 'issued' LIMIT 1)",
            "INSERT INTO tickets SELECT gen_random_uuid(), l.order_id, l.id, t.event_id, l.seat_ix, 'issued',
                 'planted-' || l.id, t.issued_at, t.changed_at
             FROM order_lines l JOIN tickets t ON t.order_id = l.order_id AND t.seat_ix = l.seat_ix WHERE l.ord >= 1000",
        ]),
    },
    Bug {
        name: "the lock was skipped and a seat claimed twice",
        breaks: "INV-1 a seat with two claims",
        plant: Plant::Statements(&[
            "DROP INDEX seat_claimed_once",
            "INSERT INTO reservation_seats SELECT other.id, s.event_id, s.seat_ix, true
             FROM reservation_seats s, LATERAL (SELECT id FROM reservations r WHERE r.id <> s.reservation_id
                 AND r.event_id = s.event_id AND NOT EXISTS (SELECT FROM reservation_seats x
                     WHERE x.reservation_id = r.id AND x.seat_ix = s.seat_ix) LIMIT 1) other
             WHERE s.event_id = $E AND s.active LIMIT 1",
        ]),
    },
    Bug {
        name: "drafts were not counted and an area is too full",
        breaks: "INV-1 an area whose claims are not its tickets",
        plant: Plant::Statements(&["UPDATE event_areas SET claimed = claimed - 1 WHERE event_id = $E AND claimed > 0"]),
    },
    Bug {
        name: "a webhook was applied twice and issued twice",
        breaks: "INV-4 a completed order with a line that has no ticket, or two",
        plant: Plant::Statements(&[
            "DROP INDEX ticket_one_live_per_line",
            "INSERT INTO tickets SELECT gen_random_uuid(), order_id, order_line_id, event_id, NULL, 'issued',
                 'again-' || id, issued_at, changed_at
             FROM tickets WHERE event_id = $E AND state = 'issued' LIMIT 1",
        ]),
    },
    Bug {
        name: "a ticket was voided and the money kept",
        breaks: "INV-4 order",
        plant: Plant::Statements(&[
            "UPDATE tickets SET state = 'voided' WHERE id = (SELECT id FROM tickets WHERE event_id = $E
                 AND state = 'issued' AND code NOT LIKE 'planted-%' AND code NOT LIKE 'again-%' ORDER BY id DESC LIMIT 1)",
        ]),
    },
    Bug {
        name: "a change without its line in the audit log",
        breaks: "INV-10",
        plant: Plant::Statements(&[
            "ALTER TABLE audit_log DISABLE TRIGGER USER",
            "DELETE FROM audit_log WHERE entity = 'order' AND entity_id = (SELECT id::text FROM orders
                 WHERE event_id = $E AND status = 'completed' LIMIT 1)",
            "ALTER TABLE audit_log ENABLE TRIGGER USER",
        ]),
    },
    Bug {
        name: "a number was taken outside the transaction, which rolled back",
        breaks: "INV-4 a sequence of invoices with a gap",
        plant: Plant::Statements(&["UPDATE invoice_counters SET last = last + 1 WHERE last > 0"]),
    },
    Bug {
        name: "an invoice was lost",
        breaks: "INV-4 a paid order without its invoice",
        plant: Plant::Statements(&[
            "ALTER TABLE invoices DROP CONSTRAINT invoice_follows",
            "ALTER TABLE invoices DISABLE TRIGGER USER",
            "DELETE FROM invoices WHERE kind = 'invoice' AND order_id = (SELECT id FROM orders WHERE event_id = $E
                 AND status = 'completed' AND total_minor > 0 ORDER BY id LIMIT 1)",
            "ALTER TABLE invoices ENABLE TRIGGER USER",
        ]),
    },
    Bug { name: "a buyer was charged twice", breaks: "INV-5 order", plant: Plant::ChargeAgain },
    Bug {
        name: "seats went back before the session was closed",
        breaks: "INV-6 order",
        plant: Plant::OpenPage,
    },
    Bug { name: "a delta was not published", breaks: "INV-7", plant: Plant::SilentChange },
    Bug { name: "a rebuild forgot a sale", breaks: "INV-8", plant: Plant::ForgetSale },
    Bug { name: "the application's clock decided expiry", breaks: "INV-2", plant: Plant::ClockAhead },
];

/// Plants every bug; an error names those that were not found.
pub async fn run(world: &mut World, load: &Load, seed: u64) -> anyhow::Result<()> {
    world.all_up().await?;
    // Few buyers: some seats must be left.
    let load = Load { buyers: load.buyers.min(4), lasting: load.lasting.min(Duration::from_secs(4)) };
    let (event, played) = quiet_sale(world, &load, seed).await?;
    let world = &*world;
    let books = Books { world, event: &event, witness: &played.witness, viewers: &played.viewers };
    let before = checker::check(&books).await?;
    ensure!(before.is_empty(), "the books are not in order before anything was planted: {before:?}");
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut missed = Vec::new();
    for bug in BUGS {
        plant(&books, &bug.plant).await.with_context(|| bug.name)?;
        let found: BTreeSet<String> = checker::check(&books).await?.into_iter().collect();
        let news = found.difference(&seen).find(|finding| finding.starts_with(bug.breaks));
        match news {
            Some(finding) => println!("found: {}\n    {finding}", bug.name),
            None => {
                println!("NOT FOUND: {}\n    only {found:?}", bug.name);
                missed.push(bug.name);
            }
        }
        seen.extend(found);
    }
    println!("{} of {} planted bugs found", BUGS.len() - missed.len(), BUGS.len());
    if missed.is_empty() { Ok(()) } else { bail!("not found: {}", missed.join(", ")) }
}

/// A sale that went well and left something to break of each kind: tickets on seats and on the floor, an order that
/// lapsed. Which buyer does what is drawn; a sale that lacks something is followed by another.
async fn quiet_sale(world: &mut World, load: &Load, seed: u64) -> anyhow::Result<(String, Played)> {
    for seed in seed..seed + SALES_MAX {
        let event = world.new_event(&format!("Planted {seed}")).await?;
        let played = round::play(world, load, seed, &[], &event).await?;
        let books = Books { world, event: &event, witness: &played.witness, viewers: &played.viewers };
        let open = checker::come_to_rest(&books).await;
        ensure!(open.is_empty(), "the quiet sale does not end: {open:?}");
        let mut db = PgConnection::connect(world.database_url()).await?;
        let enough: bool = sqlx::query_scalar(
            "SELECT (SELECT count(seat_ix) >= 3 AND count(*) > count(seat_ix) FROM tickets WHERE event_id = $1::uuid)
                AND EXISTS (SELECT FROM orders o JOIN payments p ON p.order_id = o.id
                            WHERE o.event_id = $1::uuid AND o.status IN ('cancelled', 'expired'))",
        )
        .bind(&event)
        .fetch_one(&mut db)
        .await?;
        if enough {
            return Ok((event, played));
        }
    }
    bail!("no sale of {SALES_MAX} had everything that is to be broken")
}

async fn plant(books: &Books<'_>, plant: &Plant) -> anyhow::Result<()> {
    let mut db = PgConnection::connect(books.world.database_url()).await?;
    match plant {
        Plant::Statements(statements) => {
            for statement in *statements {
                let statement = statement.replace("$E", &format!("'{}'::uuid", books.event));
                sqlx::query(AssertSqlSafe(statement)).execute(&mut db).await?;
            }
            Ok(())
        }
        Plant::ChargeAgain => charge_again(books, &mut db).await,
        Plant::OpenPage => open_page(books, &mut db).await,
        Plant::SilentChange => silent_change(books).await,
        Plant::ForgetSale => forget_sale(books, &mut db).await,
        Plant::ClockAhead => clock_ahead(books).await,
    }
}

async fn provider(books: &Books<'_>, path: &str, form: &str) -> anyhow::Result<Value> {
    let url = format!("{}{path}", books.world.provider);
    let answer = books.world.api.form_as(&url, "sk_test_sandbox", form).await.context("no answer")?;
    ensure!(answer.status == 200, "{}", answer.body);
    Ok(answer.body)
}

async fn charge_again(books: &Books<'_>, db: &mut PgConnection) -> anyhow::Result<()> {
    let order: String = sqlx::query_scalar(
        "SELECT id::text FROM orders WHERE event_id = $1::uuid AND status = 'completed' ORDER BY id LIMIT 1",
    )
    .bind(books.event)
    .fetch_one(db)
    .await?;
    let form = format!(
        "amount=5000&currency=eur&confirm=true&payment_method=pm_card_visa&metadata[order_id]={order}\
         &payment_method_types[0]=card&error_on_requires_action=true"
    );
    provider(books, "/v1/payment_intents", &form).await.map(drop)
}

async fn open_page(books: &Books<'_>, db: &mut PgConnection) -> anyhow::Result<()> {
    let expires: i64 =
        sqlx::query_scalar("SELECT extract(epoch FROM now())::bigint + 3600").fetch_one(&mut *db).await?;
    let form = format!(
        "mode=payment&success_url=http://127.0.0.1/a&cancel_url=http://127.0.0.1/b&expires_at={expires}\
         &line_items[0][quantity]=1&line_items[0][price_data][currency]=eur\
         &line_items[0][price_data][unit_amount]=4500&line_items[0][price_data][product_data][name]=Seat"
    );
    let session = provider(books, "/v1/checkout/sessions", &form).await?;
    let done = sqlx::query(
        "UPDATE payments SET session_id = $2 WHERE id = (SELECT p.id FROM payments p JOIN orders o ON o.id = p.order_id
         WHERE o.event_id = $1::uuid AND o.status IN ('cancelled', 'expired') LIMIT 1)",
    )
    .bind(books.event)
    .bind(session["id"].as_str())
    .execute(&mut *db)
    .await?;
    ensure!(done.rows_affected() == 1, "no order of the sale lapsed");
    Ok(())
}

/// Sets the two bits of a seat.
async fn set_state(books: &Books<'_>, seat: u32, state: u8) -> anyhow::Result<()> {
    let key = format!("{{e:{}}}:s", books.event);
    for (bit, value) in [(seat * 2, state >> 1), (seat * 2 + 1, state & 1)] {
        books.world.redis.ask(&["SETBIT", &key, &bit.to_string(), &value.to_string()]).await?;
    }
    Ok(())
}

async fn silent_change(books: &Books<'_>) -> anyhow::Result<()> {
    let view = books.viewers.first().context("nobody looks")?.view();
    let blocked = 3;
    let free = view.statuses.iter().position(|status| *status == 0).context("the house is sold out")?;
    set_state(books, u32::try_from(free)?, blocked).await
}

async fn forget_sale(books: &Books<'_>, db: &mut PgConnection) -> anyhow::Result<()> {
    let seat: i32 = sqlx::query_scalar(
        "SELECT min(seat_ix) FROM tickets WHERE event_id = $1::uuid AND state = 'issued' AND seat_ix IS NOT NULL",
    )
    .bind(books.event)
    .fetch_one(db)
    .await?;
    set_state(books, u32::try_from(seat)?, 0).await
}

/// A buyer holds a seat; it is freed long before its time; another buyer gets it.
async fn clock_ahead(books: &Books<'_>) -> anyhow::Result<()> {
    let view = books.viewers.first().context("nobody looks")?.view();
    for (seat, _) in (0..).zip(&view.statuses).filter(|(_, status)| **status == 0) {
        // The rules may refuse one seat or the other.
        if take(books, seat).await? {
            set_state(books, seat, 0).await?;
            ensure!(take(books, seat).await?, "the freed seat was not given");
            return Ok(());
        }
    }
    bail!("the house is sold out")
}

async fn take(books: &Books<'_>, seat: u32) -> anyhow::Result<bool> {
    let url = format!("{}/api/v1/events/{}/reservations", books.world.bases[0], books.event);
    let id = format!("STALLS-{}-{}", ROWS[seat as usize / 10 % 5], seat % 10 + 1);
    let name = uuid::Uuid::new_v4().to_string();
    let wish = json!({ "client_reservation_id": name, "seat_ids": [id], "ttl_seconds": 60 });
    let sent_us = books.witness.now_us();
    let answer = books.world.api.call(Method::POST, &url, None, Some(&wish)).await.context("no answer")?;
    if answer.status == 201 {
        crate::buyers::note_hold(books.witness, &name, sent_us, &answer.body);
    }
    Ok(answer.status == 201)
}
