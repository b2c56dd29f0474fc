-- Rows of identity whose value or person has one of the hashes: those that are
-- looked for, and a few by chance. Reading narrow columns alone is what makes
-- it quick: the texts of these rows are read by their ids.
SELECT rowid FROM identity WHERE value_hash IN ({hashes})
UNION
SELECT rowid FROM identity WHERE person_hash IN ({hashes})
