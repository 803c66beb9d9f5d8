"""What is drawn of transfer, one file a figure: from `metrics/transfer.tsv` to PDF and PNG."""
