"""What the table of transfer says, as sentences and a small table for the report."""
