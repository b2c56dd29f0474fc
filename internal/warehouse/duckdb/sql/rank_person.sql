-- A stream's row is superseded when a file has the person in the same account
-- at that time, or when it names no account and a file describes the person.
-- A move to another account counts, wherever it was said.
UPDATE {table} SET superseded_by = ranked.heir
FROM (
    SELECT id, CASE
        WHEN described IS NULL THEN NULL
        WHEN account_id IS NULL THEN described
        WHEN before_file AND before_account IS NOT DISTINCT FROM account_id THEN before_batch
        WHEN created_at IS NULL AND list_contains(accounts, account_id) THEN described
        END AS heir, mine
    FROM (
        SELECT *,
               min(batch) FILTER (NOT mine) OVER all_of AS described,
               list(account_id) FILTER (NOT mine) OVER all_of AS accounts,
               lag(NOT mine) OVER in_time AS before_file,
               lag(account_id) OVER in_time AS before_account,
               lag(batch) OVER in_time AS before_batch
        FROM (
            SELECT p.rowid AS id, p.batch, p.person_id, p.account_id, p.created_at, s.batch IS NOT NULL AS mine
            FROM {table} p LEFT JOIN stream s ON s.batch = p.batch
            WHERE (s.batch IS NOT NULL OR p.superseded_by IS NULL)
              AND p.person_id IN (
                  SELECT own.person_id FROM {table} own
                  WHERE own.batch IN (SELECT batch FROM stream) {only})
        )
        WINDOW all_of AS (PARTITION BY person_id),
               in_time AS (PARTITION BY person_id ORDER BY created_at NULLS FIRST, mine)
    )
) ranked
WHERE {table}.rowid = ranked.id AND ranked.mine AND {table}.superseded_by IS DISTINCT FROM ranked.heir
