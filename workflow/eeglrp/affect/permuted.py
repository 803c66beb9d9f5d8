"""Labels without meaning that keep their autocorrelation, to train models on.

Freely permuted labels change from window to window, as no rating does: a model trained on them
cannot even learn what drifts with time, and so makes too weak a null.
"""

from eeglrp.affect.nulls import null_orders, time_line
from eeglrp.attribution.stores import text
from eeglrp.seeds import generator


def in_blocks(dataset, split, seed):
    """Labels of an opened windows store whose blocks changed places within subject and split.

    Parameters
    ----------
    dataset : xarray.Dataset
    split : array of str, shape (n_windows,)
    seed : int

    Returns
    -------
    array of int, shape (n_windows,)
    """
    label = dataset["label"].values
    subject = text(dataset, "subject")
    if len(label) < 2:
        return label
    pairs = zip(subject, split, strict=True)
    group = [f"{name}/{name_of_split}" for name, name_of_split in pairs]
    recording = text(dataset, "recording")
    onset = time_line(recording, dataset["onset"].values)
    subjects = sorted(set(subject))
    rng = generator(seed, "permuted blocks", *subjects)
    orders = null_orders(label, group, onset, "blocks", 1, rng, stays=False)
    return label[orders[0]]
