-- Times are microseconds since 1970 in UTC, 0 for never. Ids of statements are
-- the 16 bytes of the UUID.

-- +goose Up
CREATE TABLE statement (
    seq         INTEGER PRIMARY KEY,
    id          BLOB NOT NULL,
    stored      INTEGER NOT NULL,
    flags       INTEGER NOT NULL,           -- 1 voided, 2 voids its target, 4 its timestamp is stored
    target      BLOB,                       -- id of the statement that it refers to
    replaced    INTEGER NOT NULL DEFAULT 0, -- seq of the change that replaced it
    credential  TEXT NOT NULL,
    country     TEXT NOT NULL,
    attachments TEXT NOT NULL,              -- sha2, separated by blanks
    terms       BLOB NOT NULL,              -- keyed hashes, 8 bytes each
    body        BLOB NOT NULL               -- without stored
);
CREATE UNIQUE INDEX statement_stored ON statement (stored);

-- Ids and postings of the newest statements are in memory alone and come here a
-- chunk at a time; mark 'sealed' is the first chunk that is not here yet,
-- mark 'span' the number of places in a chunk. A run is one chunk, or several
-- before mark 'merged'.
CREATE TABLE statement_id (
    id  BLOB PRIMARY KEY,
    seq INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE posting (
    run     INTEGER NOT NULL, -- number of its first chunk
    term    INTEGER NOT NULL, -- no entry of the page has a lower one
    entries BLOB NOT NULL,
    PRIMARY KEY (run, term)
) WITHOUT ROWID;

CREATE TABLE reference (
    target BLOB NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (target, seq)
) WITHOUT ROWID;
CREATE TABLE attachment (
    sha2 TEXT NOT NULL,
    seq  INTEGER NOT NULL,
    PRIMARY KEY (sha2, seq)
) WITHOUT ROWID;
CREATE TABLE content (
    sha2         TEXT PRIMARY KEY,
    content_type TEXT NOT NULL,
    data         BLOB NOT NULL
);
CREATE TABLE activity (
    iri        TEXT PRIMARY KEY,
    definition BLOB NOT NULL
);
CREATE TABLE agent_name (
    agent TEXT NOT NULL,
    name  TEXT NOT NULL,
    seq   INTEGER NOT NULL, -- of the statement that first said so
    PRIMARY KEY (agent, name)
) WITHOUT ROWID;

-- What happened to statements beside their being stored.
CREATE TABLE change (
    seq      INTEGER PRIMARY KEY,
    replaced INTEGER NOT NULL, -- seq of the statement, 0 for none
    removed  BLOB NOT NULL     -- ids
);
CREATE TABLE cursor (
    reader TEXT PRIMARY KEY,
    seq    INTEGER NOT NULL
);

CREATE TABLE document (
    seq          INTEGER PRIMARY KEY,
    resource     INTEGER NOT NULL,
    activity     TEXT NOT NULL,
    agent        TEXT NOT NULL,
    registration TEXT NOT NULL,
    id           TEXT NOT NULL,
    updated      INTEGER NOT NULL,
    etag         TEXT NOT NULL,
    content_type TEXT NOT NULL,
    body         BLOB NOT NULL
);
CREATE UNIQUE INDEX document_key ON document (resource, activity, agent, registration, id);
CREATE INDEX document_agent ON document (agent) WHERE agent <> '';

CREATE TABLE credential (
    id          TEXT PRIMARY KEY,
    label       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    scopes      TEXT NOT NULL, -- JSON array
    lenient     TEXT NOT NULL, -- JSON array
    secret_hash TEXT NOT NULL,
    created     INTEGER NOT NULL,
    last_used   INTEGER NOT NULL,
    revoked     INTEGER NOT NULL
);
CREATE TABLE suppressed (
    hash TEXT PRIMARY KEY,
    at   INTEGER NOT NULL
);
CREATE TABLE dead_letter (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    target    TEXT NOT NULL,
    statement TEXT NOT NULL,
    reason    TEXT NOT NULL,
    attempts  INTEGER NOT NULL,
    at        INTEGER NOT NULL
);
CREATE INDEX dead_letter_target ON dead_letter (target, id);
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    body BLOB NOT NULL
);

CREATE TABLE mark (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
);
INSERT INTO mark (name, value) VALUES ('stamp', 0), ('sealed', 0), ('merged', 0), ('span', 16384);
CREATE TABLE term_key (secret BLOB NOT NULL);
INSERT INTO term_key (secret) VALUES (randomblob(32));
