"""How much a model relies on a planted confound: what it loses when the confound tells nothing.

The truth is accuracy on matched minus accuracy on neutral windows (Gao 2026). In both, every event
is there; only the side it takes differs. Windows without any event would be the other choice, but
there a model may also fail because its input looks like nothing that it was trained on.
"""

from eeglrp.errors import InputError
from eeglrp.files import read_table

_COLUMNS = ("sample", "subject", "split", "fold", "label", "prediction")


def subject_truth(own, matched, neutral):
    """Accuracies of one model and its reliance, subject by subject.

    Parameters
    ----------
    own, matched, neutral : Path
        Tables of the model's predictions: of its own task, and of the two it is tested on.

    Returns
    -------
    DataFrame
        Index subject; columns `accuracy matched`, `accuracy neutral`, `reliance` (their
        difference) and `n`, the test windows that both tables hold.

    Raises
    ------
    InputError
        If a column is missing, the tables share no test window, disagree about a label, or hold a
        window that the model was trained on.
    """
    both = _paired(matched, neutral)
    predictions = read_table(own, _COLUMNS)
    is_train = predictions["split"] == "train"
    leaked = _windows_of(predictions[is_train]) & _windows_of(both)
    if leaked:
        problem = f"{len(leaked)} windows to test were trained on"
        raise InputError(
            matched, "split", problem, "give both tasks the same split"
        )
    columns = {"accuracy matched": "right_a", "accuracy neutral": "right_b"}
    return _means(both, columns, "reliance")


def regression_loss(own, regressed):
    """Accuracy that a model loses on its test windows once a signal is regressed out of them.

    Returns
    -------
    DataFrame
        Index subject; columns `heog_loss` and `n`.
    """
    both = _paired(own, regressed)
    columns = {"whole": "right_a", "rest": "right_b"}
    means = _means(both, columns, "heog_loss")
    return means[["heog_loss", "n"]]


def _paired(path, other):
    """Test windows of two tables of predictions, and whether each was predicted rightly."""
    first = _test_windows(path)
    second = _test_windows(other)
    keys = ["sample", "subject", "fold"]
    both = first.merge(second, on=keys, suffixes=("_a", "_b"))
    if both.empty:
        problem = f"shares no test window with {other}"
        raise InputError(
            path, "sample", problem, "test on tasks with the same windows"
        )
    if (both["label_a"] != both["label_b"]).any():
        problem = f"differs from that in {other}"
        raise InputError(
            path, "label", problem, "test on tasks with the same labels"
        )
    return both


def _windows_of(table):
    """Windows and the folds whose models see them: other folds may train on a window."""
    return set(zip(table["sample"], table["fold"], strict=True))


def _test_windows(path):
    predictions = read_table(path, _COLUMNS)
    test = predictions[predictions["split"] == "test"]
    is_right = test["label"] == test["prediction"]
    return test.assign(right=is_right.astype(float))


def _means(both, columns, difference):
    """Means over each subject's windows, and the first minus the second."""
    groups = both.groupby("subject")
    means = groups[list(columns.values())].mean()
    names = list(columns)
    means = means.set_axis(names, axis=1)
    first, second = names
    means[difference] = means[first] - means[second]
    means["n"] = groups.size()
    return means
