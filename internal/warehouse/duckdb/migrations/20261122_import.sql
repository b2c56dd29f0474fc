-- What the importer remembers of a file beyond its counts: the rule that read
-- it, so that the same file with another mapping is not taken for the same.
ALTER TABLE batch_file ADD COLUMN mapping VARCHAR DEFAULT '';
ALTER TABLE batch_file ADD COLUMN rows_duplicate BIGINT DEFAULT 0;
ALTER TABLE batch_file ADD COLUMN rows_skipped BIGINT DEFAULT 0;

-- Rows that a batch's files say again and that an earlier batch, the owner,
-- holds. The owner cannot be rolled back before the batch that relies on it.
CREATE TABLE batch_reliance (
    batch INTEGER NOT NULL,
    owner INTEGER NOT NULL,
    fact  VARCHAR NOT NULL,
    "rows" BIGINT NOT NULL
);
