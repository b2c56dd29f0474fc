-- Events that wait for another mapping, of people by their keys, as JSON.
SELECT CAST(to_json(e) AS VARCHAR)
FROM (
    SELECT event_id, strftime(time, '%Y-%m-%dT%H:%M:%S.%fZ') AS time, person_id, account_id, attributes
    FROM track_parked
    WHERE person_id IN (SELECT unnest($1::VARCHAR[]))
    ORDER BY time, event_id
) AS e
