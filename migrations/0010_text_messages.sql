-- Text messages: whom to send the way to the tickets, and who never wants one again.
ALTER TABLE orders ADD COLUMN text_me boolean NOT NULL DEFAULT false;
ALTER TABLE orders ADD CONSTRAINT order_text_needs_phone CHECK (NOT text_me OR buyer_phone IS NOT NULL);

CREATE TABLE sms_opt_outs (
    phone      text PRIMARY KEY,
    created_at timestamptz NOT NULL,
    CONSTRAINT opt_out_phone_is_e164 CHECK (phone ~ '^\+[1-9][0-9]{6,14}$')
);
