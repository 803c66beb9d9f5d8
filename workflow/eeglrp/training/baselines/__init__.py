"""Decoders that a foundation model has to beat, on the same windows and splits."""
