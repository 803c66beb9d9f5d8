"""Which windows are explained, and how many at once."""

import numpy as np

from eeglrp.errors import InputError
from eeglrp.files import read_table
from eeglrp.seeds import generator

#: Memory that explaining a batch may take, in bytes, by kind of device.
_MEMORY = {"cpu": 1e9, "cuda": 8e9}
#: Bytes kept for the backward pass: per attention score, and per token and block of LaBraM-base.
_PER_SCORE, _PER_TOKEN = 8, 12_000
#: What other networks are taken to have where their settings do not say.
_HEADS, _LAYERS = 10, 12


def choose_windows(subject, label, max_windows, seed):
    """At most so many windows of each subject, spread evenly over the classes.

    Parameters
    ----------
    subject, label : array, shape (n_windows,)
    max_windows : int or None
        None keeps all.
    seed : int

    Returns
    -------
    array of int
        Indices in ascending order; the same for the same arguments.
    """
    chosen = [np.empty(0, int)]
    for name in np.unique(subject):
        rng = generator(seed, "attribution", name)
        rows = rng.permutation(np.flatnonzero(subject == name))
        labels = label[rows]
        turn = np.zeros(len(rows), int)
        for number in np.unique(labels):
            is_class = labels == number
            turn[is_class] = np.arange(is_class.sum())
        # First of each class, second of each class, ...
        order = np.argsort(turn, kind="stable")
        chosen.append(rows[order][:max_windows])
    return np.sort(np.concatenate(chosen))


def read_background(windows, splits, count, seed):
    """Windows of the training split that explanations may start from.

    Parameters
    ----------
    windows : sequence of Path
        Windows stores, one a subject.
    splits : Path
        Table of the splits.
    count : int
        At most so many.
    seed : int

    Returns
    -------
    array of float32, shape (count, n_channels, n_times)
        The same for the same arguments, whatever the order of the stores.

    Raises
    ------
    InputError
        If no window of the training split is in the stores.
    """
    from eeglrp.store import open_windows, window_array

    table = read_table(splits, ("sample", "split"))
    in_training = table["sample"][table["split"] == "train"]
    names = np.sort(in_training.to_numpy(str))
    rng = generator(seed, "background")
    chosen = list(rng.permutation(names)[:count])
    signals = {}
    for path in windows:
        with open_windows(path) as dataset:
            stored = [str(name) for name in dataset["sample"].values]
            place = {name: number for number, name in enumerate(stored)}
            inside = [name for name in chosen if name in place]
            if inside:
                places = [place[name] for name in inside]
                block = window_array(dataset, places)
                signals |= dict(zip(inside, block, strict=True))
    if not chosen or len(signals) < len(chosen):
        problem = f"{len(signals)} of {len(chosen)} windows to start from are in the stores"
        remedy = "delete the table and rerun the split"
        raise InputError(splits, "train", problem, remedy)
    return np.stack([signals[name] for name in chosen])


def windows_at_once(model, n_tokens, batch_size, device):
    """Largest batch, up to `batch_size`, whose explanation fits the memory set aside for it.

    Parameters
    ----------
    model : dict
        Settings of the network; of LaBraM `layers` and `heads`.
    n_tokens : int
        Tokens of a window: electrodes times patches, and the class token.
    batch_size : int
    device : str
        `cpu` or `cuda`.
    """
    of_scores = _PER_SCORE * model.get("heads", _HEADS) * n_tokens**2
    of_tokens = _PER_TOKEN * n_tokens
    of_window = model.get("layers", _LAYERS) * (of_scores + of_tokens)
    fitting = _MEMORY[device] // of_window
    size = min(batch_size, fitting)
    return int(max(1, size))
