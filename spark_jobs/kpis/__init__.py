"""KPIs and marts: pure functions from the lake's tables to tables of numbers."""
