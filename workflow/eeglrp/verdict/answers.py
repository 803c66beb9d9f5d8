"""The answer to one question, from one value a subject.

Supported: the interval of the mean difference over subjects lies above zero, and a sign-flip test
gives p below alpha. Not supported: the interval lies below the margin, the smallest difference
that matters. Undecided: all else, and whatever so few subjects are asked that the test could not
have given p below alpha.
"""

from typing import NamedTuple

import numpy as np

from eeglrp.power import smallest_difference, subjects_needed
from eeglrp.statistics import mean_interval, sign_flip_test

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


def answer(first, second, margin, statistics, rng):
    """Whether the first value is larger.

    Parameters
    ----------
    first, second : array, shape (n_subjects,)
        Values of the same subjects.
    margin : float
        A mean difference whose interval ends below it is none that matters.
    statistics : dict
        `bootstrap` and `confidence`; alpha is 1 - confidence.
    rng : numpy.random.Generator

    Returns
    -------
    Answer
    """
    first = np.asarray(first, float)
    second = np.asarray(second, float)
    difference = first - second
    reference = float(second.mean())
    confidence = statistics["confidence"]
    settings = statistics["bootstrap"], confidence, rng
    low, high = mean_interval(difference[:, None], *settings)[:, 0]
    p = sign_flip_test(difference, rng).p
    finding, why = decide(difference, low, high, p, margin, 1 - confidence)
    return Answer(
        finding,
        why,
        value=float(first.mean()),
        low=float(low) + reference,
        high=float(high) + reference,
        reference=reference,
        p=p,
        n=len(first),
    )


def decide(difference, low, high, p, margin, alpha):
    """Finding and its reason from the interval of the mean difference and p."""
    n = len(difference)
    needed = subjects_needed(alpha)
    if n < needed:
        why = f"{n} subjects, and p < {alpha:.2g} needs {needed}"
        return UNDECIDED, why
    if low > 0 and p < alpha:
        return SUPPORTED, "interval above, and p below alpha"
    if high < margin:
        edge = f" {margin:g}" if margin else ""
        return NOT_SUPPORTED, f"interval below{edge}"
    if low > 0:
        return UNDECIDED, f"interval above, but p = {p:.2g}"
    remedy = _needed(difference, margin, alpha)
    return UNDECIDED, f"interval holds both{remedy}"


def _needed(difference, margin, alpha):
    """How many subjects would show a difference as large as the margin."""
    spread = np.std(difference, ddof=1)
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
    fewest = max(3, subjects_needed(alpha))
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
