-- Who works here, and where each change came from.

CREATE TABLE staff (
    id            uuid PRIMARY KEY,
    email         text NOT NULL,
    role          text NOT NULL,
    -- Argon2id in PHC form: parameters and salt are in it.
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz,
    CONSTRAINT staff_role_known CHECK (role IN ('support', 'admin'))
);
CREATE UNIQUE INDEX staff_email_unique ON staff (lower(email));

-- A session is found by the digest of its token: who reads this table cannot sign in with it.
CREATE TABLE staff_sessions (
    digest     text PRIMARY KEY,
    staff_id   uuid NOT NULL REFERENCES staff,
    origin     text NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at   timestamptz,
    CONSTRAINT staff_session_in_order CHECK (created_at < expires_at)
);
CREATE INDEX staff_sessions_by_staff ON staff_sessions (staff_id) WHERE ended_at IS NULL;

-- From where: the address of a person, or the process that did it by itself.
ALTER TABLE audit_log ADD COLUMN origin text NOT NULL DEFAULT '';

-- TRUNCATE fires no row triggers.
CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- What the provider said about a session or an intent, for the timeline of an order.
CREATE INDEX provider_facts_by_object ON provider_facts ((payload -> 'data' -> 'object' ->> 'id'));
CREATE INDEX provider_facts_by_intent ON provider_facts ((payload -> 'data' -> 'object' ->> 'payment_intent'));
