-- What gone learning records of a source named, and what others name still.
-- $1 source, $2 keys of the gone records, $3 further activities.
WITH gone AS (SELECT unnest($2::VARCHAR[]) AS id),
record AS MATERIALIZED (
    SELECT "row", activity_id, attributes['course'] AS course, attributes['program'] AS program,
           event_id IN (SELECT id FROM gone) OR contains(event_id, '#') AND split_part(event_id, '#', 1) IN (SELECT id FROM gone) AS going
    FROM learning
    WHERE batch = (SELECT batch FROM stream WHERE source = $1)
),
touched AS (
    SELECT unnest($3::VARCHAR[]) AS activity
    UNION SELECT activity_id FROM record WHERE going
    UNION SELECT course FROM record WHERE going AND course IS NOT NULL
    UNION SELECT program FROM record WHERE going AND program IS NOT NULL
),
naming AS (
    SELECT activity_id AS activity, "row", course, program FROM record WHERE NOT going
    UNION ALL SELECT course, "row", NULL, NULL FROM record WHERE NOT going AND course IS NOT NULL
    UNION ALL SELECT program, "row", NULL, NULL FROM record WHERE NOT going AND program IS NOT NULL
)
SELECT t.activity, count(n."row") > 0,
       coalesce(arg_max(n.course, n."row") FILTER (n.course IS NOT NULL), ''),
       coalesce(arg_max(n.program, n."row") FILTER (n.program IS NOT NULL), ''),
       coalesce(max(n."row") FILTER (n.course IS NOT NULL), 0),
       coalesce(max(n."row") FILTER (n.program IS NOT NULL), 0)
FROM touched t LEFT JOIN naming n USING (activity)
GROUP BY t.activity
ORDER BY t.activity
