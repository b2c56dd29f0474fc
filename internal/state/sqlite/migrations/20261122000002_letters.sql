-- Dead letters are found by their statement, which may be erased.

-- +goose Up
CREATE INDEX dead_letter_statement ON dead_letter (statement);
