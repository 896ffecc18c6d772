-- Where each checkout stands in its walk, stored before the next step is taken; and secrets of the installation.

-- `checkout_version` lets one process at a time move an order on. `checkout_open`: something may still happen by itself.
ALTER TABLE orders
    ADD COLUMN checkout         jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN checkout_version integer NOT NULL DEFAULT 0,
    ADD COLUMN checkout_open    boolean NOT NULL DEFAULT false,
    ADD COLUMN checkout_at      timestamptz NOT NULL DEFAULT '-infinity';
CREATE INDEX orders_checkout_open ON orders (checkout_at) WHERE checkout_open;

CREATE TABLE secrets (
    name       text PRIMARY KEY,
    value      bytea NOT NULL,
    created_at timestamptz NOT NULL
);
