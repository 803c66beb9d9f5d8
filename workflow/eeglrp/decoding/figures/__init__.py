"""What is drawn of decoding and training, one file a figure: from tables to PDF and PNG."""
