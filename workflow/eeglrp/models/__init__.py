"""LaBraM, its weights, and their self-supervised pretraining."""
