-- Of some people those whom no staying record of the source names.
-- $1 source, $2 places of the gone records, $3 people.
SELECT DISTINCT p.person FROM (SELECT unnest($3::VARCHAR[]) AS person) p
WHERE p.person NOT IN (
    SELECT person_id FROM learning
    WHERE batch = (SELECT batch FROM stream WHERE source = $1)
      AND person_id IN (SELECT unnest($3::VARCHAR[])) AND person_id IS NOT NULL
      AND rowid NOT IN (SELECT unnest($2::BIGINT[])))
ORDER BY p.person
