"""Where KPIs go besides the lake's own tables: adapters at the edge."""
