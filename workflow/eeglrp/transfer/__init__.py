"""Models on another paradigm: do they decode it, and does their relevance move there."""
