INSERT INTO refund_tickets SELECT r.id, '00000000-0000-0000-0000-00000000000a', 4500 FROM refunds r WHERE r.reference = 're_1';
INSERT INTO refunds (id, reference, payment_id, order_id, amount_minor, currency, state, failure, created_at, changed_at, reason)
VALUES ('00000000-0000-0000-0000-00000000000c', NULL, '00000000-0000-0000-0000-000000000009', '00000000-0000-0000-0000-000000000006', 100, 'CHF', 'approved', NULL, '2026-01-02Z', '2026-01-02Z', 'asked for');
INSERT INTO returned_places VALUES ('00000000-0000-0000-0000-00000000000d', '00000000-0000-0000-0000-000000000006', '00000000-0000-0000-0000-000000000003', '{1}', '[[0, 1]]', '2026-01-02Z', NULL);
