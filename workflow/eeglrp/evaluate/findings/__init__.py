"""What the tables on the methods say, as sentences and small tables for the report."""
