"""What is drawn of reliance, one file a figure: from `metrics/reliance.tsv` to PDF and PNG."""
