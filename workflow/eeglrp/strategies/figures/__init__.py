"""What is drawn of the strategies, one file a figure: from tables to PDF and PNG."""
