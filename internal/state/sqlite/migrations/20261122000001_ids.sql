-- Ids lie by chunk, so that storing a chunk writes few pages however many ids
-- there are. A filter says which chunks may have an id; the program makes those
-- that are missing.

-- +goose Up
CREATE TABLE placed_id (
    chunk INTEGER NOT NULL,
    id    BLOB NOT NULL,
    seq   INTEGER NOT NULL,
    PRIMARY KEY (chunk, id)
) WITHOUT ROWID;
INSERT INTO placed_id (chunk, id, seq)
SELECT seq / (SELECT value FROM mark WHERE name = 'span'), id, seq FROM statement_id ORDER BY 1, 2;
DROP TABLE statement_id;
ALTER TABLE placed_id RENAME TO statement_id;
CREATE TABLE id_filter (
    chunk INTEGER PRIMARY KEY,
    bits  BLOB NOT NULL
);
