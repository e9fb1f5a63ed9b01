"""The Lambda `cleanup`: archive, release, start the next batch; tell where nobody told."""
