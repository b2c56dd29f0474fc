-- $1 is a JSON array of events. Those that are parked already, with a time
-- between $3 and $4, change nothing.
INSERT INTO track_parked
SELECT e.event_id, make_timestamp(e.micros), e.person_id, nullif(e.account_id, ''), e.attributes
FROM (
    SELECT unnest(from_json($1, '[{"event_id": "VARCHAR", "micros": "BIGINT", "person_id": "VARCHAR", "account_id": "VARCHAR", "attributes": "MAP(VARCHAR, VARCHAR)"}]'), recursive := true)
) AS e
WHERE e.event_id NOT IN (SELECT event_id FROM track_parked WHERE event_id IN (SELECT unnest($2::VARCHAR[])) AND time BETWEEN make_timestamp($3) AND make_timestamp($4))
QUALIFY row_number() OVER (PARTITION BY e.event_id) = 1
