-- What was told to whom: written before it is sent, followed to its end. One message of a kind for one fact, order
-- and reader, however often the fact is delivered.
CREATE TABLE deliveries (
    id           uuid PRIMARY KEY,
    fact_id      bigint NOT NULL,
    order_id     uuid NOT NULL REFERENCES orders,
    channel      text NOT NULL,
    template     text NOT NULL,
    recipient    text NOT NULL,
    state        text NOT NULL,
    attempts     integer NOT NULL DEFAULT 0,
    -- Who is sending it now has until then; a process that died leaves it to the next.
    claimed_to   timestamptz,
    provider_ref text,
    error        text,
    created_at   timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL,
    CONSTRAINT delivery_once UNIQUE (fact_id, order_id, channel, template, recipient),
    CONSTRAINT delivery_channel_known CHECK (channel IN ('mail', 'sms')),
    CONSTRAINT delivery_state_known CHECK (state IN ('queued', 'sent', 'delivered', 'failed', 'bounced')),
    CONSTRAINT delivery_failure_named CHECK (state NOT IN ('failed', 'bounced') OR error IS NOT NULL),
    CONSTRAINT delivery_attempts_not_negative CHECK (attempts >= 0)
);
CREATE INDEX deliveries_by_order ON deliveries (order_id, created_at);
CREATE INDEX deliveries_queued ON deliveries (fact_id, id) WHERE state = 'queued';

-- Scanners ask for these every few minutes.
CREATE INDEX tickets_revoked ON tickets (event_id) WHERE state IN ('voided', 'transferred');
