"""Strategies of a model: groups of its single-trial maps, found by spectral clustering (SpRAy)."""
