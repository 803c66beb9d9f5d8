"""Does relevance follow the heartbeat where the model decodes? A rank correlation over subjects.

Locking is |z| of the largest deviation from surrogates: the largest of many has a sign by chance
where there is no effect. A subject's locking and accuracy come from the same test windows, and
relevance is turned towards each window's own class: windows classified wrongly change both. The
correlation says whether the two go together over subjects, not which comes first.
"""

import numpy as np

from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.seeds import generator
from eeglrp.statistics import percentile_interval
from eeglrp.tables import metric_frame, metric_row

LOCKING, ACCURACY = "r_locked_z", "balanced_accuracy"
#: With fewer subjects no order of theirs is rare.
MIN_SUBJECTS = 5
_MODEL = ["study", "task", "regime", "seed"]


def write_correlations(r_peak, decoding, statistics, seed, out):
    """Correlate the tables `r_peak` and `decoding` of a study, and write the table `r_decoding`.

    Parameters
    ----------
    r_peak, decoding : Path
        Tables with the contract's columns.
    statistics : dict
        `bootstrap`, `permutations`, `confidence`.
    seed : int
    out : Path

    Raises
    ------
    InputError
        If a column is missing.
    """
    frames = [read_table(path, METRIC_COLUMNS) for path in (r_peak, decoding)]
    write_table(correlations(*frames, statistics, seed), out)


def correlations(r_peak, decoding, statistics, seed):
    """Spearman's correlation of R-locked |z| and balanced accuracy, for each model and method.

    Parameters
    ----------
    r_peak, decoding : DataFrame
        Metrics of every subject.
    statistics : dict
    seed : int

    Returns
    -------
    DataFrame
        Metrics `spearman` (bootstrap interval over subjects; chance is the mean over permutations
        of the subjects) and `p` (two-sided, permutations). `n` counts subjects. Without rows for
        models with fewer than `MIN_SUBJECTS` subjects, or with equal values throughout.
    """
    rows = []
    for names, pairs in paired(r_peak, decoding).groupby(
        [*_MODEL, "method"], sort=False
    ):
        z, accuracy = (
            pairs["z"].to_numpy(float),
            pairs["accuracy"].to_numpy(float),
        )
        if (
            len(pairs) < MIN_SUBJECTS
            or np.ptp(z) == 0
            or np.ptp(accuracy) == 0
        ):
            continue
        ids = dict(zip([*_MODEL, "method"], names, strict=True))
        rng = generator(seed, "r_decoding", *names)
        found = spearman_test(z, accuracy, statistics, rng)
        own = ids | {"subject": "all", "n": len(pairs)}
        rows += [
            metric_row(**own, metric=metric, **found[metric])
            for metric in found
        ]
    return metric_frame(rows)


def paired(r_peak, decoding):
    """One row a model, method and subject that both tables hold: columns `z` (|z|), `accuracy`."""
    z, accuracy = (
        frame[
            (frame["metric"] == metric)
            & (frame["subject"] != "all")
            & frame["value"].notna()
        ]
        for frame, metric in ((r_peak, LOCKING), (decoding, ACCURACY))
    )
    z = z[[*_MODEL, "method", "subject", "value"]].rename(
        columns={"value": "z"}
    )
    z["z"] = z["z"].abs()
    accuracy = accuracy[[*_MODEL, "subject", "value"]].rename(
        columns={"value": "accuracy"}
    )
    # Text on both sides: a column with gaps is read as numbers of another kind.
    for frame in (z, accuracy):
        frame["seed"] = [
            str(seed).removesuffix(".0") for seed in frame["seed"]
        ]
    return z.merge(accuracy, on=[*_MODEL, "subject"])


def spearman_test(first, second, statistics, rng):
    """Spearman's correlation with a bootstrap interval and a permutation test.

    Parameters
    ----------
    first, second : array, shape (n,)
        Neither with equal values throughout.
    statistics : dict
        `bootstrap`, `permutations`, `confidence`.
    rng : numpy.random.Generator

    Returns
    -------
    dict of dict
        `spearman`: value, ci_low, ci_high, chance; `p`: value.
    """
    n = len(first)
    drawn = rng.integers(n, size=(statistics["bootstrap"], n))
    draws = _rank_correlations(first[drawn], second[drawn])
    low, high = percentile_interval(
        draws[np.isfinite(draws)], statistics["confidence"]
    )
    value = _rank_correlations(first[None], second[None])[0]
    other = rng.permuted(
        np.tile(second, (statistics["permutations"], 1)), axis=1
    )
    null = _rank_correlations(np.broadcast_to(first, other.shape), other)
    # Equal orders may differ by rounding.
    p = (1 + (np.abs(null) >= abs(value) - 1e-12).sum()) / (1 + len(null))
    numbers = {
        "value": value,
        "ci_low": low,
        "ci_high": high,
        "chance": null.mean(),
    }
    return {"spearman": numbers, "p": {"value": p}}


def _rank_correlations(first, second):
    """Spearman's correlation row by row; NaN where a row has equal values throughout."""
    from scipy.stats import rankdata

    first, second = (
        rankdata(one, axis=1) - (one.shape[1] + 1) / 2
        for one in (first, second)
    )
    size = np.sqrt((first**2).sum(1) * (second**2).sum(1))
    products = (first * second).sum(1)
    return np.divide(
        products, size, out=np.full(len(size), np.nan), where=size > 0
    )
