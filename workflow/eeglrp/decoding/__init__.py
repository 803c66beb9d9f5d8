"""How well each task is decoded, by which model, from how many labels: see `question`."""
