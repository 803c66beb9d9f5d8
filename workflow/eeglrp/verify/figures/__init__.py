"""What is drawn of where relevance lies, one file a figure: from tables to PDF and PNG."""
