"""What a null that forgets the sampling grid would have found in a model that learned nothing.

An untrained model explains white noise: there is no event in the signal and nothing that the model
could know. Events are put at chosen places of the window, such as its middle, where R-peaks lie in
windows centred on them. Whatever a test then calls locked to these events is the model's own grid.
"""

from typing import NamedTuple

import numpy as np

from eeglrp.statistics import maximum_test
from eeglrp.verify.locking import lock

#: Level of the tests whose false positives are counted.
LEVEL = 0.05


class Rate(NamedTuple):
    """Share of draws with p at most `LEVEL`, with its interval (Clopper-Pearson, 95 %)."""

    rate: float
    low: float
    high: float
    n: int


def noise_relevance(
    model, n_windows, n_channels, n_times, *, generator, **settings
):
    """Relevance of white noise: array, shape (n_windows, n_channels, n_times).

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode.
    generator : torch.Generator
    **settings
        `target`, `rules`, `forward_kwargs` of `eeglrp.lrp.explain.explain`.
    """
    import torch

    from eeglrp.lrp.explain import explain

    noise = torch.randn(n_windows, n_channels, n_times, generator=generator)
    explanation = explain(model, noise, ledger=False, **settings)
    return explanation.relevance.double().cpu().numpy()


def wrong_null_rates(draws, places, lags, surrogates, rng):
    """False positives of two nulls over repeated draws.

    Parameters
    ----------
    draws : iterable of array, shape (n_windows, n_times)
        Relevance summed over electrodes, of an untrained model and noise, anew in each draw.
    places : array of int
        Samples of the window that an event may lie at; each window has one of them, at random.
    lags : array of int
        In samples, evenly spaced and symmetric.
    surrogates : int
    rng : numpy.random.Generator

    Returns
    -------
    dict of Rate
        `grid`: surrogates exchange event lists between windows, and keep the place on the grid.
        `uniform`: surrogate events lie anywhere in the window.
    """
    grid, uniform = [], []
    for course in draws:
        place = rng.choice(places, len(course))
        grid.append(grid_p(course, place, lags, surrogates, rng))
        uniform.append(uniform_p(course, place, lags, surrogates, rng))
    return {
        "grid": false_positives(grid),
        "uniform": false_positives(uniform),
    }


def grid_p(course, place, lags, surrogates, rng):
    """P value of one event a window against exchanged lists of events."""
    events = _events(course, place)
    locked = lock(course, *events, lags, surrogates, rng)
    n = np.maximum(locked.count.sum(0), 1)
    value = locked.total.sum(0) / n
    null = locked.null / n
    return maximum_test(value, null).p


def uniform_p(course, place, lags, surrogates, rng):
    """P value of the same events against events drawn anywhere in the window."""
    n_windows, n_times = course.shape
    events = _events(course, place)
    locked = lock(course, *events, lags, 0, rng)
    n = np.maximum(locked.count.sum(0), 1)
    value = locked.total.sum(0) / n
    anywhere = rng.integers(0, n_times, (surrogates, n_windows))
    null = [_average(course, drawn, lags) for drawn in anywhere]
    null = np.array(null)
    return maximum_test(value, null).p


def _events(course, place):
    """Window, place and label of one event a window."""
    window = np.arange(len(course))
    label = np.zeros(len(course), int)
    return window, place, label


def _average(course, place, lags):
    """Mean course around one event a window, over the lags that lie inside."""
    n_windows, n_times = course.shape
    at = place[:, None] + lags  # (window, lag)
    inside = (at >= 0) & (at < n_times)
    window = np.arange(n_windows)[:, None]
    values = course[window, np.where(inside, at, 0)]
    total = np.where(inside, values, 0).sum(0)
    n = np.maximum(inside.sum(0), 1)
    return total / n


def false_positives(p):
    """`Rate` of p values at most `LEVEL`."""
    from scipy.stats import binomtest

    is_positive = np.array(p) <= LEVEL
    test = binomtest(int(is_positive.sum()), len(p))
    ends = test.proportion_ci(0.95, method="exact")
    return Rate(test.statistic, ends.low, ends.high, len(p))
