-- How far each group of consumers is with each fact. Redis only carries the word that there is work; what was done
-- stands here, so that losing Redis loses no fact.

CREATE TABLE fact_deliveries (
    consumer_group text NOT NULL,
    fact_id        bigint NOT NULL REFERENCES facts,
    state          text NOT NULL,
    attempts       integer NOT NULL DEFAULT 0,
    -- Not to be tried before.
    due_at         timestamptz NOT NULL,
    -- When the relay says it (again), unless it is done by then.
    publish_at     timestamptz NOT NULL,
    -- A consumer is at work until then at the latest.
    taken_until    timestamptz,
    last_error     text,
    done_at        timestamptz,
    PRIMARY KEY (consumer_group, fact_id),
    CONSTRAINT fact_delivery_state_known CHECK (state IN ('waiting', 'done', 'dead')),
    CONSTRAINT fact_delivery_done CHECK ((state = 'done') = (done_at IS NOT NULL)),
    CONSTRAINT fact_delivery_attempts CHECK (attempts >= 0)
);
CREATE INDEX fact_deliveries_waiting ON fact_deliveries (publish_at) WHERE state = 'waiting';
CREATE INDEX fact_deliveries_by_fact ON fact_deliveries (fact_id);

-- What a group gave up on, and why. A replayed letter stays; if it fails again it is a new one.
CREATE TABLE dead_letters (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer_group text NOT NULL,
    fact_id        bigint NOT NULL,
    reason         text NOT NULL,
    attempts       integer NOT NULL,
    died_at        timestamptz NOT NULL,
    replayed_at    timestamptz,
    CONSTRAINT dead_letter_delivery_known FOREIGN KEY (consumer_group, fact_id)
        REFERENCES fact_deliveries (consumer_group, fact_id)
);
CREATE UNIQUE INDEX dead_letter_one_open ON dead_letters (consumer_group, fact_id) WHERE replayed_at IS NULL;
CREATE INDEX dead_letters_by_fact ON dead_letters (fact_id);

-- What happened before anybody listened is over: nobody gets mail about the orders of last year.
UPDATE facts SET published_at = created_at WHERE published_at IS NULL;

-- The facts of an order, for its timeline.
CREATE INDEX facts_by_order ON facts ((payload ->> 'order'));
