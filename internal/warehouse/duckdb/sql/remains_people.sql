-- People of gone learning records whom no other record of the source names.
WITH gone AS (SELECT unnest($2::VARCHAR[]) AS id),
record AS MATERIALIZED (
    SELECT person_id, event_id IN (SELECT id FROM gone) OR contains(event_id, '#') AND split_part(event_id, '#', 1) IN (SELECT id FROM gone) AS going
    FROM learning
    WHERE batch = (SELECT batch FROM stream WHERE source = $1)
)
SELECT person_id FROM record GROUP BY person_id HAVING bool_and(going) ORDER BY person_id
