-- Rebuilds what follows from the facts: who is who, who belonged where, who was
-- a customer when and at what price, and what the data cover. Small set work,
-- run at the end of every import and rollback, inside its transaction.
-- $1 is the time of the run: what is dated later does not extend the coverage.

DELETE FROM identity;
DELETE FROM identity_conflict;
DELETE FROM membership;
DELETE FROM subscription;
DELETE FROM mrr_span;
DELETE FROM coverage;

-- Every version of a person counts, the replaced ones too: facts keep the
-- e-mail that the person had when they were written.
CREATE OR REPLACE TEMP TABLE claim AS
SELECT DISTINCT person_id AS value, 'id' AS namespace, person_id FROM person_version
UNION
SELECT DISTINCT email, 'email', person_id FROM person_version WHERE email IS NOT NULL;

INSERT INTO identity_conflict
SELECT value, min(namespace), list(DISTINCT person_id ORDER BY person_id)
FROM claim GROUP BY value HAVING count(DISTINCT person_id) > 1;

INSERT INTO identity
SELECT value, min(namespace), min(person_id)
FROM claim GROUP BY value HAVING count(DISTINCT person_id) = 1;

DROP TABLE claim;

INSERT INTO membership
SELECT person_id, account_id,
       CASE WHEN ord = 1 THEN TIMESTAMP '0001-01-01' ELSE created_at END,
       coalesce(next_at, TIMESTAMP '9999-12-31')
FROM (
    SELECT person_id, account_id, created_at,
           row_number() OVER w AS ord, lead(created_at) OVER w AS next_at
    FROM person
    WHERE account_id IS NOT NULL
    WINDOW w AS (PARTITION BY person_id ORDER BY created_at NULLS FIRST, batch, "row")
)
WHERE next_at IS NULL OR created_at IS NULL OR next_at > created_at;

-- A spell as a customer ends with a churn row; each row belongs to the spell
-- that the churn rows before it number.
INSERT INTO subscription
WITH movement AS (
    SELECT account_id, time, kind, reason,
           count(*) FILTER (kind = 'churn') OVER (
               PARTITION BY account_id ORDER BY time, batch, "row"
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS spell
    FROM revenue
    WHERE kind NOT IN ('one_off', 'training')
), spells AS (
    SELECT account_id, coalesce(spell, 0) AS spell,
           min(time) FILTER (kind <> 'churn') AS started_at,
           min(time) FILTER (kind = 'churn') AS ended_at,
           any_value(reason) FILTER (kind = 'churn') AS reason
    FROM movement GROUP BY ALL
), dated AS (
    SELECT coalesce(s.account_id, a.account_id) AS account_id,
           CASE WHEN coalesce(s.spell, 0) = 0 THEN least(a.signup_at, s.started_at) ELSE s.started_at END AS started_at,
           s.ended_at, s.reason
    FROM spells s FULL JOIN account a ON a.account_id = s.account_id
)
SELECT account_id, started_at, ended_at, reason
FROM dated
WHERE started_at IS NOT NULL AND (ended_at IS NULL OR ended_at > started_at);

INSERT INTO mrr_span
SELECT account_id, time, next_at, mrr, currency
FROM (
    SELECT account_id, time, kind, mrr, currency,
           lead(time) OVER (PARTITION BY account_id ORDER BY time, batch, "row") AS next_at
    FROM revenue
    WHERE kind NOT IN ('one_off', 'training') AND (mrr IS NOT NULL OR kind = 'churn')
)
WHERE kind <> 'churn' AND (next_at IS NULL OR next_at > time);

INSERT INTO coverage
SELECT date_trunc('day', min(low)), date_trunc('day', max(high)) + INTERVAL 1 DAY
FROM (
    SELECT min(time) AS low, max(time) AS high FROM learning WHERE time <= $1
    UNION ALL SELECT min(time), max(time) FROM usage WHERE time <= $1
    UNION ALL SELECT min(opened_at), max(opened_at) FROM ticket WHERE opened_at <= $1
    UNION ALL SELECT min(time), max(time) FROM response WHERE time <= $1
    UNION ALL SELECT min(time), max(time) FROM revenue WHERE time <= $1
    UNION ALL SELECT min(time), max(time) FROM outcome WHERE time <= $1
);
