-- What was known of values or people of the keys $1, whose hashes are
-- {hashes}: rows of identity.
SELECT rowid, value, person_id
FROM identity
WHERE (value_hash IN ({hashes}) OR person_hash IN ({hashes}))
  AND (value IN (SELECT unnest($1::VARCHAR[])) OR person_id IN (SELECT unnest($1::VARCHAR[])))
