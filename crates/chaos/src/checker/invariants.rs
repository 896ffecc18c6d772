//! What PostgreSQL says by itself. Each statement lists what must not be.

use sqlx::{AssertSqlSafe, PgConnection};

/// The invariant, what is wrong, and the statement that lists it as text.
const RULES: &[(&str, &str, &str)] = &[
    (
        "INV-1",
        "a seat with two tickets",
        "SELECT event_id || ' seat ' || seat_ix FROM tickets
         WHERE seat_ix IS NOT NULL AND state IN ('issued', 'admitted')
         GROUP BY event_id, seat_ix HAVING count(*) > 1",
    ),
    (
        "INV-1",
        "a seat with two claims",
        "SELECT event_id || ' seat ' || seat_ix FROM reservation_seats WHERE active
         GROUP BY event_id, seat_ix HAVING count(*) > 1",
    ),
    (
        "INV-1",
        "an area above its capacity",
        "SELECT a.event_id || ' area ' || a.area_id || ': ' || count(*) || ' tickets'
         FROM event_areas a
         JOIN tickets t ON t.event_id = a.event_id AND t.state IN ('issued', 'admitted')
         JOIN order_lines l ON l.id = t.order_line_id AND l.area_ix = a.area_ix
         GROUP BY a.event_id, a.area_id, a.capacity HAVING count(*) > a.capacity",
    ),
    (
        "INV-1",
        "an area whose claims are not its tickets",
        "SELECT a.event_id || ' area ' || a.area_id || ': claimed ' || a.claimed || ', tickets ' || count(t.id)
         FROM event_areas a
         LEFT JOIN order_lines l ON l.area_ix = a.area_ix
             AND l.order_id IN (SELECT o.id FROM orders o WHERE o.event_id = a.event_id)
         LEFT JOIN tickets t ON t.order_line_id = l.id AND t.state IN ('issued', 'admitted')
         GROUP BY a.event_id, a.area_id, a.claimed HAVING a.claimed <> count(t.id)",
    ),
    (
        "INV-1",
        "a ticket without a claim to its seat",
        "SELECT t.id::text FROM tickets t WHERE t.seat_ix IS NOT NULL AND t.state IN ('issued', 'admitted')
         AND NOT EXISTS (SELECT FROM reservation_seats s JOIN orders o ON o.reservation_id = s.reservation_id
             WHERE o.id = t.order_id AND s.seat_ix = t.seat_ix AND s.active)",
    ),
    (
        "INV-4",
        "a completed order with a line that has no ticket, or two",
        "SELECT l.order_id || ' line ' || l.ord FROM order_lines l
         JOIN orders o ON o.id = l.order_id AND o.status = 'completed' AND o.refund_status = 'none'
         LEFT JOIN tickets t ON t.order_line_id = l.id AND t.state IN ('issued', 'admitted')
         GROUP BY l.order_id, l.ord HAVING count(t.id) <> 1",
    ),
    (
        "INV-4",
        "a ticket of an order that is not completed",
        "SELECT t.id::text FROM tickets t JOIN orders o ON o.id = t.order_id
         WHERE t.state IN ('issued', 'admitted') AND o.status <> 'completed'",
    ),
    (
        "INV-4",
        "a paid order without its invoice, or with one of another amount",
        "SELECT o.id::text FROM orders o
         LEFT JOIN invoices i ON i.order_id = o.id AND i.kind = 'invoice'
         LEFT JOIN payments p ON p.order_id = o.id AND p.id = i.payment_id AND p.state = 'captured'
         WHERE o.status = 'completed' AND o.total_minor > 0
         GROUP BY o.id, o.total_minor
         HAVING count(p.id) <> 1 OR max(i.total_minor) IS DISTINCT FROM o.total_minor",
    ),
    (
        "INV-4",
        "an invoice of an order that is not completed, or cost nothing",
        "SELECT i.name FROM invoices i JOIN orders o ON o.id = i.order_id
         WHERE o.status <> 'completed' OR o.total_minor = 0",
    ),
    (
        "INV-4",
        "money of an invoice that went back without a credit note, or with one of another amount",
        "SELECT r.id::text FROM refunds r
         JOIN invoices i ON i.order_id = r.order_id AND i.payment_id = r.payment_id AND i.kind = 'invoice'
         LEFT JOIN invoices n ON n.refund_id = r.id AND n.organizer_id = i.organizer_id
         WHERE r.state = 'succeeded' AND n.total_minor IS DISTINCT FROM r.amount_minor",
    ),
    (
        "INV-4",
        "a sequence of invoices with a gap",
        "SELECT c.organizer_id || ': counted ' || c.last || ', there are ' || count(i.number)
             || ', the highest is ' || coalesce(max(i.number), 0)
         FROM invoice_counters c LEFT JOIN invoices i ON i.organizer_id = c.organizer_id
         GROUP BY c.organizer_id, c.last
         HAVING count(DISTINCT i.number) <> c.last OR coalesce(max(i.number), 0) <> c.last",
    ),
    (
        "INV-4",
        "an invoice whose tax is not that of its order's lines",
        "SELECT i.name FROM invoices i JOIN order_lines l ON l.order_id = i.order_id WHERE i.kind = 'invoice'
         GROUP BY i.organizer_id, i.number, i.name, i.tax_minor
         HAVING sum(l.tax_minor) <> i.tax_minor
             OR i.tax_minor <> (SELECT coalesce(sum((rate ->> 2)::bigint), 0)
                                FROM invoices x, jsonb_array_elements(x.taxes) AS rate
                                WHERE x.organizer_id = i.organizer_id AND x.number = i.number)",
    ),
    (
        "INV-5",
        "a hold with two completed orders",
        "SELECT hold_id::text FROM orders WHERE status = 'completed' GROUP BY hold_id HAVING count(*) > 1",
    ),
    (
        "INV-6",
        "a closed order whose seats are still claimed",
        "SELECT o.id::text FROM orders o JOIN reservation_seats s ON s.reservation_id = o.reservation_id AND s.active
         WHERE o.status IN ('cancelled', 'expired')",
    ),
    (
        "INV-10",
        "a decided order that the audit log knows nothing of",
        "SELECT o.id::text FROM orders o WHERE o.status <> 'placed' AND (SELECT count(*) FROM audit_log a
             WHERE a.entity = 'order' AND a.entity_id = o.id::text) < 2",
    ),
];

/// The first few of what must not be, by rule.
pub async fn check(db: &mut PgConnection) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for (invariant, what, statement) in RULES {
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(*statement)).fetch_all(&mut *db).await?;
        if let Some(first) = rows.first() {
            found.push(format!("{invariant} {what}: {first} ({} in all)", rows.len()));
        }
    }
    Ok(found)
}
