-- Values that several people claim, in any version of theirs, unless links say
-- that these are one.
SELECT c.value, list(DISTINCT coalesce(i.person_id, c.person_id) ORDER BY coalesce(i.person_id, c.person_id)) AS person_ids
FROM (
    SELECT DISTINCT person_id AS value, person_id FROM person_version
    UNION
    SELECT DISTINCT email, person_id FROM person_version WHERE email IS NOT NULL
) c
LEFT JOIN identity i ON i.value = c.person_id
GROUP BY c.value
HAVING count(DISTINCT coalesce(i.person_id, c.person_id)) > 1
