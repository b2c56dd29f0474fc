-- A page of what the events of a name became, in the order of time and id.
-- {columns} fills in what a place does not keep; $1 and $2 are the call and the
-- name, $3 and $4 the last of the page before, $5 is how many.
SELECT event_id, time, person_id, {columns}, CAST(to_json(attributes) AS VARCHAR)
FROM {place}
WHERE {own} AND attributes['kind'] = $1 AND attributes['event'] = $2
  AND time >= $3 AND (time > $3 OR event_id > $4)
ORDER BY time, event_id
LIMIT $5
