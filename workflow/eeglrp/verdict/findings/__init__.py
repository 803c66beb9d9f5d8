"""The verdicts in words, as sentences and small tables for the report."""
