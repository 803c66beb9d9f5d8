"""The table of predictions, the same for networks and classical decoders."""

import numpy as np


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
