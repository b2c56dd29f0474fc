-- Takes away who is who of those whose keys are touched.
DELETE FROM identity WHERE rowid IN (SELECT id FROM known_row);

DELETE FROM identity_conflict WHERE value IN (SELECT key FROM touched);

DELETE FROM membership WHERE person_id IN (SELECT key FROM touched);
