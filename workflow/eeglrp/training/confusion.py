"""Agreement of predictions with labels, from confusion matrices (label, prediction)."""

import numpy as np


def confusion(label, prediction, n_classes):
    """Confusion matrix: windows of class i (rows) predicted as class j (columns)."""
    label = np.asarray(label)
    prediction = np.asarray(prediction)
    cells = label * n_classes + prediction
    counts = np.bincount(cells, minlength=n_classes**2)
    return counts.reshape(n_classes, n_classes)


def balanced_accuracy(counts):
    """Mean recall over the classes that have windows.

    Parameters
    ----------
    counts : array, shape (..., n_classes, n_classes)

    Returns
    -------
    array, shape (...)
        NaN where fewer than two classes have windows: one class shows no discrimination.
    """
    rows = counts.sum(-1)
    hits = np.einsum("...ii->...i", counts)
    is_present = rows > 0
    nothing = np.zeros(rows.shape)
    recall = np.divide(hits, rows, out=nothing, where=is_present)
    n_present = np.maximum(is_present.sum(-1), 1)
    mean_recall = recall.sum(-1) / n_present
    return _where_two(mean_recall, counts)


def kappa(counts):
    """Cohen's kappa (1960): agreement beyond what the margins give by chance.

    NaN where fewer than two classes have windows.
    """
    total = np.maximum(counts.sum((-2, -1)), 1)
    observed = np.einsum("...ii->...", counts) / total
    rows = counts.sum(-1)
    columns = counts.sum(-2)
    expected = (rows * columns).sum(-1) / total**2
    beyond_chance = observed - expected
    most_beyond_chance = np.where(expected < 1, 1 - expected, 1)
    return _where_two(beyond_chance / most_beyond_chance, counts)


def weighted_f1(counts):
    """F1 of every class, averaged by its number of windows."""
    rows = counts.sum(-1)
    columns = counts.sum(-2)
    hits = np.einsum("...ii->...i", counts)
    margins = rows + columns
    nothing = np.zeros(rows.shape)
    f1 = np.divide(2 * hits, margins, out=nothing, where=margins > 0)
    n_windows = np.maximum(rows.sum(-1), 1)
    return (f1 * rows).sum(-1) / n_windows


def _where_two(values, counts):
    is_present = counts.sum(-1) > 0
    n_present = is_present.sum(-1)
    return np.where(n_present > 1, values, np.nan)
