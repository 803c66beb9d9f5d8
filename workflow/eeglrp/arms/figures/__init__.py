"""What is drawn of the arms, one file a figure: from tables to PDF and PNG."""
