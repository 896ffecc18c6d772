//! Money: what the provider took against what the tickets are worth, order by order, and whether anything can still be
//! paid that should not.

use super::Books;
use crate::world::World;
use anyhow::Context;
use http::Method;
use serde_json::Value;
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// The sandbox's own key.
const KEY: &str = "sk_test_sandbox";

/// The provider's ledger.
pub(super) async fn read(world: &World) -> anyhow::Result<Value> {
    let answer = world.api.get(&format!("{}/_sandbox/ledger", world.provider)).await;
    Ok(answer.filter(|answer| answer.status == 200).context("the provider shows no ledger")?.body)
}

pub(super) async fn check(books: &Books<'_>, db: &mut PgConnection) -> anyhow::Result<Vec<String>> {
    let mut found = worth(&read(books.world).await?, db).await?;
    found.extend(pages(books, db).await?);
    Ok(found)
}

/// INV-4: for every order, captured less refunded is the price of its tickets; INV-5: it was charged once.
async fn worth(ledger: &Value, db: &mut PgConnection) -> anyhow::Result<Vec<String>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT o.id::text, coalesce(sum(l.price_minor + l.fee_minor) FILTER (WHERE t.id IS NOT NULL), 0)::bigint
         FROM orders o
         LEFT JOIN order_lines l ON l.order_id = o.id
         LEFT JOIN tickets t ON t.order_line_id = l.id AND t.state IN ('issued', 'admitted')
         GROUP BY o.id",
    )
    .fetch_all(db)
    .await?;
    let mut worth: BTreeMap<String, i64> = rows.into_iter().collect();
    let mut found = Vec::new();
    for (order, account) in ledger["orders"].as_object().context("no orders in the ledger")? {
        let number = |name: &str| account[name].as_i64().unwrap_or_default();
        let kept = number("captured") - number("refunded");
        match worth.remove(order) {
            Some(worth) if worth == kept => {}
            Some(worth) => found.push(format!("INV-4 order {order}: kept {kept}, tickets for {worth}")),
            None => found.push(format!("INV-4 order {order} was charged and does not exist")),
        }
        if number("payments") - number("refunds") > 1 {
            found.push(format!("INV-5 order {order} was charged {} times", number("payments")));
        }
    }
    let unpaid = worth.into_iter().filter(|(_, worth)| *worth > 0);
    found.extend(
        unpaid
            .map(|(order, worth)| format!("INV-4 order {order} has tickets for {worth}, and no money came")),
    );
    Ok(found)
}

/// INV-6: where the seats went back, no payment page is open any more.
async fn pages(books: &Books<'_>, db: &mut PgConnection) -> anyhow::Result<Vec<String>> {
    let sessions: Vec<(String, String)> = sqlx::query_as(
        "SELECT o.id::text, p.session_id FROM orders o JOIN payments p ON p.order_id = o.id
         WHERE o.status IN ('cancelled', 'expired') AND p.session_id IS NOT NULL AND o.event_id = $1::uuid",
    )
    .bind(books.event)
    .fetch_all(db)
    .await?;
    let mut found = Vec::new();
    for (order, session) in sessions {
        let url = format!("{}/v1/checkout/sessions/{session}", books.world.provider);
        let answer = books.world.api.call(Method::GET, &url, Some(KEY), None).await;
        if answer.context("the provider does not answer")?.body["status"] == "open" {
            found.push(format!("INV-6 order {order} gave its seats back, and its payment page is open"));
        }
    }
    Ok(found)
}
