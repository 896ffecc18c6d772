-- Who wants to be reminded before the time to pay is over, and who was.
ALTER TABLE orders
    ADD COLUMN remind_me   boolean NOT NULL DEFAULT false,
    ADD COLUMN reminded_at timestamptz,
    ADD CONSTRAINT order_reminded_who_wished CHECK (reminded_at IS NULL OR remind_me);
CREATE INDEX orders_to_remind ON orders (pay_before) WHERE status = 'placed' AND remind_me AND reminded_at IS NULL;
