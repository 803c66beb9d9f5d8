"""The answer to one question, from one value a subject.

Supported: the interval of the mean difference over subjects lies above zero. Not supported: it ends
below the smallest difference that matters. Undecided: all else, and whatever fewer than `FEWEST`
subjects are asked. The interval knows that the subjects of a fold share their models.
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
        A mean difference whose interval ends below it is none that matters.
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
    if test.low > 0:
        return SUPPORTED, "interval above zero"
    if test.high < margin:
        return NOT_SUPPORTED, f"interval below {margin:g}"
    remedy = _needed(test.standard_error, n, margin, alpha)
    return UNDECIDED, f"interval holds 0 and {margin:g}{remedy}"


def _needed(standard_error, n, margin, alpha):
    """How many subjects would show a difference as large as the margin, in as many folds."""
    # Of subjects in folds whose models differ, what one subject tells.
    spread = standard_error * np.sqrt(n)
    n = subjects_for(margin, spread, alpha)
    if n is None:
        return ""
    return f"; {n} subjects would show {margin:g}"


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
