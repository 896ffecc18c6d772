INSERT INTO organizers VALUES ('00000000-0000-0000-0000-00000000000e', 'demo-house', 'Demo House', 'Demo House Ltd', '{"1 Test Street","12345 Berlin"}', 'DE000000000', 'DEM', 700, '2026-01-01Z');
INSERT INTO invoice_counters VALUES ('00000000-0000-0000-0000-00000000000e', 2);
INSERT INTO invoices (organizer_id, number, name, kind, order_id, payment_id, refund_id, currency, total_minor, tax_minor, taxes, seller, buyer, issued_at)
SELECT '00000000-0000-0000-0000-00000000000e', 1, 'DEM-2026-000001', 'invoice', '00000000-0000-0000-0000-000000000006', '00000000-0000-0000-0000-000000000009', NULL::uuid, 'CHF', 9000, 0, '[[0, 9000, 0]]'::jsonb, '{"name": "Demo House", "legal_name": "Demo House Ltd", "address": [], "tax_id": ""}'::jsonb, 'Ada', '2026-01-02Z'::timestamptz
UNION ALL
SELECT '00000000-0000-0000-0000-00000000000e', 2, 'DEM-2026-000002', 'credit_note', '00000000-0000-0000-0000-000000000006', '00000000-0000-0000-0000-000000000009', id, 'CHF', 4500, 0, '[[0, 4500, 0]]', '{"name": "Demo House", "legal_name": "Demo House Ltd", "address": [], "tax_id": ""}', 'Ada', '2026-01-02Z' FROM refunds WHERE reference = 're_1';
