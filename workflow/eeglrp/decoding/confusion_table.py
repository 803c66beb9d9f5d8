"""Which class is taken for which: the share of every class's test windows, by predicted class."""

import numpy as np

from eeglrp.decoding.scores import resampled_subjects
from eeglrp.files import read_table, write_table
from eeglrp.seeds import generator
from eeglrp.statistics import percentile_interval
from eeglrp.tables import metric_frame, metric_row
from eeglrp.training.confusion import confusion

#: Index columns beyond the contract's: names of the true and of the predicted class.
EXTRA = ("label", "prediction")
METRIC = "predicted"
_COLUMNS = ("subject", "split", "label", "prediction")


def tabulate_confusion(predictions, classes, study, statistics, seed, out):
    """Write the confusion matrices of several models.

    Parameters
    ----------
    predictions : sequence of dict
        `task`, `regime`, `seed` and `path` of each table.
    classes : sequence of str
    study : str
    statistics : dict
        `bootstrap`, `confidence`.
    seed : int
        The study's.
    out : Path
        Metric `predicted`: the share of the test windows of the class `label` that the model takes
        for `prediction`, over all subjects, with an interval from subjects drawn again. `chance`
        is the share of all windows that it takes for that class; `n` counts windows of `label`.

    Raises
    ------
    InputError
        If a column is missing.
    """
    rows = []
    for item in predictions:
        ids = {name: item[name] for name in ("task", "regime", "seed")}
        rng = generator(seed, "confusion", *ids.values())
        frame = read_table(item["path"], _COLUMNS)
        test = frame[frame["split"] == "test"]
        counts = _by_subject(test, len(classes))
        rows += confusion_rows(
            counts, classes, statistics, rng, study=study, **ids
        )
    write_table(metric_frame(rows, EXTRA), out)


def _by_subject(test, n_classes):
    matrices = []
    for _, windows in test.groupby("subject"):
        label = windows["label"]
        prediction = windows["prediction"]
        matrices.append(confusion(label, prediction, n_classes))
    return np.stack(matrices)


def confusion_rows(counts, classes, statistics, rng, **ids):
    """Rows of one model; a class without windows has none.

    Parameters
    ----------
    counts : array of int, shape (n_subjects, n_classes, n_classes)
    classes : sequence of str
    statistics, rng
    **ids
        study, task, regime, seed.

    Returns
    -------
    list of dict
    """
    total = counts.sum(0)
    draws = resampled_subjects(counts, statistics["bootstrap"], rng)
    # A single subject says nothing about others.
    if not len(draws):
        draws = np.full((1, *total.shape), np.nan)
    low, high = percentile_interval(_shares(draws), statistics["confidence"])
    shares = _shares(total)
    rows = []
    for true, predicted in np.ndindex(total.shape):
        if not total[true].any():
            continue
        row = metric_row(
            **ids,
            label=classes[true],
            prediction=classes[predicted],
            subject="all",
            metric=METRIC,
            value=shares[true, predicted],
            ci_low=low[true, predicted],
            ci_high=high[true, predicted],
            chance=total[:, predicted].sum() / total.sum(),
            n=int(total[true].sum()),
        )
        rows.append(row)
    return rows


def _shares(counts):
    """Rows divided by their sums; 0 where a class has no window."""
    of_class = counts.sum(-1, keepdims=True)
    return counts / np.maximum(of_class, 1)
