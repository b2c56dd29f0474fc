-- Who was a customer when, at what price. {of them} leaves all accounts or
-- those whose keys are touched, as WHERE; {and of them} as AND.
DELETE FROM subscription {of them};

DELETE FROM mrr_span {of them};

-- A spell as a customer ends with a churn row; each row belongs to the spell
-- that the churn rows before it number.
INSERT INTO subscription
WITH movement AS (
    SELECT account_id, time, kind, reason,
           count(*) FILTER (kind = 'churn') OVER (
               PARTITION BY account_id ORDER BY time, batch, "row"
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS spell
    FROM revenue
    WHERE kind NOT IN ('one_off', 'training') {and of them}
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
    FROM spells s FULL JOIN (SELECT * FROM account {of them}) a ON a.account_id = s.account_id
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
    WHERE kind NOT IN ('one_off', 'training') AND (mrr IS NOT NULL OR kind = 'churn') {and of them}
)
WHERE kind <> 'churn' AND (next_at IS NULL OR next_at > time);
