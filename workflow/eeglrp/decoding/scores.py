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
from eeglrp.tables import (
    join_tables,
    metric_frame,
    metric_row,
    with_folds,
)
from eeglrp.training.confusion import (
    balanced_accuracy,
    confusion,
    kappa,
    weighted_f1,
)

_COLUMNS = ("sample", "subject", "split", "fold", "label", "prediction")


METRICS = {
    "balanced_accuracy": balanced_accuracy,
    "kappa": kappa,
    "weighted_f1": weighted_f1,
}


def resampled_windows(counts, n_bootstrap, rng):
    """Confusion matrices of windows drawn with replacement: (n_bootstrap, k, k)."""
    n = int(counts.sum())
    shares = counts.ravel() / n
    draws = rng.multinomial(n, shares, size=n_bootstrap)
    return draws.reshape(n_bootstrap, *counts.shape)


def resampled_subjects(counts, n_bootstrap, rng):
    """Summed confusion matrices of subjects drawn with replacement: (n_bootstrap, k, k).

    Empty for a single subject, which says nothing about others.
    """
    n = len(counts)
    if n < 2:
        return np.empty((0, *counts.shape[1:]))
    even = np.full(n, 1 / n)
    drawn = rng.multinomial(n, even, size=n_bootstrap)
    # b: bootstrap sample, s: subject, i: label, j: prediction.
    return np.einsum("bs,sij->bij", drawn, counts)


def permuted(counts, n_permutations, rng):
    """Confusion matrices after labels were permuted among the windows: (n_permutations, k, k).

    Rows are filled one cell after another from hypergeometric draws, the exact distribution.
    """
    n_classes = counts.shape[1]
    # Windows by prediction that no label was drawn for yet: (n_permutations, k).
    pool = np.tile(counts.sum(0), (n_permutations, 1))
    shape = (n_permutations, *counts.shape)
    result = np.zeros(shape, int)
    for label, n_windows in enumerate(counts.sum(1)):
        left = np.full(n_permutations, n_windows)
        for k in range(n_classes):
            others = pool[:, k + 1 :].sum(1)
            drawn = rng.hypergeometric(pool[:, k], others, left)
            result[:, label, k] = drawn
            left = left - drawn
        pool = pool - result[:, label]
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
        subject: confusion(windows["label"], windows["prediction"], n_classes)
        for subject, windows in test.groupby("subject")
    }
    chance = {
        subject: permuted(matrix, statistics["permutations"], rng)
        for subject, matrix in counts.items()
    }
    rows = []
    for subject, matrix in counts.items():
        draws = resampled_windows(matrix, statistics["bootstrap"], rng)
        rows += _rows(subject, matrix, draws, chance[subject], statistics, ids)
    matrices = np.stack(list(counts.values()))
    draws = resampled_subjects(matrices, statistics["bootstrap"], rng)
    pooled = matrices.sum(0)
    pooled_chance = sum(chance.values())
    rows += _rows("all", pooled, draws, pooled_chance, statistics, ids)
    rows += _auroc_rows(test, statistics, rng, ids)
    undefined = np.isnan(balanced_accuracy(matrices))
    row = metric_row(
        **ids,
        subject="all",
        metric="undefined_subjects",
        value=int(undefined.sum()),
        n=len(matrices),
    )
    return metric_frame([*rows, row])


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
            "chance": _mean(metric(chance)),
            "n": int(counts.sum()),
        }
        rows.append(metric_row(**ids, subject=subject, metric=name, **values))
    return rows


def _auroc_rows(test, statistics, rng, ids):
    """The same for the AUROC: of every subject, then of all."""
    subject = test["subject"].to_numpy()
    label = test["label"].to_numpy()
    scores = class_scores(test[_logits(test)].to_numpy(float))
    window = np.arange(len(test))
    everyone = np.full(len(test), True)
    # Who, their windows, and what is drawn again: windows of a subject, subjects of all.
    samples = [(name, subject == name, window) for name in np.unique(subject)]
    samples.append(("all", everyone, subject))
    rows = []
    for name, chosen, unit in samples:
        values = _auroc_values(
            scores[chosen],
            label[chosen],
            subject[chosen],
            unit[chosen],
            statistics,
            rng,
        )
        rows.append(metric_row(**ids, subject=name, metric="auroc", **values))
    return rows


def _auroc_values(scores, label, subject, unit, statistics, rng):
    draws = resampled_auroc(scores, label, unit, statistics["bootstrap"], rng)
    low, high = _interval(draws, statistics["confidence"])
    return {
        "value": float(auroc(scores, label)[0]),
        "ci_low": low,
        "ci_high": high,
        "chance": permuted_auroc(scores, label, subject),
        "n": len(label),
    }


def _interval(samples, confidence):
    """Percentile interval of the samples that are defined."""
    samples = samples[~np.isnan(samples)]
    if not len(samples):
        return float("nan"), float("nan")
    tail = (1 - confidence) / 2
    ends = [tail, 1 - tail]
    low, high = np.quantile(samples, ends)
    return float(low), float(high)


def _mean(samples):
    samples = samples[~np.isnan(samples)]
    if not len(samples):
        return float("nan")
    return float(samples.mean())


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
        metrics = decoding_metrics(table, statistics, rng, study=study, **ids)
        test = table[table["split"] == "test"]
        tables.append(with_folds(metrics, test["subject"], test["fold"]))
    write_table(join_tables(tables), out)
