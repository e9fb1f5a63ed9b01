"""Looking at a batch from outside: what its steps have come to, here and on AWS; nothing writes."""
