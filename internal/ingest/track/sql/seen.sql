-- Events that came to {place} after the one at $1, by call, name and, when after
-- $2, quarter of an hour; with the place of the last.
SELECT coalesce(attributes['kind'], ''), coalesce(attributes['event'], ''),
       CASE WHEN time > $2 THEN time_bucket(INTERVAL 15 MINUTES, time) END,
       count(*), min(time), max(time), max({row})
FROM {place}
WHERE {own} AND {row} > $1
GROUP BY ALL
