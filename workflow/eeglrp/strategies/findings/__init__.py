"""What the table of strategies says, as sentences and a small table for the report."""
