"""The job of a baseline of a task with arms: one fit, tested on the arms' windows too."""

import os
from tempfile import TemporaryDirectory, mkstemp

import numpy as np

from eeglrp.attribution.selection import choose_windows
from eeglrp.baselines.electrodes import (
    empty_shares,
    scores_and_electrodes,
    share_table,
)
from eeglrp.baselines.run import check_classes, fit_options
from eeglrp.errors import InputError
from eeglrp.files import memory_map, write_table
from eeglrp.models.data import Windows, load_windows
from eeglrp.training.predictions import predictions_table

_BLOCK = 256


def predict_with_arms(
    name,
    windows,
    splits,
    classes,
    out,
    out_electrodes,
    *,
    arms,
    attribution,
    task,
    seed,
    study_seed,
    device="cpu",
    layer=None,
    target="classes",
):
    """Fit a baseline on a task's training split; predict its windows, and the arms' test windows.

    An electrode that an arm leaves out is 0 there, since a fitted baseline cannot do without.

    Parameters
    ----------
    name, windows, splits, classes, out, task, seed, study_seed, device, layer, target
        As for `eeglrp.baselines.run.predict_baseline`.
    out_electrodes : Path
        Table with columns subject, channel, share (sum to 1 in a subject), n: which electrodes the
        decisions on the windows that are explained rest on (`eeglrp.baselines.electrodes`);
        without a row for a baseline that is not read.
    arms : sequence of (sequence of Path, Path)
        For each arm its windows stores, which hold the task's windows under the same names, and
        the table to write.
    attribution : dict
        Settings `split`, `max_windows` and `score`, as for the models.

    Raises
    ------
    InputError
        If the windows cannot be used, the training split lacks a class, or an arm has an electrode
        or a length that the task has not.
    """
    options = fit_options(name, task, seed, study_seed, device, layer, target)
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        data = load_windows(windows, splits, None, folder)
        check_classes(splits, data, classes)
        tested = [
            _test_windows(paths, splits, data, folder) for paths, _ in arms
        ]
        rows = _explained(data, attribution, study_seed)
        n = np.cumsum([len(data.frame), *(len(one.frame) for one in tested)])
        joined = side_by_side([data, *tested], folder)
        score = attribution["score"]
        scores, weights = scores_and_electrodes(
            name, joined, rows, score, options
        )
    own, *others = np.split(scores, n[:-1])
    write_table(predictions_table(data.frame, own, classes), out)
    for (_, path), part, values in zip(arms, tested, others, strict=True):
        write_table(predictions_table(part.frame, values, classes), path)
    subject = data.frame["subject"].to_numpy(str)[rows]
    shares = (
        empty_shares()
        if weights is None
        else share_table(weights, subject, data.channels)
    )
    write_table(shares, out_electrodes)


def _explained(data, attribution, seed):
    """Rows of the windows that the models are explained on too."""
    rows = np.flatnonzero(data.frame["split"] == attribution["split"])
    subject = data.frame["subject"].to_numpy(str)[rows]
    return rows[
        choose_windows(
            subject, data.label[rows], attribution["max_windows"], seed
        )
    ]


def _test_windows(paths, splits, data, folder):
    """Test windows of an arm, read in a folder of their own, since all loads use one name."""
    with TemporaryDirectory(dir=folder) as own:
        part = load_windows(paths, splits, "test", own)
        return part._replace(
            signal=fill_channels(part, data, paths[0], folder)
        )


def fill_channels(part, data, source, folder):
    """Windows of an arm with all electrodes of the task, 0 where the arm has none.

    Parameters
    ----------
    part, data : eeglrp.models.data.Windows
        Of the arm and of the task.
    source : Path
        A store of the arm, for messages.
    folder : path
        Where the windows go; the caller removes it.

    Returns
    -------
    array of float32, shape (n, n_channels of the task, n_times)

    Raises
    ------
    InputError
        If the arm has an electrode or a length that the task has not.
    """
    extra = [
        channel for channel in part.channels if channel not in data.channels
    ]
    if extra or part.signal.shape[2] != data.signal.shape[2]:
        problem = "differ from those of the task: " + (
            ", ".join(extra) or "another length"
        )
        raise InputError(
            source, "channels, length", problem, "delete the store and rerun"
        )
    places = [data.channels.index(channel) for channel in part.channels]
    shape = (len(part.signal), *data.signal.shape[1:])
    filled = _memory_map(shape, folder)
    for start in range(0, len(filled), _BLOCK):
        filled[start : start + _BLOCK, places] = part.signal[
            start : start + _BLOCK
        ]
    return filled


def side_by_side(parts, folder):
    """Windows of several loads as one; those after the first are in the split `arm`.

    Parameters
    ----------
    parts : sequence of eeglrp.models.data.Windows
        With the same electrodes.
    folder : path
        Where the windows go; the caller removes it.

    Returns
    -------
    eeglrp.models.data.Windows
        The first part itself if it is the only one.
    """
    import pandas as pd

    first, *others = parts
    if not others:
        return first
    frame = pd.concat(
        [first.frame, *(part.frame.assign(split="arm") for part in others)]
    )
    signal, at = _memory_map((len(frame), *first.signal.shape[1:]), folder), 0
    for part in parts:
        for start in range(0, len(part.signal), _BLOCK):
            block = part.signal[start : start + _BLOCK]
            signal[at : at + len(block)] = block
            at += len(block)
    return Windows(
        signal,
        frame.reset_index(drop=True),
        first.channels,
        first.sampling_rate,
    )


def _memory_map(shape, folder):
    """An array of zeros in a file of its own, so that memory does not grow with the windows."""
    handle, file = mkstemp(suffix=".npy", dir=folder)
    os.close(handle)
    return memory_map(file, shape)
