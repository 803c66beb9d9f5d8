"""Layer-wise relevance propagation for EEG foundation models, and the study around it.

`from eeglrp import explain` gives the LRP engine; everything else is in the subpackages.
"""

import importlib

__version__ = "0.1.0"
__all__ = ["explain"]


def __getattr__(name):
    """Load the engine, and torch with it, when it is asked for and not before."""
    if name == "explain":
        return importlib.import_module("eeglrp.lrp.explain").explain
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
