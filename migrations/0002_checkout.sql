-- What was claimed, ordered, paid and issued.

CREATE TABLE reservations (
    id           uuid PRIMARY KEY,
    event_id     uuid NOT NULL REFERENCES events,
    hold_id      uuid NOT NULL,
    buyer        text NOT NULL,
    token_digest text NOT NULL,
    state        text NOT NULL,
    fence_epoch  bigint NOT NULL,
    fence_seq    bigint NOT NULL,
    pay_before   timestamptz NOT NULL,
    created_at   timestamptz NOT NULL,
    decided_at   timestamptz,
    CONSTRAINT reservation_state_known CHECK (state IN ('pending', 'committed', 'voided', 'expired')),
    CONSTRAINT reservation_decided CHECK ((state = 'pending') = (decided_at IS NULL))
);
-- A hold stands behind one living claim; after the claim is given up the hold may try again.
CREATE UNIQUE INDEX reservation_one_per_hold ON reservations (hold_id) WHERE state IN ('pending', 'committed');
CREATE INDEX reservations_due ON reservations (pay_before) WHERE state = 'pending';
CREATE INDEX reservations_by_event ON reservations (event_id, state);

CREATE TABLE reservation_seats (
    reservation_id uuid NOT NULL REFERENCES reservations,
    event_id       uuid NOT NULL,
    seat_ix        integer NOT NULL,
    active         boolean NOT NULL,
    PRIMARY KEY (reservation_id, seat_ix),
    CONSTRAINT claimed_seat_in_range CHECK (seat_ix >= 0)
);
-- INV-1: the one guard that nothing goes around. A seat is claimed by one living reservation.
CREATE UNIQUE INDEX seat_claimed_once ON reservation_seats (event_id, seat_ix) WHERE active;

CREATE TABLE reservation_areas (
    reservation_id uuid NOT NULL REFERENCES reservations,
    event_id       uuid NOT NULL,
    area_ix        integer NOT NULL,
    quantity       integer NOT NULL,
    active         boolean NOT NULL,
    PRIMARY KEY (reservation_id, area_ix),
    CONSTRAINT claimed_area_known FOREIGN KEY (event_id, area_ix) REFERENCES event_areas (event_id, area_ix),
    CONSTRAINT claimed_places_positive CHECK (quantity > 0)
);
CREATE INDEX reservation_areas_by_event ON reservation_areas (event_id, area_ix) WHERE active;

-- Three axes that never mix: what became of the order, of the payment, of refunds.
CREATE TABLE orders (
    id              uuid PRIMARY KEY,
    number          text NOT NULL CONSTRAINT order_number_unique UNIQUE,
    event_id        uuid NOT NULL REFERENCES events,
    reservation_id  uuid NOT NULL CONSTRAINT order_one_per_reservation UNIQUE REFERENCES reservations,
    hold_id         uuid NOT NULL,
    idempotency_key text NOT NULL,
    request_digest  text NOT NULL,
    access_digest   text NOT NULL CONSTRAINT order_access_unique UNIQUE,
    buyer_name      text NOT NULL,
    buyer_email     text NOT NULL,
    buyer_phone     text,
    status          text NOT NULL,
    payment_status  text NOT NULL,
    refund_status   text NOT NULL,
    total_minor     bigint NOT NULL,
    currency        char(3) NOT NULL,
    policy          jsonb NOT NULL,
    pay_before      timestamptz NOT NULL,
    placed_at       timestamptz NOT NULL,
    decided_at      timestamptz,
    -- INV-5: one order for one request.
    CONSTRAINT order_key_once UNIQUE (hold_id, idempotency_key),
    CONSTRAINT order_status_known CHECK (status IN ('placed', 'completed', 'cancelled', 'expired')),
    CONSTRAINT order_payment_known CHECK (payment_status IN ('none', 'pending', 'captured', 'failed')),
    CONSTRAINT order_refund_known CHECK (refund_status IN ('none', 'partial', 'full')),
    CONSTRAINT order_total_not_negative CHECK (total_minor >= 0),
    CONSTRAINT order_decided CHECK ((status = 'placed') = (decided_at IS NULL)),
    -- INV-4: no completed order without its money (or without a price).
    CONSTRAINT order_completed_is_paid CHECK (status <> 'completed' OR payment_status = 'captured' OR total_minor = 0),
    CONSTRAINT order_placed_is_unpaid CHECK (status <> 'placed' OR payment_status <> 'captured')
);
CREATE INDEX orders_by_event ON orders (event_id, placed_at);
CREATE INDEX orders_by_email ON orders (lower(buyer_email), placed_at);

-- One ticket's price, frozen when the order is placed: later changes of tiers or plans do not touch it.
CREATE TABLE order_lines (
    id          uuid PRIMARY KEY,
    order_id    uuid NOT NULL REFERENCES orders,
    ord         integer NOT NULL,
    seat_ix     integer,
    area_ix     integer,
    place_id    text NOT NULL,
    section     text NOT NULL,
    row_label   text NOT NULL,
    seat_number text NOT NULL,
    zone_id     text NOT NULL,
    zone_name   text NOT NULL,
    tier_id     text NOT NULL,
    tier_name   text NOT NULL,
    price_minor bigint NOT NULL,
    fee_minor   bigint NOT NULL,
    CONSTRAINT line_order_unique UNIQUE (order_id, ord),
    CONSTRAINT line_seat_or_area CHECK ((seat_ix IS NULL) <> (area_ix IS NULL)),
    CONSTRAINT line_price_not_negative CHECK (price_minor >= 0 AND fee_minor >= 0)
);

CREATE TABLE payments (
    id             uuid PRIMARY KEY,
    order_id       uuid NOT NULL REFERENCES orders,
    kind           text NOT NULL,
    state          text NOT NULL,
    amount_minor   bigint NOT NULL,
    currency       char(3) NOT NULL,
    session_id     text CONSTRAINT payment_session_unique UNIQUE,
    intent_id      text CONSTRAINT payment_intent_unique UNIQUE,
    url            text,
    failure        text,
    created_at     timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL,
    CONSTRAINT payment_kind_known CHECK (kind IN ('hosted', 'direct')),
    CONSTRAINT payment_state_known CHECK (state IN ('creating', 'open', 'processing', 'captured', 'failed', 'expired', 'surplus'))
);
-- One way to pay at a time, and one capture per order: a second one is 'surplus' and goes back.
CREATE UNIQUE INDEX payment_one_live ON payments (order_id) WHERE state IN ('creating', 'open', 'processing');
CREATE UNIQUE INDEX payment_captured_once ON payments (order_id) WHERE state = 'captured';
CREATE INDEX payments_by_order ON payments (order_id, created_at);
CREATE INDEX payments_unsettled ON payments (changed_at) WHERE state IN ('creating', 'open', 'processing', 'surplus');

CREATE TABLE tickets (
    id            uuid PRIMARY KEY,
    order_id      uuid NOT NULL REFERENCES orders,
    order_line_id uuid NOT NULL REFERENCES order_lines,
    event_id      uuid NOT NULL REFERENCES events,
    seat_ix       integer,
    state         text NOT NULL,
    code          text NOT NULL CONSTRAINT ticket_code_unique UNIQUE,
    issued_at     timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,
    CONSTRAINT ticket_state_known CHECK (state IN ('issued', 'transferred', 'voided', 'admitted'))
);
CREATE UNIQUE INDEX ticket_one_live_per_line ON tickets (order_line_id) WHERE state IN ('issued', 'admitted');
-- INV-1 once more, on the paper itself.
CREATE UNIQUE INDEX ticket_one_live_per_seat ON tickets (event_id, seat_ix) WHERE seat_ix IS NOT NULL AND state IN ('issued', 'admitted');
CREATE INDEX tickets_by_order ON tickets (order_id);
CREATE INDEX tickets_by_event ON tickets (event_id, state);
