-- What is for sale: venues, seating plans, events, their zones, tiers, areas and blocked seats.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

-- Lower case without accents, so that "zurich" finds "Zürich". `unaccent` is only STABLE because its
-- dictionary could be replaced; ours never is, so an index may trust the result.
CREATE FUNCTION fold(words text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, words)) $$;

CREATE TABLE venues (
    id          uuid PRIMARY KEY,
    slug        text NOT NULL CONSTRAINT venue_slug_unique UNIQUE,
    name        text NOT NULL,
    city        text NOT NULL,
    country     text NOT NULL,
    timezone    text NOT NULL,
    address     text NOT NULL,
    latitude    double precision,
    longitude   double precision,
    created_at  timestamptz NOT NULL
);
CREATE INDEX venues_by_city ON venues (fold(city));

CREATE TABLE plans (
    id            uuid PRIMARY KEY,
    name          text NOT NULL,
    version       integer NOT NULL,
    source        jsonb NOT NULL,
    source_hash   text NOT NULL CONSTRAINT plan_source_unique UNIQUE,
    geometry      bytea NOT NULL,
    geometry_hash text NOT NULL,
    seats         integer NOT NULL,
    areas         integer NOT NULL,
    created_at    timestamptz NOT NULL,
    CONSTRAINT plan_version_unique UNIQUE (name, version),
    CONSTRAINT plan_counts CHECK (seats >= 0 AND areas >= 0)
);
-- The asset is compressed already; compressing it again only costs time.
ALTER TABLE plans ALTER COLUMN geometry SET STORAGE EXTERNAL;
CREATE INDEX plans_by_geometry ON plans (geometry_hash);

-- A version that was sold from must never change under its tickets: SeatIx means something only in it.
CREATE FUNCTION plans_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a plan version is immutable' USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_immutable';
END $$;
CREATE TRIGGER plan_immutable BEFORE UPDATE ON plans FOR EACH ROW EXECUTE FUNCTION plans_refuse_change();

CREATE TABLE events (
    id                  uuid PRIMARY KEY,
    slug                text NOT NULL CONSTRAINT event_slug_unique UNIQUE,
    name                text NOT NULL,
    subtitle            text NOT NULL DEFAULT '',
    description         text NOT NULL DEFAULT '',
    category            text NOT NULL,
    series              text NOT NULL DEFAULT '',
    venue_id            uuid NOT NULL REFERENCES venues,
    plan_id             uuid NOT NULL REFERENCES plans,
    starts_at           timestamptz NOT NULL,
    doors_at            timestamptz NOT NULL,
    ends_at             timestamptz NOT NULL,
    on_sale_at          timestamptz NOT NULL,
    off_sale_at         timestamptz NOT NULL,
    status              text NOT NULL,
    currency            char(3) NOT NULL,
    capacity            integer NOT NULL,
    seats_per_hold_max  integer NOT NULL,
    seats_per_buyer_max integer NOT NULL,
    hold_ttl_ms         bigint NOT NULL,
    extensions_max      integer NOT NULL,
    lifetime_max_ms     bigint NOT NULL,
    no_single_seat      boolean NOT NULL,
    poster_svg          text NOT NULL DEFAULT '',
    -- The venue's words, kept by triggers: a generated column sees only its own row.
    venue_words         text NOT NULL DEFAULT '',
    search              tsvector NOT NULL GENERATED ALWAYS AS (
                            setweight(to_tsvector('english', fold(name)), 'A')
                            || setweight(to_tsvector('english', fold(subtitle || ' ' || series || ' ' || category)), 'B')
                            || setweight(to_tsvector('english', fold(venue_words)), 'B')
                            || setweight(to_tsvector('english', fold(description)), 'D')) STORED,
    search_words        text NOT NULL GENERATED ALWAYS AS (
                            fold(name || ' ' || subtitle || ' ' || series || ' ' || category || ' ' || venue_words)) STORED,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    CONSTRAINT event_status_known CHECK (status IN ('draft', 'published', 'paused', 'cancelled')),
    CONSTRAINT event_times_in_order CHECK (doors_at <= starts_at AND starts_at < ends_at AND on_sale_at < off_sale_at),
    CONSTRAINT event_currency_known CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT event_rules_sane CHECK (
        capacity >= 0 AND seats_per_hold_max > 0 AND seats_per_buyer_max > 0
        AND hold_ttl_ms > 0 AND extensions_max >= 0 AND lifetime_max_ms >= hold_ttl_ms)
);
CREATE INDEX events_visible_by_time ON events (starts_at, id) WHERE status <> 'draft';
CREATE INDEX events_by_category ON events (category, starts_at, id) WHERE status <> 'draft';
CREATE INDEX events_by_venue ON events (venue_id, starts_at);
CREATE INDEX events_by_series ON events (series, starts_at) WHERE series <> '';
CREATE INDEX events_by_words ON events USING gin (search);
CREATE INDEX events_by_trigrams ON events USING gin (search_words gin_trgm_ops);

CREATE FUNCTION events_take_venue_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT v.name || ' ' || v.city INTO NEW.venue_words FROM venues v WHERE v.id = NEW.venue_id;
    RETURN NEW;
END $$;
CREATE TRIGGER event_venue_words BEFORE INSERT OR UPDATE OF venue_id ON events
    FOR EACH ROW EXECUTE FUNCTION events_take_venue_words();

CREATE FUNCTION venues_pass_words_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE events SET venue_words = NEW.name || ' ' || NEW.city WHERE venue_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER venue_words_changed AFTER UPDATE OF name, city ON venues
    FOR EACH ROW WHEN (OLD.name <> NEW.name OR OLD.city <> NEW.city) EXECUTE FUNCTION venues_pass_words_on();

-- Seats and areas that share a price list; covers one or more categories of the plan.
CREATE TABLE zones (
    event_id   uuid NOT NULL REFERENCES events ON DELETE CASCADE,
    id         text NOT NULL,
    name       text NOT NULL,
    color      text NOT NULL,
    shape      text NOT NULL,
    ord        integer NOT NULL,
    categories text[] NOT NULL,
    PRIMARY KEY (event_id, id),
    CONSTRAINT zone_color_is_hex CHECK (color ~ '^#[0-9a-f]{6}$')
);

-- A named price in a zone. The currency is the event's.
CREATE TABLE tiers (
    event_id    uuid NOT NULL,
    id          text NOT NULL,
    zone_id     text NOT NULL,
    name        text NOT NULL,
    price_minor bigint NOT NULL,
    fee_minor   bigint NOT NULL,
    valid_from  timestamptz,
    valid_to    timestamptz,
    ord         integer NOT NULL,
    PRIMARY KEY (event_id, id),
    CONSTRAINT tier_zone_known FOREIGN KEY (event_id, zone_id) REFERENCES zones (event_id, id) ON DELETE CASCADE,
    CONSTRAINT tier_price_not_negative CHECK (price_minor >= 0 AND fee_minor >= 0),
    CONSTRAINT tier_window_in_order CHECK (valid_from < valid_to)
);

CREATE TABLE blocked_seats (
    event_id uuid NOT NULL REFERENCES events ON DELETE CASCADE,
    seat_ix  integer NOT NULL,
    reason   text NOT NULL DEFAULT '',
    PRIMARY KEY (event_id, seat_ix),
    CONSTRAINT blocked_seat_in_range CHECK (seat_ix >= 0)
);

-- INV-1 for places without seats: `claimed` counts reserved and sold places.
CREATE TABLE event_areas (
    event_id uuid NOT NULL REFERENCES events ON DELETE CASCADE,
    area_ix  integer NOT NULL,
    area_id  text NOT NULL,
    name     text NOT NULL,
    zone_id  text NOT NULL,
    capacity integer NOT NULL,
    claimed  integer NOT NULL DEFAULT 0,
    PRIMARY KEY (event_id, area_ix),
    CONSTRAINT area_id_unique UNIQUE (event_id, area_id),
    CONSTRAINT area_not_oversold CHECK (claimed BETWEEN 0 AND capacity)
);
