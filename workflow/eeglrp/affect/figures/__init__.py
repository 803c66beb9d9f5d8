"""What is drawn of affect, one file a figure: from `metrics/affect_*.tsv` to PDF and PNG."""
