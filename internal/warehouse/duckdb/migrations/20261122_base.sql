-- What the warehouse keeps beside the fact tables. Those are made from
-- record.Facts, so that a field has one description.

CREATE SEQUENCE batch_id;

-- A batch is what one import command committed, all of it or nothing.
CREATE TABLE batch (
    batch          INTEGER PRIMARY KEY,
    imported_at    TIMESTAMP NOT NULL,
    source         VARCHAR NOT NULL,
    rolled_back_at TIMESTAMP
);

CREATE TABLE batch_file (
    batch          INTEGER NOT NULL,
    file           VARCHAR NOT NULL,
    fact           VARCHAR NOT NULL,
    sha256         VARCHAR NOT NULL,
    rows_read      BIGINT NOT NULL,
    rows_added     BIGINT NOT NULL,
    rows_replaced  BIGINT NOT NULL,
    rows_unchanged BIGINT NOT NULL,
    rows_rejected  BIGINT NOT NULL
);

-- Who is who: value is a person's key or lower-case e-mail, as facts carry it.
-- A value that two people claim is in identity_conflict and not here.
CREATE TABLE identity (
    value     VARCHAR NOT NULL,
    namespace VARCHAR NOT NULL,
    person_id VARCHAR NOT NULL
);

CREATE TABLE identity_conflict (
    value      VARCHAR NOT NULL,
    namespace  VARCHAR NOT NULL,
    person_ids VARCHAR[] NOT NULL
);

-- Which account a person belonged to, half-open; the first membership reaches
-- back to the beginning of time, the last one to its end.
CREATE TABLE membership (
    person_id  VARCHAR NOT NULL,
    account_id VARCHAR NOT NULL,
    valid_from TIMESTAMP NOT NULL,
    valid_to   TIMESTAMP NOT NULL
);

-- When an account was a customer, half-open; ended_at is null while it is one.
CREATE TABLE subscription (
    account_id VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    ended_at   TIMESTAMP,
    reason     VARCHAR
);

-- The level of recurring revenue, half-open, in minor units of currency.
CREATE TABLE mrr_span (
    account_id VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    ended_at   TIMESTAMP,
    mrr        BIGINT NOT NULL,
    currency   VARCHAR
);

-- data_start and data_end bound what the data cover (UTC, half-open, whole days).
CREATE TABLE coverage (
    data_start TIMESTAMP,
    data_end   TIMESTAMP
);
