"""A model tested on the windows of another task than its own.

They are the same windows, made otherwise, or other recordings of the people in its test split.
"""

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from eeglrp.errors import InputError
from eeglrp.files import read_table, write_table
from eeglrp.jobs import logger
from eeglrp.store import open_windows


def write_shared_split(splits, windows, split, out):
    """Write the rows of a table of splits whose windows are in the stores of another task.

    Windows are the same where their ids are. Where no id is, they come from other recordings, and
    take the split of their subject. The split is that of the task that the model was trained on,
    so that nothing is tested that the model has seen, whatever the other task says.

    Parameters
    ----------
    splits : Path
        Table of the splits of the task that the model was trained on.
    windows : sequence of Path
        Windows stores of the task that it is tested on.
    split : str
        `train`, `validation` or `test`: must not be empty.
    out : Path

    Raises
    ------
    InputError
        If no window of the split is in the stores.
    """
    table = read_table(splits, ("sample", "subject", "split", "fold"))
    subjects = _window_subjects(windows)
    shared = table[table["sample"].isin(subjects)]
    if shared.empty:
        shared = _by_subject(table, subjects)
    n_wanted = (table["split"] == split).sum()
    n_shared = (shared["split"] == split).sum()
    if not n_shared:
        problem = f"none of {n_wanted} windows of the split is in the stores of the other task"
        remedy = "test on a task with the same windows, or other recordings of the same subjects"
        raise InputError(splits, split, problem, remedy)
    logger.info(
        "%s: %d of %d windows are in both tasks", split, n_shared, n_wanted
    )
    write_table(shared, out)


def _window_subjects(windows):
    """Subject of every window of some stores, by the window's id."""
    subjects = {}
    for path in windows:
        with open_windows(path) as dataset:
            names = dataset["sample"].values.astype(str)
            of_names = dataset["subject"].values.astype(str)
        subjects |= dict(zip(names, of_names, strict=True))
    return subjects


def _by_subject(table, subjects):
    """Rows of windows whose subject has all windows of the table in one split."""
    import pandas as pd

    n_splits = table.groupby("subject")["split"].nunique()
    of_subject = table.drop_duplicates("subject").set_index("subject")
    whole = of_subject[n_splits[of_subject.index] == 1]
    frame = pd.DataFrame(
        {"sample": list(subjects), "subject": list(subjects.values())}
    )
    return frame.join(whole[["split", "fold"]], on="subject", how="inner")


def predict_on(models, windows, splits, out, device):
    """Predict the test windows of another task, those of each fold by the fold's model.

    Parameters
    ----------
    models : sequence of Path
        Weights, one a fold; the record lies beside them.
    windows : sequence of Path
        Stores of the other task.
    splits : sequence of Path
        Of the task that the models were trained on, one a fold.
    out : Path
        Table of predictions.
    device : str

    Raises
    ------
    InputError
        As `write_shared_split` and `eeglrp.training.predict.predict_model`.
    """
    from eeglrp.training.predict import model_predictions
    from eeglrp.training.predictions import join_folds

    with _shared_splits(splits, windows, "test") as shared:
        tables = [
            model_predictions(model, windows, table, device, split="test")
            for model, table in zip(models, shared, strict=True)
        ]
    join_folds(tables, out)


def attribute_on(models, windows, splits, store, *, attribution, **settings):
    """Explain windows of another task; parameters are those of `eeglrp.attribution.run.attribute`.

    Raises
    ------
    InputError
        As `write_shared_split` and `attribute`.
    """
    from eeglrp.attribution.run import attribute

    with _shared_splits(splits, windows, attribution["split"]) as shared:
        attribute(
            models,
            windows,
            shared,
            [store],
            attribution=attribution,
            **settings,
        )


@contextmanager
def _shared_splits(splits, windows, split):
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        shared = []
        for fold, table in enumerate(splits):
            shared.append(Path(folder) / f"fold-{fold}.tsv")
            write_shared_split(table, windows, split, shared[-1])
        yield shared
