"""Attribution methods behind one signature, and the job that stores what they say.

Needs a trained model, the stores of windows it is asked about, and the table of splits. `run`
writes one attribution store a method, and what the explanation cost.
"""
