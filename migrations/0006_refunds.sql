-- Money on its way back, as the provider tells of it: a refund that was accepted may still fail days later.
CREATE TABLE refunds (
    reference    text PRIMARY KEY,
    payment_id   uuid NOT NULL REFERENCES payments,
    order_id     uuid NOT NULL REFERENCES orders,
    amount_minor bigint NOT NULL,
    currency     char(3) NOT NULL,
    state        text NOT NULL,
    failure      text,
    created_at   timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL,
    CONSTRAINT refund_state_known CHECK (state IN ('pending', 'succeeded', 'failed')),
    CONSTRAINT refund_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT refund_failure_named CHECK ((state = 'failed') = (failure IS NOT NULL))
);
CREATE INDEX refunds_by_order ON refunds (order_id, created_at);
