"""Layer-wise relevance propagation by intercepting the operations of an unmodified model.

`explain` needs a model, a signal, the class to explain and a rule set. It gives the relevance of
every value of the signal, and a ledger that says where all of the output comes from.
"""
