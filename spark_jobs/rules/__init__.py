"""The rules: what a record must be to be accepted, and what is said of it otherwise."""
