"""The steps from a recording to labelled windows, one file a step.

They need a subject's recordings and the settings of a task and of its windows. `windows.py` goes
through them and writes the subject's store of windows, and the table of what was kept and what not.
"""
