-- Who claims which value. Every version of a person counts, the replaced ones
-- too: facts keep the e-mail that the person had when they were written.
-- {versions} are everybody's or those of the touched keys.
CREATE OR REPLACE TEMP TABLE claim AS
SELECT person_id AS value, 'id' AS namespace, person_id FROM {versions}
UNION ALL
SELECT email, 'email', person_id FROM {versions} WHERE email IS NOT NULL;

-- Statements may know people by the digest of their address.
INSERT INTO claim
SELECT 'sha1:' || sha1('mailto:' || value), 'sha1', person_id FROM claim
WHERE namespace = 'email' AND EXISTS (SELECT 1 FROM stream);

-- People that are one by links, and values that only links know. Filled by the
-- program, which follows the links.
CREATE OR REPLACE TEMP TABLE merged (person_id VARCHAR, canonical VARCHAR);

CREATE OR REPLACE TEMP TABLE alias (value VARCHAR, canonical VARCHAR);
