INSERT INTO signing_keys VALUES ('k1', 'pem', '{"kid": "k1"}', '2026-01-01Z', NULL);
INSERT INTO provider_facts VALUES ('evt_1', 'checkout.session.completed', '{}', '2026-01-01Z', NULL, 1, 'not yet');
INSERT INTO facts (kind, version, payload, created_at) VALUES ('order_completed', 1, '{}', '2026-01-01Z');
INSERT INTO audit_log (at, actor, entity, entity_id, action) VALUES ('2026-01-01Z', 'seed', 'event', '00000000-0000-0000-0000-000000000003', 'written');
INSERT INTO hold_log VALUES ('00000000-0000-0000-0000-000000000003', 1, 1, 'held', NULL, 'buyer', '{}', '2026-01-01Z');
INSERT INTO idempotency VALUES ('buyer', 'key', 'digest', '{}', '2026-01-01Z');
