-- Events that a mapping ignores wait here, whole, until another mapping lets
-- them count.
CREATE TABLE IF NOT EXISTS track_parked (
    event_id   VARCHAR NOT NULL,
    time       TIMESTAMP NOT NULL,
    person_id  VARCHAR NOT NULL,
    account_id VARCHAR,
    attributes MAP(VARCHAR, VARCHAR) NOT NULL
)
