-- Who is who, and who belonged where, from claim, merged and alias. {versions}
-- are everybody's or those of the touched keys; what was there of them has gone
-- before.
CREATE OR REPLACE TEMP TABLE resolved AS
SELECT c.value, min(c.namespace) AS namespace, min(coalesce(m.canonical, c.person_id)) AS person_id,
       max(coalesce(m.canonical, c.person_id)) AS other
FROM claim c LEFT JOIN merged m USING (person_id)
GROUP BY c.value;

INSERT INTO identity
SELECT value, namespace, person_id, (hash(value) & 4294967295)::UINTEGER, (hash(person_id) & 4294967295)::UINTEGER
FROM (
    SELECT value, namespace, person_id FROM resolved WHERE other = person_id
    UNION ALL
    -- digests of people's addresses are claimed although links do not name them
    SELECT value, 'link', canonical FROM alias WHERE value NOT IN (SELECT value FROM claim)
);

INSERT INTO identity_conflict
SELECT c.value, min(c.namespace), list(DISTINCT coalesce(m.canonical, c.person_id) ORDER BY coalesce(m.canonical, c.person_id))
FROM claim c LEFT JOIN merged m USING (person_id)
WHERE c.namespace <> 'sha1' AND c.value IN (SELECT value FROM resolved WHERE other <> person_id)
GROUP BY c.value;

INSERT INTO membership
SELECT person_id, account_id,
       CASE WHEN ord = 1 OR created_at IS NULL THEN TIMESTAMP '0001-01-01' ELSE created_at END,
       coalesce(next_at, TIMESTAMP '9999-12-31')
FROM (
    SELECT person_id, account_id, created_at,
           row_number() OVER w AS ord, lead(created_at) OVER w AS next_at, lead(true) OVER w AS followed
    FROM ( -- what says the same account again begins nothing
        SELECT *, lag(account_id) OVER w AS account_before
        FROM (
            SELECT coalesce(m.canonical, p.person_id) AS person_id, p.account_id, p.created_at, p.batch, p."row"
            FROM {versions} p LEFT JOIN merged m USING (person_id)
            WHERE p.superseded_by IS NULL AND p.account_id IS NOT NULL
        )
        WINDOW w AS (PARTITION BY person_id ORDER BY created_at NULLS FIRST, batch, "row")
    )
    WHERE account_before IS DISTINCT FROM account_id
    WINDOW w AS (PARTITION BY person_id ORDER BY created_at NULLS FIRST, batch, "row")
)
-- of several at the same time, or at none, the last one counts
WHERE followed IS NULL OR created_at IS NULL AND next_at IS NOT NULL OR next_at > created_at;

DROP TABLE claim;
DROP TABLE merged;
DROP TABLE alias;
DROP TABLE resolved;
