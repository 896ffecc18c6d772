-- Refunds stand here before the provider is asked, under a name of our own; disputes; how often a stuck checkout was
-- tried; why an event was frozen.

ALTER TABLE refunds DROP CONSTRAINT refunds_pkey;
ALTER TABLE refunds ALTER COLUMN reference DROP NOT NULL;
ALTER TABLE refunds
    ADD COLUMN id      uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN reason  text NOT NULL DEFAULT '',
    ADD COLUMN tries   integer NOT NULL DEFAULT 0,
    -- When the worker looks at it again.
    ADD COLUMN next_at timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE refunds ALTER COLUMN id DROP DEFAULT;
ALTER TABLE refunds ADD CONSTRAINT refunds_pkey PRIMARY KEY (id);
ALTER TABLE refunds ADD CONSTRAINT refund_reference_unique UNIQUE (reference);
ALTER TABLE refunds DROP CONSTRAINT refund_state_known;
UPDATE refunds SET state = 'sent' WHERE state = 'pending';
-- A surplus payment's refund has the payment's name: what is repeated after the upgrade finds it.
UPDATE refunds r SET id = r.payment_id FROM payments p
WHERE p.id = r.payment_id AND p.state = 'surplus'
  AND NOT EXISTS (SELECT FROM refunds x WHERE x.payment_id = r.payment_id AND x.reference <> r.reference);
ALTER TABLE refunds
    ADD CONSTRAINT refund_state_known CHECK (state IN ('requested', 'approved', 'sent', 'succeeded', 'failed')),
    ADD CONSTRAINT refund_sent_is_named CHECK (state NOT IN ('sent', 'succeeded') OR reference IS NOT NULL);
CREATE INDEX refunds_under_way ON refunds (next_at) WHERE state IN ('approved', 'sent');

-- What a refund is for. A ticket is paid back once.
CREATE TABLE refund_tickets (
    refund_id    uuid NOT NULL REFERENCES refunds,
    ticket_id    uuid NOT NULL CONSTRAINT refund_ticket_once UNIQUE REFERENCES tickets,
    amount_minor bigint NOT NULL,
    PRIMARY KEY (refund_id, ticket_id),
    CONSTRAINT refund_share_not_negative CHECK (amount_minor >= 0)
);

-- Seats and places of voided tickets, free here, until Redis is told so.
CREATE TABLE returned_places (
    id         uuid PRIMARY KEY,
    order_id   uuid NOT NULL REFERENCES orders,
    event_id   uuid NOT NULL REFERENCES events,
    seats      integer[] NOT NULL,
    areas      jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    told_at    timestamptz
);
CREATE INDEX returned_places_untold ON returned_places (created_at) WHERE told_at IS NULL;

ALTER TABLE payments
    ADD COLUMN dispute text NOT NULL DEFAULT 'none',
    ADD CONSTRAINT payment_dispute_known CHECK (dispute IN ('none', 'open', 'won', 'lost'));

ALTER TABLE orders ADD COLUMN checkout_tries integer NOT NULL DEFAULT 0;

-- Set when the system itself halted the sale: what did not add up, in words for the buyer.
ALTER TABLE events ADD COLUMN frozen text;
