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

    frames = []
    for path in windows:
        dataset = open_windows(path)
        columns = {
            "sample": dataset["sample"].values.astype(str),
            "subject": dataset["subject"].values.astype(str),
            "recording": dataset["recording"].values.astype(str),
            "onset": dataset["onset"].values,
            "label": dataset["label"].values,
            "rating": rating_of(dataset),
        }
        frames.append(pd.DataFrame(columns))
    frame = pd.concat(frames, ignore_index=True)
    place = time_line(frame["recording"], frame["onset"])
    frame["place"] = place
    return frame.sort_values(["subject", "place"], ignore_index=True)


def rating_of(dataset):
    """Ratings of the windows of a store; labels where there is none."""
    label = dataset["label"].values
    label = label.astype(float)
    if "rating" not in dataset:
        return label
    rating = dataset["rating"].values
    rating = rating.astype(float)
    finite = np.isfinite(rating)
    return np.where(finite.all(), rating, label)
