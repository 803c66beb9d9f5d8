"""What is drawn of gaze, one file a figure: from `metrics/trials.tsv` to PDF and PNG."""
