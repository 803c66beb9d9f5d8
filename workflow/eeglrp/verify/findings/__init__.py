"""What the tables on relevance say, as sentences and small tables for the report."""
