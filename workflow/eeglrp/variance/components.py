"""Components of variance: subjects within folds, folds, the models of a fold, and the rest.

A value is mean + fold + model + subject + rest. A fold stands for its training subjects, a model
for its seed within the fold; the rest is what one subject has with one model. Mean squares are
equated with what they are expected to be (Searle, Casella & McCulloch, 1992, Variance Components,
chapter 4); an estimate below zero is zero.
"""

from typing import NamedTuple

import numpy as np


class Components(NamedTuple):
    """Standard deviations; NaN where the design cannot tell (one seed, one fold)."""

    subject: float
    fold: float
    model: float
    rest: float


def components(table):
    """Standard deviation of every component.

    Parameters
    ----------
    table : DataFrame
        One row a subject and seed: columns subject, fold, seed, value. Every subject has a value
        of every seed.

    Returns
    -------
    Components
        With one seed `model` and `rest` are NaN: `fold` then holds the model too, `subject` the
        rest. Without folds, or with one subject in each, `fold` and `model` are NaN.
    """
    squares = [
        _mean_squares(of_fold)
        for _, of_fold in table.groupby("fold", sort=False)
    ]
    n_seeds = table["seed"].nunique()
    sizes = [square.n for square in squares]
    of_rest = _pooled([(square.rest, square.rest_free) for square in squares])
    of_subject = _pooled(
        [(square.subject, square.n - 1) for square in squares]
    )
    rest = of_rest if n_seeds > 1 else 0.0
    subject = max(0.0, (of_subject - rest) / n_seeds)
    model = fold = np.nan
    if len(squares) > 1 and max(sizes) > 1:
        of_model = np.mean(
            [(square.model - rest) / square.n for square in squares]
        )
        model = max(0.0, of_model) if n_seeds > 1 else 0.0
        means = [square.mean for square in squares]
        size = len(sizes) / np.sum(1 / np.array(sizes))
        noise = model / n_seeds + subject / size + rest / (n_seeds * size)
        fold = max(0.0, np.var(means, ddof=1) - noise)
    if n_seeds == 1:
        rest = model = np.nan
    return Components(*np.sqrt([subject, fold, model, rest]).tolist())


class _MeanSquares(NamedTuple):
    mean: float
    n: int
    subject: float
    model: float
    rest: float
    rest_free: int


def _mean_squares(of_fold):
    """Mean squares of subjects x seeds of one fold."""
    wide = of_fold.pivot(index="subject", columns="seed", values="value")
    values = wide.to_numpy(float)
    n, n_seeds = values.shape
    mean = values.mean()
    of_subjects = values.mean(1)
    of_seeds = values.mean(0)
    rest = values - of_subjects[:, None] - of_seeds + mean
    free = (n - 1) * (n_seeds - 1)
    return _MeanSquares(
        mean,
        n,
        subject=_square(n_seeds * (of_subjects - mean) ** 2, n - 1),
        model=_square(n * (of_seeds - mean) ** 2, n_seeds - 1),
        rest=_square(rest**2, free),
        rest_free=free,
    )


def _square(squares, free):
    return squares.sum() / free if free else 0.0


def _pooled(squares):
    """Mean squares of several folds, weighted by their degrees of freedom."""
    total = sum(free for _, free in squares)
    return (
        sum(value * free for value, free in squares) / total if total else 0.0
    )


def reliability(maps):
    """How well the mean map of so many seeds agrees with that of so many others.

    Spearman (1910) and Brown (1910): from the mean correlation of two seeds.

    Parameters
    ----------
    maps : array, shape (n_seeds, n_channels)

    Returns
    -------
    single, mean : float
        Of one seed's map, and of the mean over the seeds. NaN for fewer than two.
    """
    n_seeds = len(maps)
    if n_seeds < 2:
        return np.nan, np.nan
    correlations = np.corrcoef(maps)
    single = correlations[np.triu_indices(n_seeds, 1)].mean()
    return float(single), stepped_up(single, n_seeds)


def stepped_up(single, n):
    """Reliability of a mean of `n` seeds."""
    return float(n * single / (1 + (n - 1) * single))


def seeds_needed(single, wanted=0.9):
    """Fewest seeds whose mean map has the reliability wanted; infinite if none has."""
    if not single > 0:
        return np.inf
    needed = wanted * (1 - single) / (single * (1 - wanted))
    return float(max(1, np.ceil(needed - 1e-9)))
