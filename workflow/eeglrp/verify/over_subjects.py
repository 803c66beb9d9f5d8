"""R-locked relevance as an effect over subjects: its size, and the spread of its latency."""

import numpy as np

from eeglrp.statistics import standardised_difference
from eeglrp.verify.locking import MIN_COVERAGE


def deviations(subjects):
    """What every subject's relevance has beyond its surrogates, at the peak of the others.

    Were each subject read at its own peak, or at one that it helped to choose, noise alone would
    give an effect.

    Parameters
    ----------
    subjects : sequence of Locked
        One a subject, of `eeglrp.verify.locking.lock`.

    Returns
    -------
    array, shape (n_subjects,)
        In logit; NaN for a subject whose R-peaks do not reach the lag.
    """
    total = np.stack([subject.total.sum(0) for subject in subjects])
    count = np.stack([subject.count.sum(0) for subject in subjects])
    null = np.stack([subject.null for subject in subjects])
    beyond = np.full(len(subjects), np.nan)
    for k in range(len(subjects)):
        lag = _peak(
            total.sum(0) - total[k],
            count.sum(0) - count[k],
            null.sum(0) - null[k],
        )
        if count[k, lag]:
            expected = null[k, :, lag].mean()
            beyond[k] = (total[k, lag] - expected) / count[k, lag]
    return beyond


def _peak(total, count, null):
    """Lag (position) of the largest |z| of sums, among those that enough events reach."""
    spread = null.std(0)
    is_covered = count >= MIN_COVERAGE * count.max()
    # Where all surrogates agree up to rounding there is no z.
    varies = spread > 1e-6 * np.abs(null).max(initial=0)
    z = np.zeros(len(total))
    np.divide(total - null.mean(0), spread, out=z, where=is_covered & varies)
    return int(np.abs(z).argmax())


def effect_size(subjects):
    """Cohen's d over subjects, with Hedges' correction, of `deviations`.

    NaN for fewer than three subjects.
    """
    if len(subjects) < 3:
        return standardised_difference(np.empty(0))
    beyond = deviations(subjects)
    return standardised_difference(beyond[np.isfinite(beyond)])


def jitter(latencies):
    """Standard deviation over subjects of their peaks' latencies (s); NaN for a single one."""
    latencies = np.array(list(latencies))
    known = latencies[np.isfinite(latencies)]
    if len(known) < 2:
        return float("nan")
    return float(known.std(ddof=1))
