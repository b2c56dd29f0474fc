-- What learning records that stay say of some activities.
-- $1 source, $2 places of the gone records, $3 activities.
WITH touched AS (SELECT DISTINCT unnest($3::VARCHAR[]) AS activity),
staying AS (
    SELECT activity_id, "row", attributes['course'] AS course, attributes['program'] AS program
    FROM learning
    WHERE batch = (SELECT batch FROM stream WHERE source = $1)
      AND activity_id IN (SELECT activity FROM touched) AND rowid NOT IN (SELECT unnest($2::BIGINT[]))
)
SELECT t.activity, count(n."row") > 0,
       coalesce(arg_max(n.course, n."row") FILTER (n.course IS NOT NULL), ''),
       coalesce(arg_max(n.program, n."row") FILTER (n.program IS NOT NULL), ''),
       coalesce(max(n."row") FILTER (n.course IS NOT NULL), 0),
       coalesce(max(n."row") FILTER (n.program IS NOT NULL), 0)
FROM touched t LEFT JOIN staying n ON n.activity_id = t.activity
GROUP BY t.activity
ORDER BY t.activity
