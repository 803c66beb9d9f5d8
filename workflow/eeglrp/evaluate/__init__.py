"""The quality of the attribution methods themselves, where the truth is known."""
