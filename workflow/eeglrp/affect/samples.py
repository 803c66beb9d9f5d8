"""Windows with what they were rated: the rows that nulls reorder."""

import numpy as np

from eeglrp.affect.nulls import time_line


def rated_windows(windows):
    """Table of all windows of a task, in order of subject and time.

    Parameters
    ----------
    windows : sequence of Path
        Windows stores, one a subject.

    Returns
    -------
    DataFrame
        Columns sample, subject, recording, onset (s), label, rating and place, the position in the
        subject's time line. Where a store has no rating, its label stands in.
    """
    import pandas as pd

    from eeglrp.store import open_windows

    names = ("sample", "subject", "recording")
    frames = []
    for path in windows:
        dataset = open_windows(path)
        columns = {name: dataset[name].values.astype(str) for name in names}
        columns |= {name: dataset[name].values for name in ("onset", "label")}
        columns["rating"] = rating_of(dataset)
        frames.append(pd.DataFrame(columns))
    frame = pd.concat(frames, ignore_index=True)
    frame["place"] = time_line(frame["recording"], frame["onset"])
    return frame.sort_values(["subject", "place"], ignore_index=True)


def rating_of(dataset):
    """Ratings of the windows of a store; labels where there is none."""
    label = dataset["label"].values.astype(float)
    if "rating" not in dataset:
        return label
    rating = dataset["rating"].values.astype(float)
    return np.where(np.isfinite(rating).all(), rating, label)
