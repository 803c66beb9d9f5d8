"""Agreement of predictions with labels, from confusion matrices (label, prediction)."""

import numpy as np


def confusion(label, prediction, n_classes):
    """Confusion matrix: windows of class i (rows) predicted as class j (columns)."""
    cells = np.asarray(label) * n_classes + np.asarray(prediction)
    return np.bincount(cells, minlength=n_classes**2).reshape(
        n_classes, n_classes
    )


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
    rows, hits = counts.sum(-1), np.einsum("...ii->...i", counts)
    present = rows > 0
    recall = np.divide(hits, rows, out=np.zeros(rows.shape), where=present)
    return _where_two(recall.sum(-1) / np.maximum(present.sum(-1), 1), counts)


def kappa(counts):
    """Cohen's kappa (1960): agreement beyond what the margins give by chance.

    NaN where fewer than two classes have windows.
    """
    total = np.maximum(counts.sum((-2, -1)), 1)
    observed = np.einsum("...ii->...", counts) / total
    expected = (counts.sum(-1) * counts.sum(-2)).sum(-1) / total**2
    safe = np.where(expected < 1, 1 - expected, 1)
    return _where_two((observed - expected) / safe, counts)


def weighted_f1(counts):
    """F1 of every class, averaged by its number of windows."""
    rows, columns = counts.sum(-1), counts.sum(-2)
    hits = np.einsum("...ii->...i", counts)
    f1 = np.divide(
        2 * hits,
        rows + columns,
        out=np.zeros(rows.shape),
        where=rows + columns > 0,
    )
    return (f1 * rows).sum(-1) / np.maximum(rows.sum(-1), 1)


def _where_two(values, counts):
    return np.where((counts.sum(-1) > 0).sum(-1) > 1, values, np.nan)
