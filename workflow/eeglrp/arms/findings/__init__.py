"""What the table of arms says, as sentences and a small table for the report."""
