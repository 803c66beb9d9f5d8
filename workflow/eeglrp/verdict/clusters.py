"""Answers about clusters of single-trial maps, which belong to a model and not to its subjects.

There are no values of subjects to test: a cluster is ocular or not by the test of its own that the
table of strategies holds. With several seeds all must agree.
"""

from eeglrp.verdict.answers import NOT_SUPPORTED, SUPPORTED, UNDECIDED, Answer


def answer_clusters(first, second):
    """Whether there are ocular clusters, and none any more where a second table is given.

    Parameters
    ----------
    first : DataFrame
        Rows of the metric `ocular trials` on the whole input, one a seed.
    second : DataFrame or None
        The same on an arm's.

    Returns
    -------
    Answer
        `value` and `reference` are the mean shares of windows in ocular clusters; the reference is
        0 for one table.
    """
    ocular = first["value"] > 0
    if not ocular.any():
        finding = NOT_SUPPORTED if second is None else UNDECIDED
        why = "no ocular cluster"
    elif not ocular.all():
        finding, why = UNDECIDED, "ocular clusters in some seeds only"
    elif second is None:
        finding, why = SUPPORTED, "ocular clusters"
    else:
        finding, why = _vanishes(second["value"] > 0)
    value = float(first["value"].mean())
    reference = 0.0 if second is None else float(second["value"].mean())
    n = int(first["n"].max())
    return Answer(finding, why, value, reference=reference, n=n)


def _vanishes(left):
    if not left.any():
        return SUPPORTED, "ocular clusters on the whole input only"
    if left.all():
        return NOT_SUPPORTED, "ocular clusters on both"
    return UNDECIDED, "ocular clusters left in some seeds only"
