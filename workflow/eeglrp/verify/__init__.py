"""Does relevance lie where physiology says it should? One module a scientific question.

Needs attribution stores, and the windows behind them with the times of their R-peaks. `run` writes
the tables on locking, topography, shares, layers, the ledger and the grid in one pass a task.
"""
