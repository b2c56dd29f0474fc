-- A page of the people that facts know. $1 is the text to search for in lower
-- case, $2 the last key of the page before, $3 is how many. Digests of addresses
-- are no names.
WITH known AS (
    SELECT person_id, value FROM identity WHERE namespace <> 'sha1'
    UNION
    SELECT l.person_id, l.person_id FROM learning AS l WHERE l.person_id NOT IN (SELECT value FROM identity)
),
page AS (
    SELECT person_id, list(value ORDER BY value) FILTER (value <> person_id)[1:20] AS names
    FROM known
    WHERE person_id > $2
    GROUP BY person_id
    HAVING $1 = '' OR contains(lower(person_id), $1) OR bool_or(contains(lower(value), $1))
    ORDER BY person_id
    LIMIT $3
),
counted AS (
    SELECT coalesce(i.person_id, l.person_id) AS person_id, count(*) AS records, max(l.time) AS last_seen
    FROM learning AS l LEFT JOIN identity AS i ON i.value = l.person_id
    WHERE coalesce(i.person_id, l.person_id) IN (SELECT person_id FROM page)
    GROUP BY ALL
),
belongs AS (
    SELECT person_id, arg_max(account_id, valid_from) AS account_id
    FROM membership WHERE person_id IN (SELECT person_id FROM page)
    GROUP BY person_id
)
SELECT p.person_id, CAST(to_json(coalesce(p.names, [])) AS VARCHAR), coalesce(b.account_id, ''), coalesce(c.records, 0), c.last_seen
FROM page AS p LEFT JOIN counted AS c USING (person_id) LEFT JOIN belongs AS b USING (person_id)
ORDER BY p.person_id
