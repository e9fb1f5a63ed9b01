"""The batch gate: notes what arrives, closes batches, starts them one at a time."""
