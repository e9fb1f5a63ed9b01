"""Batches: what was received when, which batch it belongs to, and who may run."""
