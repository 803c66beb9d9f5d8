"""Whether the region has more relevance than each explanation without labels gives it.

Two questions, two samples. Over subjects: is the share larger than that of the reference, subject
by subject (signs flipped)? That a model has one map, its own, makes subjects agree whatever the
model learned, so this alone finds something in models of pure noise too. Hence over models: is the
share unusual among models that could not learn the labels? Of those there are few, so the model is
held against them as one case against a small sample of controls, whose spread is estimated
(Crawford & Howell 1998, doi:10.1076/clin.12.4.482.7241). So is the mean over seeds: seeds share
their labels, and with them whatever drifts along by chance, so that they are no sample of several.
The answer is yes only where it is yes every time.
"""

from typing import NamedTuple

import numpy as np

from eeglrp.statistics import sign_flip_test


class Comparison(NamedTuple):
    """Share of a region against one reference.

    `reference`, shape (n_subjects,): its share. `p` over subjects and `p_models` over models, NaN
    where it cannot be tested; two-sided, not corrected.
    """

    reference: np.ndarray
    p: float
    p_models: float


def compare(share, reference, rng):
    """Compare shares with one reference.

    Parameters
    ----------
    share : array, shape (n_subjects,)
    reference : array, shape (n_models, n_subjects)
        Several rows are models without labels, one row is something else. NaN where unknown.
    rng : numpy.random.Generator

    Returns
    -------
    Comparison
    """
    mean = reference.mean(0)
    difference = share - mean
    known = np.isfinite(difference)
    p = float("nan")
    if known.any():
        test = sign_flip_test(difference[known], rng)
        p = test.p
    of_models = reference.mean(1)
    p_models = single_case_p(share.mean(), of_models)
    return Comparison(mean, p, p_models)


def single_case_p(case, controls):
    """Two-sided p of one value against a small sample, both from one normal distribution.

    Parameters
    ----------
    case : float
    controls : array, shape (n,)

    Returns
    -------
    float
        NaN for fewer than two controls, or controls without spread.
    """
    from scipy.stats import t

    n = len(controls)
    spread = np.std(controls, ddof=1) if n > 1 else 0.0
    if not spread > 0:
        return float("nan")
    difference = abs(case - np.mean(controls))
    error = spread * np.sqrt(1 + 1 / n)
    tail = t.sf(difference / error, n - 1)
    return float(2 * tail)


def above_all(share, comparisons):
    """P value of the claim that the share is above every reference: the largest of all.

    Each reference alone refutes the claim, so no correction for their number is due (Berger 1982,
    Technometrics 24:295).

    Parameters
    ----------
    share : array, shape (n_subjects,)
    comparisons : iterable of Comparison

    Returns
    -------
    float
        1 where the mean share is not above one of them.
    """
    largest = 0.0
    for comparison in comparisons:
        if not share.mean() > comparison.reference.mean():
            return 1.0
        of_this = [comparison.p, comparison.p_models]
        largest = np.nanmax([largest, *of_this])
    return float(largest)
