-- Those of some activities that staying records name as their course or program.
-- $1 source, $2 places of the gone records, $3 activities, $4 how many of the
-- latest rows of the source to look at.
WITH touched AS (SELECT unnest($3::VARCHAR[]) AS activity),
source AS (SELECT batch FROM stream WHERE source = $1),
named AS (
    SELECT DISTINCT unnest([attributes['course'], attributes['program']]) AS activity
    FROM learning
    WHERE batch = (SELECT batch FROM source) AND rowid NOT IN (SELECT unnest($2::BIGINT[]))
      AND "row" > (SELECT max("row") - $4 FROM learning WHERE batch = (SELECT batch FROM source))
)
SELECT activity FROM named WHERE activity IN (SELECT activity FROM touched)
