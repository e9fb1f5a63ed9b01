"""The two jobs as tasks on AWS: files by manifest, staged rows on S3, an outcome in the table."""
