-- Tokens of an OpenID provider let in, too.

-- +goose Up
ALTER TABLE credential ADD COLUMN issuer TEXT NOT NULL DEFAULT '';
ALTER TABLE credential ADD COLUMN audience TEXT NOT NULL DEFAULT '';
ALTER TABLE credential ADD COLUMN scope_prefix TEXT NOT NULL DEFAULT '';
