-- A stream's row is superseded by the file's of the same key, if there is one.
UPDATE {table} SET superseded_by = ranked.heir
FROM (
    SELECT own.rowid AS id, min(f.batch) AS heir
    FROM {table} own
    LEFT JOIN {table} f
        ON {same key} AND f.superseded_by IS NULL AND f.batch NOT IN (SELECT batch FROM stream)
    WHERE own.batch IN (SELECT batch FROM stream) {only}
    GROUP BY own.rowid
) ranked
WHERE {table}.rowid = ranked.id AND {table}.superseded_by IS DISTINCT FROM ranked.heir
