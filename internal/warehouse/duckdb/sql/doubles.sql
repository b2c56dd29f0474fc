-- Events of a file's batch ($1) that streams hold too.
DELETE FROM {table}
WHERE batch = $1 AND {key} IN (
    SELECT {key} FROM {table}
    WHERE batch IN (SELECT batch FROM stream)
      AND {at} BETWEEN (SELECT min({at}) - INTERVAL 7 DAY FROM {table} WHERE batch = $1)
                   AND (SELECT max({at}) + INTERVAL 7 DAY FROM {table} WHERE batch = $1))
