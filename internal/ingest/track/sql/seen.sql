-- What arrived, by call and name. $1 is the source, $2 is a day ago.
SELECT call, name, sum(total)::BIGINT, sum(recent)::BIGINT, min(first), max(last), string_agg(place, ' ' ORDER BY place)
FROM (
    SELECT 'feature' AS place, attributes['kind'] AS call, attributes['event'] AS name,
           count(*) AS total, count(*) FILTER (time > $2) AS recent, min(time) AS first, max(time) AS last
    FROM usage WHERE batch IN (SELECT batch FROM batch WHERE source = $1) GROUP BY ALL
    UNION ALL
    SELECT 'learning', attributes['kind'], attributes['event'], count(*), count(*) FILTER (time > $2), min(time), max(time)
    FROM learning WHERE batch IN (SELECT batch FROM batch WHERE source = $1) GROUP BY ALL
    UNION ALL
    SELECT 'ignored', attributes['kind'], attributes['event'], count(*), count(*) FILTER (time > $2), min(time), max(time)
    FROM track_parked GROUP BY ALL
)
WHERE name IS NOT NULL AND call IS NOT NULL
GROUP BY call, name
ORDER BY 3 DESC, call, name
LIMIT 5000
