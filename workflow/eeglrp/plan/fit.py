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
        groups[job.kind, job.variant].append(job)
        groups[job.kind, None].append(job)
    return {key: _line(group, value) for key, group in groups.items()}


def _line(group, value):
    from scipy.optimize import nnls

    work = np.array([job.work for job in group])
    seconds = np.maximum([getattr(job, value) for job in group], _LEAST)
    scale = work.max() or 1.0
    # One more row: a job without work takes as long as the shortest.
    rows = np.stack([np.ones(len(work) + 1), np.append(work / scale, 0.0)], 1)
    seconds = np.append(seconds, seconds.min())
    (start, rate), _ = nnls(rows / seconds[:, None], np.ones(len(seconds)))
    return float(start), float(rate / scale)


def predict(lines, kind, variant, work):
    """Predicted value of a job and whether its variant was measured; None without any benchmark."""
    known = (kind, variant) in lines
    line = lines.get((kind, variant)) or lines.get((kind, None))
    return (line[0] + line[1] * work, known) if line else (None, False)


def errors(train, test, value="seconds"):
    """Predict the jobs of one run from others.

    Returns
    -------
    dict
        Kind, and `all` -> (predicted total, measured total, median ratio of single jobs,
        number of jobs).
    """
    lines, pairs = fit(train, value), defaultdict(list)
    for job in test:
        guess, _ = predict(lines, job.kind, job.variant, job.work)
        if guess is not None:
            pair = (guess, max(getattr(job, value), _LEAST))
            pairs[job.kind].append(pair)
            pairs["all"].append(pair)
    return {kind: _summary(np.array(values)) for kind, values in pairs.items()}


def _summary(pairs):
    total = pairs.sum(0)
    return (
        float(total[0]),
        float(total[1]),
        float(np.median(pairs[:, 0] / pairs[:, 1])),
        len(pairs),
    )
