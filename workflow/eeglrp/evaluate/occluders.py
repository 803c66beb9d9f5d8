"""Scores of windows of which some units are hidden from the model.

What takes a unit's place: `zero`; the electrode's `mean` over the window; the same piece of
`other` data; or nothing, by `removal`. Removal leaves the unit's token out of LaBraM from the
patch embedding on, whose group norms see the other tokens only. For a whole electrode it is what
leaving the electrode out of the input is. It needs units of one patch.
"""

from contextlib import contextmanager

import numpy as np
import torch

from eeglrp.errors import InputError
from eeglrp.models.registry import adapter_of

REMOVAL = "removal"
OCCLUDERS = ("zero", "mean", "other", REMOVAL)


def filling(occluder, signal, other=None):
    """What stands in the place of hidden units.

    Parameters
    ----------
    occluder : str
        One of `OCCLUDERS`. A layer in front of LaBraM may mix electrodes, so `removal` hides the
        signal by zeros too.
    signal, other : Tensor, shape (n, n_channels, n_times)
        `other` is needed by that occluder alone.

    Returns
    -------
    Tensor, like `signal`

    Raises
    ------
    InputError
        If there is no such occluder.
    """
    if occluder not in OCCLUDERS:
        problem = f"{occluder} is not an occluder"
        remedy = f"choose one of {', '.join(OCCLUDERS)}"
        raise InputError("faithfulness", "occluder", problem, remedy)
    if occluder == "mean":
        return signal.mean(2, keepdim=True).expand_as(signal)
    return other if occluder == "other" else torch.zeros_like(signal)


def hidden_scores(
    score, module, signal, fill, hidden, removal=False, batch_size=256
):
    """Score of each window for each set of hidden units; equal sets are run once.

    Parameters
    ----------
    score : callable
        `score(signal, index)` runs the module on a signal and gives the scores (k,); `index`
        says which windows it was made from.
    module : torch.nn.Module
        What `score` runs.
    signal, fill : Tensor, shape (n, n_channels, n_times)
        `fill` from `filling`.
    hidden : array of bool, shape (n, n_sets, n_units)
        Units of equal size, electrodes slowest.
    removal : bool
        Leave the tokens of hidden units out as well.
    batch_size : int

    Returns
    -------
    array of float64, shape (n, n_sets)
    """
    n, n_sets, n_units = hidden.shape
    device = signal.device
    # A row a window and set: the number of the window, then which units are hidden.
    window = np.repeat(np.arange(n, dtype=np.int32), n_sets)
    sets = hidden.reshape(-1, n_units)
    rows = np.column_stack([window, sets])
    distinct, back = np.unique(rows, axis=0, return_inverse=True)
    window = distinct[:, 0]
    sets = distinct[:, 1:].astype(bool)
    scores = np.empty(len(distinct))
    for batch in _alike(sets.sum(1), batch_size):
        index = torch.from_numpy(window[batch]).long().to(device)
        mask = torch.from_numpy(sets[batch]).to(device)
        occluded = _hide(signal[index], fill[index], mask)
        with tokens_removed(module, mask, removal):
            values = score(occluded, index)
        scores[batch] = values.double().cpu().numpy()
    of_rows = scores[back.ravel()]
    return of_rows.reshape(n, n_sets)


def _alike(count, batch_size):
    """Batches of rows with an equal count; a batch of tokens has one length."""
    for number in np.unique(count):
        rows = np.flatnonzero(count == number)
        for start in range(0, len(rows), batch_size):
            yield rows[start : start + batch_size]


def _hide(signal, fill, mask):
    n, n_channels, n_times = signal.shape
    pieces = mask.reshape(n, n_channels, -1)
    length = n_times // pieces.shape[2]
    is_hidden = pieces.repeat_interleave(length, 2)
    return torch.where(is_hidden, fill, signal)


@contextmanager
def tokens_removed(module, mask, removal=True):
    """Leave tokens of a network out while the block runs; its module stays as it is.

    Parameters
    ----------
    module : torch.nn.Module
        A network with an adapter, or a module that calls it as its `network`.
    mask : Tensor of bool, shape (n, n_channels * n_patches)
        Tokens to leave out, equally many in each row and not all.
    removal : bool
        False leaves nothing out.

    Raises
    ------
    InputError
        If the network has no adapter, or the mask is not one of its patches.
    """
    if not removal or not mask.any():
        yield
        return
    adapter = adapter_of(module)
    network = getattr(module, "network", module)
    with adapter.without_tokens(network, _kept(mask), mask.shape[1]):
        yield


def _kept(mask):
    """Numbers of the tokens that stay, ascending, (n, n_kept)."""
    is_kept = ~mask
    count = is_kept.sum(1)
    differs = count != count[0]
    if not count.all() or differs.any():
        problem = "rows leave out all units, or not equally many"
        remedy = "leave out equally many, but not all"
        raise InputError("faithfulness", REMOVAL, problem, remedy)
    _, token = is_kept.nonzero(as_tuple=True)
    return token.reshape(len(mask), -1)
