-- Where the learning records of a source lie that go. It reads their keys alone.
-- $1 source, $2 keys of the gone records.
WITH gone AS (SELECT unnest($2::VARCHAR[]) AS id)
SELECT rowid FROM learning
WHERE batch = (SELECT batch FROM stream WHERE source = $1)
  AND (event_id IN (SELECT id FROM gone) OR contains(event_id, '#') AND split_part(event_id, '#', 1) IN (SELECT id FROM gone))
