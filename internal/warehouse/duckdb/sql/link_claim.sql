-- Who claims the values that links join, one row for each claimant.
SELECT DISTINCT value, person_id
FROM claim
WHERE value IN (
    SELECT value FROM identity_link WHERE withdrawn_at IS NULL
    UNION ALL
    SELECT other FROM identity_link WHERE withdrawn_at IS NULL)
