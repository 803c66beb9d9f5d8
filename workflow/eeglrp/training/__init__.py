"""Splits, the training of the three regimes, classical baselines, decoding metrics."""
