-- Rows in quarantine by violation, with one example each; rows that were replayed or discarded are left out
SELECT q.dataset, v.violation, count(*) AS row_count, min_by(q.file, q.record) AS example_file, min(q.line) AS example_line
FROM quarantine AS q
CROSS JOIN UNNEST(q.violations) AS v (violation)
WHERE NOT EXISTS (
  SELECT 1 FROM quarantine_events AS e
  WHERE e.file_sha256 = q.file_sha256 AND e.dataset = q.dataset AND e.record = q.record
)
GROUP BY q.dataset, v.violation
ORDER BY row_count DESC;
