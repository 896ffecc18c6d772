INSERT INTO venues VALUES ('00000000-0000-0000-0000-000000000001', 'house', 'The House', 'Zürich', 'CH', 'Europe/Zurich', '1 Street', 47.4, 8.5, '2026-01-01Z');
INSERT INTO plans VALUES ('00000000-0000-0000-0000-000000000002', 'Small', 1, '{}', 's', '\x01', 'g', 4, 1, '2026-01-01Z');
INSERT INTO events (id, slug, name, category, venue_id, plan_id, starts_at, doors_at, ends_at, on_sale_at, off_sale_at, status, currency, capacity, seats_per_hold_max, seats_per_buyer_max, hold_ttl_ms, extensions_max, lifetime_max_ms, no_single_seat, created_at, updated_at)
VALUES ('00000000-0000-0000-0000-000000000003', 'hamlet', 'Hamlet', 'theatre', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', '2026-02-02Z', '2026-02-01Z', '2026-02-03Z', '2026-01-01Z', '2026-02-02Z', 'published', 'CHF', 5, 10, 10, 600000, 3, 2400000, true, '2026-01-01Z', '2026-01-01Z');
INSERT INTO zones VALUES ('00000000-0000-0000-0000-000000000003', 'stalls', 'Stalls', '#c8452f', 'circle', 0, '{stalls}');
INSERT INTO tiers VALUES ('00000000-0000-0000-0000-000000000003', 'stalls-adult', 'stalls', 'Adult', 4000, 500, NULL, '2026-02-01Z', 0);
INSERT INTO blocked_seats VALUES ('00000000-0000-0000-0000-000000000003', 3, 'camera');
INSERT INTO event_areas VALUES ('00000000-0000-0000-0000-000000000003', 0, 'floor', 'Floor', 'stalls', 2, 1);
