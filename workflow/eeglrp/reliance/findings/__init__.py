"""What the table of reliance says, as sentences and a small table for the report."""
