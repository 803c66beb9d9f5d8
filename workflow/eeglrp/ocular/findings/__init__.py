"""What the table of trials says, as sentences and a small table for the report."""
