"""How well predictions agree with labels, per subject and pooled, with intervals and chance.

Balanced accuracy, kappa and F1 come from confusion matrices (label, prediction): drawing windows
again with replacement is a multinomial draw of their cells, and permuting labels keeps both
margins. The AUROC needs the windows themselves.
"""

import numpy as np

from eeglrp.decoding.auroc import (
    auroc,
    class_scores,
    permuted_auroc,
    resampled_auroc,
)
from eeglrp.errors import InputError
from eeglrp.files import read_table, write_table
from eeglrp.seeds import generator
from eeglrp.tables import join_tables, metric_frame, metric_row
from eeglrp.training.confusion import (
    balanced_accuracy,
    confusion,
    kappa,
    weighted_f1,
)

_COLUMNS = ("sample", "subject", "split", "label", "prediction")


METRICS = {
    "balanced_accuracy": balanced_accuracy,
    "kappa": kappa,
    "weighted_f1": weighted_f1,
}


def resampled_windows(counts, n_bootstrap, rng):
    """Confusion matrices of windows drawn with replacement: (n_bootstrap, k, k)."""
    n = int(counts.sum())
    draws = rng.multinomial(n, counts.ravel() / n, size=n_bootstrap)
    return draws.reshape(n_bootstrap, *counts.shape)


def resampled_subjects(counts, n_bootstrap, rng):
    """Summed confusion matrices of subjects drawn with replacement: (n_bootstrap, k, k).

    Empty for a single subject, which says nothing about others.
    """
    n = len(counts)
    if n < 2:
        return np.empty((0, *counts.shape[1:]))
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=n_bootstrap)
    return np.einsum("bs,sij->bij", drawn, counts)


def permuted(counts, n_permutations, rng):
    """Confusion matrices after labels were permuted among the windows: (n_permutations, k, k).

    Rows are filled one cell after another from hypergeometric draws, the exact distribution.
    """
    pool = np.tile(counts.sum(0), (n_permutations, 1))
    result = np.zeros((n_permutations, *counts.shape), int)
    for i, needed in enumerate(counts.sum(1)):
        left = np.full(n_permutations, needed)
        for j in range(counts.shape[1]):
            others = pool[:, j + 1 :].sum(1)
            result[:, i, j] = rng.hypergeometric(pool[:, j], others, left)
            left = left - result[:, i, j]
        pool = pool - result[:, i]
    return result


def decoding_metrics(predictions, statistics, rng, **ids):
    """Metrics of one model on the test split.

    A subject's interval comes from windows drawn again, that of `all` from subjects drawn again.
    `chance` is the mean over permutations of the labels within subjects, `n` counts windows.
    Subjects whose test windows are of one class have no balanced accuracy, kappa and AUROC (NaN);
    `all` pools the windows of everyone, and the metric `undefined_subjects` counts them.

    Parameters
    ----------
    predictions : DataFrame
        Columns subject, split, label, prediction and one logit column a class.
    statistics : dict
        `bootstrap`, `permutations`, `confidence`.
    rng : numpy.random.Generator
    **ids
        study, task, regime, seed of the model.

    Returns
    -------
    DataFrame
        The contract's metric columns.

    Raises
    ------
    InputError
        If there is no test window, or a logit of one is not a number.
    """
    test = _checked(predictions[predictions["split"] == "test"])
    n_classes = len(_logits(test))
    counts = {
        subject: confusion(rows["label"], rows["prediction"], n_classes)
        for subject, rows in test.groupby("subject")
    }
    chance = {
        name: permuted(c, statistics["permutations"], rng)
        for name, c in counts.items()
    }
    rows = []
    for subject, own in counts.items():
        draws = resampled_windows(own, statistics["bootstrap"], rng)
        rows += _rows(subject, own, draws, chance[subject], statistics, ids)
    pooled = np.stack(list(counts.values()))
    draws = resampled_subjects(pooled, statistics["bootstrap"], rng)
    rows += _rows(
        "all", pooled.sum(0), draws, sum(chance.values()), statistics, ids
    )
    rows += _auroc_rows(test, statistics, rng, ids)
    undefined = int(np.isnan(balanced_accuracy(pooled)).sum())
    name = "undefined_subjects"
    rows.append(
        metric_row(
            **ids, subject="all", metric=name, value=undefined, n=len(pooled)
        )
    )
    return metric_frame(rows)


def _logits(frame):
    return [name for name in frame if name.startswith("logit_")]


def _checked(test):
    if test.empty:
        raise InputError(
            "predictions",
            "split",
            "no window is in the test split",
            "split again",
        )
    bad = int(test[_logits(test)].isna().any(axis=1).sum())
    if bad:
        raise InputError(
            "predictions",
            "logit",
            f"not a number in {bad} of {len(test)} test windows",
            "check the training",
        )
    return test


def _rows(subject, counts, draws, chance, statistics, ids):
    rows = []
    for name, metric in METRICS.items():
        low, high = _interval(metric(draws), statistics["confidence"])
        values = {
            "value": float(metric(counts)),
            "ci_low": low,
            "ci_high": high,
        }
        values |= {"chance": _mean(metric(chance)), "n": int(counts.sum())}
        rows.append(metric_row(**ids, subject=subject, metric=name, **values))
    return rows


def _auroc_rows(test, statistics, rng, ids):
    """The same for the AUROC: of every subject, then of all."""
    subject, label = test["subject"].to_numpy(), test["label"].to_numpy()
    scores = class_scores(test[_logits(test)].to_numpy(float))
    parts = [
        (name, subject == name, np.arange(len(test)))
        for name in np.unique(subject)
    ]
    rows = []
    for name, chosen, unit in [
        *parts,
        ("all", np.full(len(test), True), subject),
    ]:
        own = scores[chosen], label[chosen]
        draws = resampled_auroc(
            *own, unit[chosen], statistics["bootstrap"], rng
        )
        low, high = _interval(draws, statistics["confidence"])
        values = {
            "value": float(auroc(*own)[0]),
            "ci_low": low,
            "ci_high": high,
        }
        values |= {
            "chance": permuted_auroc(*own, subject[chosen]),
            "n": int(chosen.sum()),
        }
        rows.append(metric_row(**ids, subject=name, metric="auroc", **values))
    return rows


def _interval(samples, confidence):
    """Percentile interval of the samples that are defined."""
    samples = samples[~np.isnan(samples)]
    if not len(samples):
        return float("nan"), float("nan")
    tail = (1 - confidence) / 2
    return tuple(map(float, np.quantile(samples, [tail, 1 - tail])))


def _mean(samples):
    samples = samples[~np.isnan(samples)]
    return float(samples.mean()) if len(samples) else float("nan")


def score_decoding(predictions, study, statistics, seed, out):
    """Score the prediction tables of several models and write one metric table.

    Parameters
    ----------
    predictions : sequence of dict
        `task`, `regime`, `seed` and `path` of each table.
    study : str
    statistics : dict
    seed : int
    out : Path
    """
    tables = []
    for item in predictions:
        ids = {name: item[name] for name in ("task", "regime", "seed")}
        rng = generator(seed, "decoding", *ids.values())
        table = read_table(item["path"], _COLUMNS)
        tables.append(
            decoding_metrics(table, statistics, rng, study=study, **ids)
        )
    write_table(join_tables(tables), out)
