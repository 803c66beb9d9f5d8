"""Layer-wise relevance propagation by intercepting the operations of an unmodified model."""
