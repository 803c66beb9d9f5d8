"""Does relevance measure reliance? Planted confounds whose use by a model is known."""
