-- Stores links of a source, those whose id is new.
INSERT INTO identity_link
SELECT id, $1, value, other, linked_at, why, NULL
FROM (
    SELECT unnest($2::VARCHAR[]) AS id, unnest($3::VARCHAR[]) AS value, unnest($4::VARCHAR[]) AS other,
           make_timestamp(nullif(unnest($5::BIGINT[]), $7)) AS linked_at, unnest($6::VARCHAR[]) AS why
) d
WHERE id NOT IN (SELECT id FROM identity_link)
