"""Which windows are shown, where a study has more than a page should hold."""

import numpy as np
import pandas as pd


def shown_windows(windows, limit, seed):
    """A sample that is spread evenly over subjects and labels, in the order of `windows`.

    Windows of every subject and label are shuffled; then the first of each is taken, the second,
    and so on.

    Parameters
    ----------
    windows : DataFrame
        One row a window, with `subject` and `label`.
    limit : int
        At most so many.
    seed : int
        Another one gives another sample.

    Returns
    -------
    DataFrame
        Rows of `windows`.
    """
    if len(windows) <= limit:
        return windows
    rng = np.random.default_rng(seed)
    shuffled = windows.iloc[rng.permutation(len(windows))]
    turn = shuffled.groupby(["subject", "label"]).cumcount()
    first = turn.sort_values(kind="stable").index[:limit]
    return windows[windows.index.isin(first)]


def explained_windows(stores):
    """Every window that any of the stores explains, once: sample, subject, label, recording, onset.

    Parameters
    ----------
    stores : sequence of xarray.Dataset

    Returns
    -------
    DataFrame
        Ordered by subject and sample.
    """
    columns = ("sample", "subject", "label", "recording", "onset", "fold")
    frames = [
        pd.DataFrame({name: store[name].values for name in columns})
        for store in stores
    ]
    windows = pd.concat(frames).drop_duplicates("sample")
    return windows.sort_values(["subject", "sample"], ignore_index=True)
