-- Adds counts to the names that are counted already.
UPDATE stream_seen SET n = stream_seen.n + d.n, last = greatest(stream_seen.last, d.last), became = d.became
FROM (
    SELECT unnest($2::VARCHAR[]) AS name, unnest($3::BIGINT[]) AS n,
           make_timestamp(nullif(unnest($4::BIGINT[]), $6)) AS last, unnest($5::VARCHAR[]) AS became
) d
WHERE stream_seen.source = $1 AND stream_seen.name = d.name
