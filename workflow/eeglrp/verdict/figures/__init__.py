"""What is drawn of the verdicts, one file a figure: from two tables to PDF and PNG."""
