-- Takes away who is who of those whose keys are touched, and gathers what is
-- said of them.
DELETE FROM identity WHERE rowid IN ({rows});

DELETE FROM identity_conflict WHERE value IN (SELECT key FROM touched);

DELETE FROM membership WHERE person_id IN (SELECT key FROM touched);

CREATE OR REPLACE TEMP TABLE spoken AS
SELECT * FROM person_version WHERE person_id IN (SELECT key FROM touched);
