"""Windows whose labels mean nothing any more, for models that can only learn them by heart.

Maps that stay the same when a model was trained on such labels show what its architecture and its
input suggest, not what it learned of the task (Adebayo et al. 2018, arXiv:1810.03292, section 5).
"""

from pathlib import Path

import numpy as np

from eeglrp.files import read_table
from eeglrp.seeds import generator


def freely(dataset, split, seed):
    """Labels of an opened windows store, permuted within each subject and split (n_windows,)."""
    label = dataset["label"].values
    subject = dataset["subject"].values.astype(object)
    return permuted_labels(label, subject, split, seed)


def permuted_windows(windows, splits, seed, folder, relabel=freely):
    """Copy windows stores with the labels permuted within each subject and split.

    Every subject and split keeps its number of windows of each class.

    Parameters
    ----------
    windows : sequence of Path
        Windows stores, one a subject.
    splits : Path
    seed : int
        The study's.
    folder : Path
        Where the copies go; the caller removes it.
    relabel : callable
        Takes an opened store, the split of each of its windows, and the seed; gives their labels.

    Returns
    -------
    list of Path
    """
    from eeglrp.store import open_windows, window_array, write_windows

    table = read_table(splits, ("sample", "split"))
    split_of = dict(zip(table["sample"], table["split"], strict=True))
    copies = []
    for number, path in enumerate(windows):
        copies.append(Path(folder) / f"{number}.zarr.zip")
        with open_windows(path) as dataset:
            names = dataset["sample"].values.astype(object)
            in_order = [split_of.get(name, "") for name in names]
            split = np.array(in_order, object)
            write_windows(
                copies[-1],
                window_array(dataset),
                relabel(dataset, split, seed),
                channels=dataset["channel"].values.tolist(),
                sampling_rate=dataset.attrs["sampling_rate"],
                samples=names,
                subject=dataset["subject"].values.astype(object),
                recording=dataset["recording"].values.astype(object),
                onset=dataset["onset"].values,
            )
    return copies


def permuted_labels(label, subject, split, seed):
    """Labels permuted among the windows of each subject and split.

    Parameters
    ----------
    label, subject, split : array, shape (n_windows,)
    seed : int

    Returns
    -------
    array like `label`
    """
    result = np.array(label)
    for name in np.unique(subject):
        is_subject = subject == name
        for part in np.unique(split[is_subject]):
            rows = np.flatnonzero(is_subject & (split == part))
            rng = generator(seed, "permuted labels", name, part)
            result[rows] = rng.permutation(label[rows])
    return result
