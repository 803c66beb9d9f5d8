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
    total = np.stack([one.total.sum(0) for one in subjects])
    count = np.stack([one.count.sum(0) for one in subjects])
    null = np.stack([one.null for one in subjects])
    result = np.full(len(subjects), np.nan)
    for k in range(len(subjects)):
        lag = _peak(
            total.sum(0) - total[k],
            count.sum(0) - count[k],
            null.sum(0) - null[k],
        )
        if count[k, lag]:
            result[k] = (total[k, lag] - null[k, :, lag].mean()) / count[
                k, lag
            ]
    return result


def _peak(total, count, null):
    """Lag (position) of the largest |z| of sums, among those that enough events reach."""
    spread = null.std(0)
    usable = (count >= MIN_COVERAGE * count.max()) & (
        spread > 1e-6 * np.abs(null).max(initial=0)
    )
    z = np.divide(
        total - null.mean(0), spread, out=np.zeros(len(total)), where=usable
    )
    return int(np.abs(z).argmax())


def effect_size(subjects):
    """Cohen's d over subjects, with Hedges' correction, of `deviations`.

    NaN for fewer than three subjects.
    """
    found = deviations(subjects) if len(subjects) > 2 else np.empty(0)
    return standardised_difference(found[np.isfinite(found)])


def jitter(latencies):
    """Standard deviation over subjects of their peaks' latencies (s); NaN for a single one."""
    known = np.array([one for one in latencies if np.isfinite(one)])
    return float(known.std(ddof=1)) if len(known) > 1 else float("nan")
