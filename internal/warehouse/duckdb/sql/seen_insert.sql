-- Begins to count the names that are new.
INSERT INTO stream_seen
SELECT $1, name, n, last, became
FROM (
    SELECT unnest($2::VARCHAR[]) AS name, unnest($3::BIGINT[]) AS n,
           make_timestamp(nullif(unnest($4::BIGINT[]), $6)) AS last, unnest($5::VARCHAR[]) AS became
) d
WHERE name NOT IN (SELECT name FROM stream_seen WHERE source = $1)
