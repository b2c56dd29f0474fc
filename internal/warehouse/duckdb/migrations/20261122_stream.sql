-- Sources that bring facts by themselves. Each has a batch for its rows and a
-- place up to which it was read, which moves with the rows.
CREATE TABLE stream (
    source VARCHAR NOT NULL,
    batch  INTEGER NOT NULL,
    cursor BIGINT NOT NULL
);

-- What a source brought, by name: events, verbs. became is what they count as.
CREATE TABLE stream_seen (
    source VARCHAR NOT NULL,
    name   VARCHAR NOT NULL,
    n      BIGINT NOT NULL,
    last   TIMESTAMP,
    became VARCHAR NOT NULL
);

-- Two values that are one person while the link is in force.
CREATE TABLE identity_link (
    id           VARCHAR NOT NULL,
    source       VARCHAR NOT NULL,
    value        VARCHAR NOT NULL,
    other        VARCHAR NOT NULL,
    linked_at    TIMESTAMP,
    why          VARCHAR NOT NULL,
    withdrawn_at TIMESTAMP
);

-- One row for each change to the facts since the last refresh: it is written
-- with the facts, so that a refresh that did not happen is made up for.
CREATE TABLE refresh_due (part VARCHAR NOT NULL);
