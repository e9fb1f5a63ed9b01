-- The last batches: verdict, sums of records, durations
SELECT batch_id, verdict, files, records, staged, quarantined, in_rejected_files, stored, superseded, identical, durations, finished_at
FROM batches
ORDER BY finished_at DESC
LIMIT 50;
