"""What the tables on affect say, as sentences and small tables for the report."""
