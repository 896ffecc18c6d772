INSERT INTO staff VALUES ('00000000-0000-0000-0000-00000000000c', 'support@example.org', 'support', '$argon2id$', '2026-01-01Z', NULL);
INSERT INTO staff_sessions VALUES ('digest', '00000000-0000-0000-0000-00000000000c', '127.0.0.1', '2026-01-01Z', '2026-01-01Z', '2026-01-02Z', NULL);
INSERT INTO audit_log (at, actor, entity, entity_id, action, origin) VALUES ('2026-01-01Z', 'staff:1', 'order', '00000000-0000-0000-0000-000000000006', 'noted', '127.0.0.1');
