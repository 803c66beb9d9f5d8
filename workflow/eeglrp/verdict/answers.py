"""The answer to one question, from one value a subject.

Supported: the interval of the mean difference over subjects lies above the smallest difference that
matters. Not supported: it lies below. Undecided: all else, and whatever fewer than `FEWEST`
subjects are asked. The interval knows that the subjects of a fold share their models.

Above zero would not do. Where temporal muscles or the heart carry the label, traces of them on
central electrodes and in the regressed HEOG are surely more than nothing, and were called
sensorimotor or ocular (`benchmarks/dial_cohorts.py`, docs/results/simulated.md).
"""

from typing import NamedTuple

import numpy as np

from eeglrp.power import smallest_difference
from eeglrp.statistics import FEWEST, mean_test

SUPPORTED, NOT_SUPPORTED, UNDECIDED = FINDINGS = (
    "supported",
    "not supported",
    "undecided",
)
#: No sample beyond this is named: what it could show is no longer this study's question.
_MOST_SUBJECTS = 100_000


class Answer(NamedTuple):
    """Mean `value` of the subjects and what it is held against, `reference`.

    `low` and `high` are the ends of the interval of the value, shifted so that it lies above
    `reference` where that of the difference lies above zero.
    """

    finding: str
    why: str
    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    reference: float = float("nan")
    p: float = float("nan")
    n: int = 0


def answer(first, second, fold, margin, confidence):
    """Whether the first value is larger.

    Parameters
    ----------
    first, second : array, shape (n_subjects,)
        Values of the same subjects.
    fold : array, shape (n_subjects,)
        Whose models tested the subject; all equal where every fold's did.
    margin : float
        The smallest mean difference that matters.
    confidence : float
        Of the interval; alpha is 1 - confidence.

    Returns
    -------
    Answer
    """
    first = np.asarray(first, float)
    second = np.asarray(second, float)
    difference = first - second
    reference = float(second.mean())
    test = mean_test(difference, fold, confidence)
    finding, why = decide(difference, test, margin, 1 - confidence)
    return Answer(
        finding,
        why,
        value=float(first.mean()),
        low=test.low + reference,
        high=test.high + reference,
        reference=reference,
        p=test.p,
        n=len(first),
    )


def decide(difference, test, margin, alpha):
    """Finding and its reason from the test of the mean difference."""
    n = len(difference)
    if n < FEWEST:
        return UNDECIDED, f"{n} subjects, fewer than {FEWEST}"
    if test.low > margin:
        return SUPPORTED, f"interval above {margin:g}"
    if test.high < margin:
        return NOT_SUPPORTED, f"interval below {margin:g}"
    return (
        UNDECIDED,
        f"interval holds {margin:g}{_needed(test, n, margin, alpha)}",
    )


def _needed(test, n, margin, alpha):
    """How many subjects would tell the mean from the margin, in as many folds."""
    # Of subjects in folds whose models differ, what one subject tells.
    spread = test.standard_error * np.sqrt(n)
    n = subjects_for(abs(test.mean - margin), spread, alpha)
    if n is None:
        return ""
    return f"; of such a mean {n} subjects would tell"


def subjects_for(difference, spread, alpha, power=0.8):
    """Fewest subjects that show a mean difference with this power; None where none would.

    Parameters
    ----------
    difference : float
        That matters, in the unit of `spread`.
    spread : float
        Standard deviation of the differences over subjects.
    """
    if difference <= 0:
        return None
    fewest = FEWEST
    most = _MOST_SUBJECTS
    if smallest_difference(spread, most, power, alpha) > difference:
        return None
    while fewest < most:
        middle = (fewest + most) // 2
        if smallest_difference(spread, middle, power, alpha) > difference:
            fewest = middle + 1
        else:
            most = middle
    return fewest
