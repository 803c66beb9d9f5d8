"""What is drawn of the methods' quality, one file a figure: from tables to PDF and PNG."""
