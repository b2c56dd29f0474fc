-- A page of the activities that are described or that learning records name.
-- $1 is the text to search for in lower case, $2 the last id of the page before,
-- $3 is how many.
WITH described AS (
    SELECT activity_id, arg_max(title, (batch, "row")) AS title, arg_max(kind, (batch, "row")) AS kind, arg_max(course, (batch, "row")) AS course
    FROM activity GROUP BY activity_id
),
page AS (
    SELECT a.activity_id, d.title, d.kind, d.course
    FROM (SELECT activity_id FROM described UNION SELECT activity_id FROM learning) AS a
    LEFT JOIN described AS d USING (activity_id)
    WHERE a.activity_id > $2
      AND ($1 = '' OR contains(lower(a.activity_id), $1) OR contains(lower(coalesce(d.title, '')), $1))
    ORDER BY a.activity_id
    LIMIT $3
),
counted AS (
    SELECT l.activity_id, count(*) AS records, max(l.time) AS last_seen,
           count(DISTINCT coalesce(i.person_id, l.person_id)) AS learners, max(l.attributes['course']) AS course
    FROM learning AS l LEFT JOIN identity AS i ON i.value = l.person_id
    WHERE l.activity_id IN (SELECT activity_id FROM page)
    GROUP BY l.activity_id
)
SELECT p.activity_id, coalesce(p.title, ''), coalesce(p.kind, ''), coalesce(p.course, c.course, ''),
       coalesce(c.learners, 0), coalesce(c.records, 0), c.last_seen
FROM page AS p LEFT JOIN counted AS c USING (activity_id)
ORDER BY p.activity_id
