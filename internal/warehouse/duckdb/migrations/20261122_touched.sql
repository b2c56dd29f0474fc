-- Keys of people, links and accounts that changed since the last refresh: it
-- touches these alone. part says what follows from them.
CREATE TABLE refresh_key (part VARCHAR NOT NULL, key VARCHAR NOT NULL);

-- Hashes by which a few values are found among many quickly.
ALTER TABLE identity ADD COLUMN value_hash UINTEGER;
ALTER TABLE identity ADD COLUMN person_hash UINTEGER;

-- What the engine's hash of '' was when they were made: another version of the
-- engine may hash in another way.
CREATE TABLE identity_hash (sample UBIGINT NOT NULL);
