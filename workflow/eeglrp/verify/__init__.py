"""Does relevance lie where physiology says it should? One module a scientific question."""
