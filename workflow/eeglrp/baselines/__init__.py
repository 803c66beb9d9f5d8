"""Baselines: classical decoders, small networks, and what the body alone gives away.

Needs the windows of a task and its table of splits. `run` writes the predictions of one baseline,
`arms` those on the arms' windows too and the electrodes that its decisions rest on.
"""
