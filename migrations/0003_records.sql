-- What must be remembered: keys, facts, the audit log, the log of holds, answers already given.

CREATE TABLE signing_keys (
    kid         text PRIMARY KEY,
    private_pem text NOT NULL,
    public_jwk  jsonb NOT NULL,
    created_at  timestamptz NOT NULL,
    retired_at  timestamptz
);
-- Two processes that start at once agree on one key.
CREATE UNIQUE INDEX signing_key_one_active ON signing_keys ((retired_at IS NULL)) WHERE retired_at IS NULL;

-- What the payment provider told us, stored before it is applied.
CREATE TABLE provider_facts (
    id          text PRIMARY KEY,
    kind        text NOT NULL,
    payload     jsonb NOT NULL,
    received_at timestamptz NOT NULL,
    applied_at  timestamptz,
    attempts    integer NOT NULL DEFAULT 0,
    last_error  text
);
CREATE INDEX provider_facts_unapplied ON provider_facts (received_at) WHERE applied_at IS NULL;

-- The outbox: written with the change it tells of, published behind it.
CREATE TABLE facts (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text NOT NULL,
    version      integer NOT NULL,
    payload      jsonb NOT NULL,
    created_at   timestamptz NOT NULL,
    published_at timestamptz
);
CREATE INDEX facts_unpublished ON facts (id) WHERE published_at IS NULL;

-- INV-10: who, when, why; written in the same transaction as the change.
CREATE TABLE audit_log (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL,
    actor     text NOT NULL,
    entity    text NOT NULL,
    entity_id text NOT NULL,
    action    text NOT NULL,
    reason    text NOT NULL DEFAULT '',
    data      jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_by_entity ON audit_log (entity, entity_id, id);

CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_append_only';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();

-- The event's stream of holds from Redis, persisted behind it: the audit log of holds.
CREATE TABLE hold_log (
    event_id   uuid NOT NULL,
    epoch      bigint NOT NULL,
    log_offset bigint NOT NULL,
    kind       text NOT NULL,
    hold_id    uuid,
    buyer      text NOT NULL DEFAULT '',
    data       jsonb NOT NULL DEFAULT '{}',
    at         timestamptz NOT NULL,
    PRIMARY KEY (event_id, epoch, log_offset)
);

-- INV-5: the answer that a key was given.
CREATE TABLE idempotency (
    scope      text NOT NULL,
    key        text NOT NULL,
    digest     text NOT NULL,
    response   jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);
