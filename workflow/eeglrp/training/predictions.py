"""The table of predictions, the same for networks and classical decoders."""

import numpy as np

#: Besides the logits.
COLUMNS = ("sample", "subject", "split", "label", "prediction")


def predictions_table(frame, scores, classes):
    """Table of predictions: sample, subject, split, label, prediction, logit_<class> ...

    Parameters
    ----------
    frame : DataFrame
        Columns sample, subject, split, label.
    scores : array, shape (n, n_classes)
    classes : sequence of str
    """
    table = frame[["sample", "subject", "split", "label"]].copy()
    table["prediction"] = np.argmax(scores, axis=1)
    for number, name in enumerate(classes):
        table[f"logit_{name}"] = scores[:, number]
    return table


def join_folds(tables, out):
    """Write the predictions of all folds' models as one table, with the column `fold`.

    Rows of the split `test` are of each window once, by the model that never saw it.

    Parameters
    ----------
    tables : sequence of DataFrame
        Of `predictions_table`, one a fold.
    out : Path
    """
    import pandas as pd

    from eeglrp.files import write_table

    numbered = []
    for fold, table in enumerate(tables):
        table = table.copy()
        table.insert(3, "fold", fold)
        numbered.append(table)
    write_table(pd.concat(numbered, ignore_index=True), out)
