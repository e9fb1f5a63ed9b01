-- Files that were rejected, and why
SELECT received_at, dataset, file, reason, records, batch_id
FROM received_files
WHERE verdict = 'rejected'
ORDER BY received_at DESC
LIMIT 100;
