"""What the tables of decoding say, as sentences and small tables for the report."""
