"""Kinds of task that share their windows; imports nothing, for the configuration asks too."""

#: Windows follow a cue, whatever the classes are.
CUED = ("motor_imagery", "cued")
