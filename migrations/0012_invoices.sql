-- Who sells, the tax in each price, and invoices whose numbers have no gap.

CREATE TABLE organizers (
    id             uuid PRIMARY KEY,
    slug           text NOT NULL CONSTRAINT organizer_slug_unique UNIQUE,
    name           text NOT NULL,
    legal_name     text NOT NULL,
    address        text[] NOT NULL,
    tax_id         text NOT NULL,
    -- The beginning of every invoice's name: PRE-2026-000123.
    invoice_prefix text NOT NULL CONSTRAINT organizer_prefix_unique UNIQUE,
    -- Of events that name none of their own.
    tax_rate_bp    integer NOT NULL,
    created_at     timestamptz NOT NULL,
    CONSTRAINT organizer_prefix_plain CHECK (invoice_prefix ~ '^[A-Z][A-Z0-9]{1,7}$'),
    CONSTRAINT organizer_tax_known CHECK (tax_rate_bp BETWEEN 0 AND 10000)
);

-- The last number taken. A table of its own: its rows are written with every sale, the organizers' almost never.
CREATE TABLE invoice_counters (
    organizer_id uuid PRIMARY KEY REFERENCES organizers,
    last         bigint NOT NULL DEFAULT 0,
    CONSTRAINT invoice_counter_counts CHECK (last >= 0)
);

-- Whoever sold before organizers had names. Processes of the version before go on writing events of theirs.
INSERT INTO organizers (id, slug, name, legal_name, address, tax_id, invoice_prefix, tax_rate_bp, created_at)
VALUES ('01900000-0000-7000-8000-000000000001', 'house', 'The house', 'The house', '{}', '', 'INV', 0, now());
INSERT INTO invoice_counters (organizer_id) VALUES ('01900000-0000-7000-8000-000000000001');

ALTER TABLE events
    ADD COLUMN organizer_id uuid NOT NULL DEFAULT '01900000-0000-7000-8000-000000000001'
        CONSTRAINT event_organizer_known REFERENCES organizers,
    ADD COLUMN tax_rate_bp integer NOT NULL DEFAULT 0,
    ADD CONSTRAINT event_tax_known CHECK (tax_rate_bp BETWEEN 0 AND 10000);

-- Frozen with the price. What was placed before knew of no tax.
ALTER TABLE order_lines
    ADD COLUMN tax_rate_bp integer NOT NULL DEFAULT 0,
    ADD COLUMN tax_minor   bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT line_tax_known CHECK (tax_rate_bp BETWEEN 0 AND 10000),
    ADD CONSTRAINT line_tax_in_price CHECK (tax_minor BETWEEN 0 AND price_minor + fee_minor);

-- The documents of sales (invoices) and of money that went back (credit notes), in one sequence for each organizer.
CREATE TABLE invoices (
    -- The counter's row, which the transaction has written: the reference locks nothing that others wait for.
    organizer_id uuid NOT NULL CONSTRAINT invoice_organizer_known REFERENCES invoice_counters,
    number       bigint NOT NULL,
    -- The number before this one has to be there: a gap is refused by the table itself.
    previous     bigint GENERATED ALWAYS AS (nullif(number - 1, 0)) STORED,
    name         text NOT NULL,
    kind         text NOT NULL,
    order_id     uuid NOT NULL REFERENCES orders,
    payment_id   uuid NOT NULL,
    refund_id    uuid CONSTRAINT credit_note_once UNIQUE REFERENCES refunds,
    currency     char(3) NOT NULL,
    total_minor  bigint NOT NULL,
    tax_minor    bigint NOT NULL,
    -- [[rate in basis points, gross, tax], …], the lowest rate first.
    taxes        jsonb NOT NULL,
    -- Names and addresses as they were.
    seller       jsonb NOT NULL,
    buyer        text NOT NULL,
    issued_at    timestamptz NOT NULL,
    PRIMARY KEY (organizer_id, number),
    -- Each in its own sequence: no other organizer's prefix can ever stand in the way of a sale.
    CONSTRAINT invoice_name_unique UNIQUE (organizer_id, name),
    CONSTRAINT invoice_follows FOREIGN KEY (organizer_id, previous) REFERENCES invoices (organizer_id, number),
    CONSTRAINT invoice_number_positive CHECK (number > 0),
    CONSTRAINT invoice_kind_known CHECK (kind IN ('invoice', 'credit_note')),
    CONSTRAINT credit_note_names_refund CHECK ((kind = 'credit_note') = (refund_id IS NOT NULL)),
    CONSTRAINT invoice_is_of_money CHECK (total_minor > 0 AND tax_minor BETWEEN 0 AND total_minor)
);
CREATE UNIQUE INDEX invoice_once ON invoices (order_id) WHERE kind = 'invoice';
CREATE INDEX invoices_by_order ON invoices (order_id, number);

CREATE FUNCTION invoices_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was issued stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_immutable';
END $$;
CREATE TRIGGER invoice_immutable BEFORE UPDATE OR DELETE ON invoices
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_change();
CREATE TRIGGER invoices_not_emptied BEFORE TRUNCATE ON invoices
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_refuse_change();
