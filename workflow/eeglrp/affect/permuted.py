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
    label, subject = dataset["label"].values, text(dataset, "subject")
    if len(label) < 2:
        return label
    group = [
        f"{name}/{part}" for name, part in zip(subject, split, strict=True)
    ]
    onset = time_line(text(dataset, "recording"), dataset["onset"].values)
    rng = generator(seed, "permuted blocks", *sorted(set(subject)))
    return label[
        null_orders(label, group, onset, "blocks", 1, rng, stays=False)[0]
    ]
