"""How unevenly maps sample time: mean |relevance| by place on LaBraM's sampling grid.

The first convolution steps 8 samples and starts anew in every patch of 200: see
`eeglrp.verify.sampling_grid`, which measures the same on noise. Here it is read off the maps of the
study, whose signals are what they are: what windows share at a place (a heartbeat in the middle)
adds to the profile over the patch, hardly to that over 8 samples.
"""

import numpy as np

from eeglrp.models.labram import PATCH_SAMPLES as PATCH
from eeglrp.models.labram import STEP_SAMPLES as STEP
from eeglrp.scalp.shares import normalised
from eeglrp.seeds import generator
from eeglrp.statistics import mean_interval
from eeglrp.tables import metric_frame, metric_row

EXTRA = ("place",)


def window_values(relevance):
    """Mean |relevance| by place in the patch, relative to the window's mean.

    Parameters
    ----------
    relevance : array, shape (n_windows, n_channels, n_times)

    Returns
    -------
    array, shape (n_windows, min(n_times, 200))
        NaN where a window has no relevance at all.
    """
    by_time = np.abs(relevance).sum(1, dtype=np.float64)
    period = min(PATCH, by_time.shape[1])
    folded = _folded(by_time, period)
    return normalised(folded, by_time.mean(1))


def _folded(values, period):
    """Means over columns of the same place in the period."""
    place = np.arange(values.shape[1]) % period
    means = []
    for k in np.unique(place):
        means.append(values[:, place == k].mean(1))
    return np.stack(means, 1)


def table(profiles, subject, names, job):
    """Rows of the mean over subjects: metric `step` (place 0 to 7) and `patch` (0 to 199).

    Parameters
    ----------
    profiles : array, shape (n_windows, period)
        Of `window_values`.
    subject : array of str, shape (n_windows,)
    names : dict
        Study, task, regime, seed, method.
    job : eeglrp.verify.run.Job

    Returns
    -------
    DataFrame
        `value` relative to a mean of 1, which is `chance`, with a bootstrap interval over subjects.
    """
    finite = np.isfinite(profiles).all(1)
    profiles = profiles[finite]
    subject = subject[finite]
    if not len(profiles):
        return metric_frame([], EXTRA)
    of_subject = [
        profiles[subject == name].mean(0) for name in np.unique(subject)
    ]
    patch = np.stack(of_subject)
    step = _folded(patch, STEP)
    everyone = names | {
        "subject": "all",
        "chance": 1.0,
        "n": len(profiles),
    }
    rows = []
    for metric, values in (("step", step), ("patch", patch)):
        rows += _place_rows(values, everyone | {"metric": metric}, job)
    return metric_frame(rows, EXTRA)


def _place_rows(values, names, job):
    """Mean over subjects at every place of a profile, with its interval."""
    n_bootstrap = job.statistics["bootstrap"]
    confidence = job.statistics["confidence"]
    rng = generator(job.seed, "bootstrap", "phases", len(values))
    low, high = mean_interval(values, n_bootstrap, confidence, rng)
    mean = values.mean(0)
    rows = []
    for place in range(len(mean)):
        row = metric_row(
            **names,
            place=place,
            value=mean[place],
            ci_low=low[place],
            ci_high=high[place],
        )
        rows.append(row)
    return rows
