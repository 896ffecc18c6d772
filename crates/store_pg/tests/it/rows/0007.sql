INSERT INTO fact_deliveries (consumer_group, fact_id, state, attempts, due_at, publish_at, last_error) SELECT 'delivery', id, 'dead', 3, '2026-01-01Z', '2026-01-01Z', 'no such order' FROM facts;
INSERT INTO dead_letters (consumer_group, fact_id, reason, attempts, died_at) SELECT 'delivery', id, 'no such order', 3, '2026-01-02Z' FROM facts;
