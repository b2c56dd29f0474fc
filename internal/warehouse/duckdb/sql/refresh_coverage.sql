-- What the data cover. $1 is the time of the run: what is dated later does not
-- extend the coverage.
DELETE FROM coverage;

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
