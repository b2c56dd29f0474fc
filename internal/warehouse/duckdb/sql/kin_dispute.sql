-- Values that several people claim, when one of the keys $1 is the value, its
-- digest or a claimant: the value, its digest, the claimants, and what links
-- join the first two to.
WITH disputed AS MATERIALIZED (
    SELECT value, person_ids, 'sha1:' || sha1('mailto:' || value) AS digest
    FROM identity_conflict
    WHERE value IN (SELECT unnest($1::VARCHAR[]))
       OR 'sha1:' || sha1('mailto:' || value) IN (SELECT unnest($1::VARCHAR[]))
       OR list_has_any(person_ids, $1::VARCHAR[])
)
SELECT value FROM disputed
UNION SELECT digest FROM disputed
UNION SELECT unnest(person_ids) FROM disputed
UNION SELECT l.other FROM identity_link l, disputed d WHERE l.withdrawn_at IS NULL AND l.value IN (d.value, d.digest)
UNION SELECT l.value FROM identity_link l, disputed d WHERE l.withdrawn_at IS NULL AND l.other IN (d.value, d.digest)
