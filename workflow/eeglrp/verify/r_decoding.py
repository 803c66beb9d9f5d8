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
    locking = read_table(r_peak, METRIC_COLUMNS)
    accuracy = read_table(decoding, METRIC_COLUMNS)
    table = correlations(locking, accuracy, statistics, seed)
    write_table(table, out)


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
    keys = [*_MODEL, "method"]
    models = paired(r_peak, decoding).groupby(keys, sort=False)
    for names, subjects in models:
        z = subjects["z"].to_numpy(float)
        accuracy = subjects["accuracy"].to_numpy(float)
        if len(subjects) < MIN_SUBJECTS:
            continue
        if np.ptp(z) == 0 or np.ptp(accuracy) == 0:
            continue
        rng = generator(seed, "r_decoding", *names)
        numbers = spearman_test(z, accuracy, statistics, rng)
        ids = dict(zip(keys, names, strict=True))
        everyone = ids | {"subject": "all", "n": len(subjects)}
        for metric, of_metric in numbers.items():
            rows.append(metric_row(**everyone, metric=metric, **of_metric))
    return metric_frame(rows)


def paired(r_peak, decoding):
    """One row a model, method and subject that both tables hold: columns `z` (|z|), `accuracy`."""
    z = _of_subjects(r_peak, LOCKING)
    z = z[[*_MODEL, "method", "subject", "value"]]
    z = z.rename(columns={"value": "z"})
    z["z"] = z["z"].abs()
    accuracy = _of_subjects(decoding, ACCURACY)
    accuracy = accuracy[[*_MODEL, "subject", "value"]]
    accuracy = accuracy.rename(columns={"value": "accuracy"})
    # Text on both sides: a column with gaps is read as numbers of another kind.
    for frame in (z, accuracy):
        seeds = [str(seed).removesuffix(".0") for seed in frame["seed"]]
        frame["seed"] = seeds
    return z.merge(accuracy, on=[*_MODEL, "subject"])


def _of_subjects(frame, metric):
    """Rows of one metric of every subject, where its value is known."""
    of_metric = frame["metric"] == metric
    single = frame["subject"] != "all"
    return frame[of_metric & single & frame["value"].notna()]


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
    known = draws[np.isfinite(draws)]
    low, high = percentile_interval(known, statistics["confidence"])
    value = _rank_correlations(first[None], second[None])[0]
    copies = np.tile(second, (statistics["permutations"], 1))
    permuted = rng.permuted(copies, axis=1)
    null = _rank_correlations(np.broadcast_to(first, permuted.shape), permuted)
    # Equal orders may differ by rounding.
    beyond = np.abs(null) >= abs(value) - 1e-12
    p = (1 + beyond.sum()) / (1 + len(null))
    spearman = {
        "value": value,
        "ci_low": low,
        "ci_high": high,
        "chance": null.mean(),
    }
    return {"spearman": spearman, "p": {"value": p}}


def _rank_correlations(first, second):
    """Spearman's correlation row by row; NaN where a row has equal values throughout."""
    first = _centred_ranks(first)
    second = _centred_ranks(second)
    squares = (first**2).sum(1) * (second**2).sum(1)
    size = np.sqrt(squares)
    products = (first * second).sum(1)
    unknown = np.full(len(size), np.nan)
    return np.divide(products, size, out=unknown, where=size > 0)


def _centred_ranks(values):
    """Ranks within each row, minus their mean."""
    from scipy.stats import rankdata

    middle = (values.shape[1] + 1) / 2
    return rankdata(values, axis=1) - middle
