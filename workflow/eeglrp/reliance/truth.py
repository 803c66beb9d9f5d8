"""How much a model relies on a planted confound: what it loses when the confound tells nothing.

The truth is accuracy on matched minus accuracy on neutral windows (Gao 2026). In both, every event
is there; only the side it takes differs. Windows without any event would be the other choice, but
there a model may also fail because its input looks like nothing that it was trained on.
"""

from eeglrp.errors import InputError
from eeglrp.files import read_table

_COLUMNS = ("sample", "subject", "split", "label", "prediction")


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
    trained = read_table(own, _COLUMNS)
    trained = set(trained.loc[trained["split"] == "train", "sample"])
    if leaked := trained & set(both["sample"]):
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
    return _means(both, {"whole": "right_a", "rest": "right_b"}, "heog_loss")[
        ["heog_loss", "n"]
    ]


def _paired(path, other):
    """Test windows of two tables of predictions, and whether each was predicted rightly."""
    tables = [read_table(one, _COLUMNS) for one in (path, other)]
    tables = [
        one[one["split"] == "test"].assign(right=_right) for one in tables
    ]
    both = tables[0].merge(
        tables[1], on=["sample", "subject"], suffixes=("_a", "_b")
    )
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


def _right(frame):
    return (frame["label"] == frame["prediction"]).astype(float)


def _means(both, columns, difference):
    """Means over each subject's windows, and the first minus the second."""
    groups = both.groupby("subject")
    means = (
        groups[list(columns.values())].mean().set_axis(list(columns), axis=1)
    )
    first, second = columns
    return means.assign(
        **{difference: means[first] - means[second], "n": groups.size()}
    )
