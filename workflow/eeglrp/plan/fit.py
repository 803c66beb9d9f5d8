"""Seconds of a job as start-up plus a rate times its work, fitted to finished jobs.

Relative errors count, and neither number is negative, so that one run of a large task does not
set the start-up of a small one.
"""

from collections import defaultdict

import numpy as np

#: Below this number of seconds a benchmark says little.
_LEAST = 0.5


def fit(jobs, value="seconds"):
    """Fit start-up and rate by kind and variant, and by kind alone for variants never measured.

    Parameters
    ----------
    jobs : sequence of eeglrp.plan.finished.Measured
    value : str
        `seconds`, `cpu_seconds` or `memory_mb`.

    Returns
    -------
    dict
        (kind, variant) -> (start-up, rate); variant None stands for all.
    """
    groups = defaultdict(list)
    for job in jobs:
        for variant in (job.variant, None):
            groups[job.kind, variant].append(job)
    return {key: _line(group, value) for key, group in groups.items()}


def _line(group, value):
    from scipy.optimize import nnls

    work = np.array([job.work for job in group])
    measured = [getattr(job, value) for job in group]
    seconds = np.maximum(measured, _LEAST)
    scale = work.max() or 1.0
    # One more row: a job without work takes as long as the shortest.
    work = np.append(work / scale, 0.0)
    seconds = np.append(seconds, seconds.min())
    ones = np.ones(len(seconds))
    # Job; start-up and work.
    rows = np.stack([ones, work], 1)
    solution, _ = nnls(rows / seconds[:, None], ones)
    start, rate = solution
    return float(start), float(rate / scale)


def predict(lines, kind, variant, work):
    """Predicted value of a job and whether its variant was measured; None without any benchmark."""
    is_measured = (kind, variant) in lines
    known_as = variant if is_measured else None
    if (kind, known_as) not in lines:
        return None, False
    start, rate = lines[kind, known_as]
    return start + rate * work, is_measured


def errors(train, test, value="seconds"):
    """Predict the jobs of one run from others.

    Returns
    -------
    dict
        Kind, and `all` -> (predicted total, measured total, median ratio of single jobs,
        number of jobs).
    """
    lines = fit(train, value)
    pairs = defaultdict(list)
    for job in test:
        guess, _ = predict(lines, job.kind, job.variant, job.work)
        if guess is None:
            continue
        measured = max(getattr(job, value), _LEAST)
        for kind in (job.kind, "all"):
            pairs[kind].append((guess, measured))
    return {kind: _summary(pairs[kind]) for kind in pairs}


def _summary(pairs):
    pairs = np.array(pairs)
    predicted, measured = pairs.T
    total = pairs.sum(0)
    return (
        float(total[0]),
        float(total[1]),
        float(np.median(predicted / measured)),
        len(pairs),
    )
