"""Baselines: name -> module, which holds a function of that name.

A function takes the windows of all splits, fits on the training split and returns scores
(n, n_classes) of every window, of which the largest names the predicted class. A network takes
`seed` and `device` too and stops by the validation split. The module is imported when it is used;
this one is imported while the graph of jobs is built.
"""

from importlib import import_module

from eeglrp.errors import InputError

_HERE = "eeglrp.baselines"
BASELINES = {
    "csp_lda": f"{_HERE}.covariance",
    "tangent_lr": f"{_HERE}.covariance",
    "mdm": f"{_HERE}.covariance",
    "lda_samples": f"{_HERE}.samples",
    "lda_samples_subject": f"{_HERE}.samples",
    "eegnet": f"{_HERE}.networks",
    "shallow": f"{_HERE}.networks",
    "spoc_ridge": f"{_HERE}.ratings",
    "heart_rate": f"{_HERE}.body",
    "emg_lda": f"{_HERE}.body",
}
#: They start from random weights: one fit a seed. The others have nothing random.
NETWORKS = ("eegnet", "shallow")
#: They know only subjects of the training split.
WITHIN_SUBJECT = ("lda_samples_subject",)
#: They take `target`: they estimate the rating itself, or which of two classes it is in.
REGRESSORS = ("spoc_ridge",)
#: Baselines that are fitted anew many times, under nulls and with other splits (`eeglrp.affect`).
REFITTED = ("csp_lda", "tangent_lr", "spoc_ridge", "heart_rate", "emg_lda")


def load(name):
    """Return the function of a baseline.

    Raises
    ------
    InputError
        If there is no such baseline.
    """
    if name not in BASELINES:
        key = f"training.baselines.{name}"
        remedy = f"choose one of {', '.join(BASELINES)}"
        raise InputError("config", key, "is not a baseline", remedy)
    module = import_module(BASELINES[name])
    return getattr(module, name)
