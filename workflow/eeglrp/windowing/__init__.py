"""The steps from a recording to labelled windows, one file a step."""
