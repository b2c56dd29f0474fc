SELECT s.seq AS place, X'' AS removed,
       s.seq, s.id, s.stored, s.flags, s.target, s.replaced, s.credential, s.country, s.attachments, s.body
FROM statement s WHERE s.seq > $1 AND s.replaced = 0
UNION ALL
SELECT c.seq, X'',
       s.seq, s.id, s.stored, s.flags, s.target, s.replaced, s.credential, s.country, s.attachments, s.body
FROM change c JOIN statement s ON s.seq = c.replaced WHERE c.seq > $1
UNION ALL
SELECT c.seq, c.removed, 0, X'', 0, 0, NULL, 0, '', '', '', CAST('{}' AS BLOB)
FROM change c WHERE c.seq > $1 AND c.replaced = 0
ORDER BY 1 LIMIT $2
