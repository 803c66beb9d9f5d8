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
from eeglrp.training.predictions import join_folds, predictions_table

_BLOCK = 256


def predict_with_arms(
    name,
    windows,
    splits,
    arms,
    outputs,
    *,
    run,
    attribution,
    device="cpu",
    layer=None,
    target="classes",
):
    """Fit a baseline in each fold; predict the task's windows, and the arms' test windows.

    An electrode that an arm leaves out is 0 there, since a fitted baseline cannot do without.

    Parameters
    ----------
    name, windows, splits, run, device, layer, target
        As for `eeglrp.baselines.run.predict_baseline`.
    arms : sequence of (sequence of Path, Path)
        For each arm its windows stores, which hold the task's windows under the same names, and
        the table to write.
    outputs : dict of str to Path
        `predictions` of the task's windows; `electrodes`, a table with columns subject, channel,
        share (sum to 1 in a subject), n: which electrodes the decisions on the windows that are
        explained rest on (`eeglrp.baselines.electrodes`), without a row for a baseline that is
        not read.
    attribution : dict
        Settings `split`, `max_windows` and `score`, as for the models.

    Raises
    ------
    InputError
        If the windows cannot be used, the training split lacks a class, or an arm has an electrode
        or a length that the task has not.
    """
    # Predictions of the task's windows and of each arm's, a table a fold.
    tables = [[] for _ in (windows, *arms)]
    read = []
    for fold, table in enumerate(splits):
        options = fit_options(name, run, fold, device, layer, target)
        frames, of_fold = _fit_fold(
            name, windows, table, arms, options, run, attribution
        )
        for of_load, frame in zip(tables, frames, strict=True):
            of_load.append(frame)
        read += of_fold
    paths = [outputs["predictions"], *(path for _, path in arms)]
    for of_load, path in zip(tables, paths, strict=True):
        join_folds(of_load, path)
    write_table(_electrode_shares(read), outputs["electrodes"])


def _fit_fold(name, windows, splits, arms, options, run, attribution):
    """Tables of predictions; and subjects, weights and electrodes of what was read, if it was."""
    classes = run["classes"]
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        data = load_windows(windows, splits, None, folder)
        check_classes(splits, data, classes)
        of_arms = [
            _test_windows(stores, splits, data, folder) for stores, _ in arms
        ]
        rows = _explained(data, attribution, run["study_seed"])
        loads = [data, *of_arms]
        joined = side_by_side(loads, folder)
        score = attribution["score"]
        scores, weights = scores_and_electrodes(
            name, joined, rows, score, options
        )
    ends = np.cumsum([len(load.frame) for load in loads])
    frames = [
        predictions_table(load.frame, of_load, classes)
        for load, of_load in zip(
            loads, np.split(scores, ends[:-1]), strict=True
        )
    ]
    if weights is None:
        return frames, []
    subject = data.frame["subject"].to_numpy(str)[rows]
    return frames, [(weights, subject, data.channels)]


def _electrode_shares(read):
    """Which electrodes the decisions rest on, over the windows of all folds."""
    if not read:
        return empty_shares()
    weights = np.concatenate([of_fold for of_fold, _, _ in read])
    subject = np.concatenate([of_fold for _, of_fold, _ in read])
    *_, channels = read[0]
    return share_table(weights, subject, channels)


def _explained(data, attribution, seed):
    """Rows of the windows that the models are explained on too."""
    is_in_split = data.frame["split"] == attribution["split"]
    rows = np.flatnonzero(is_in_split)
    subject = data.frame["subject"].to_numpy(str)[rows]
    label = data.label[rows]
    limit = attribution["max_windows"]
    return rows[choose_windows(subject, label, limit, seed)]


def _test_windows(paths, splits, data, folder):
    """Test windows of an arm, read in a folder of their own, since all loads use one name."""
    with TemporaryDirectory(dir=folder) as subfolder:
        arm = load_windows(paths, splits, "test", subfolder)
        signal = fill_channels(arm, data, paths[0], folder)
        return arm._replace(signal=signal)


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
    _, n_channels, n_times = data.signal.shape
    extra = [name for name in part.channels if name not in data.channels]
    if extra or part.signal.shape[2] != n_times:
        differing = ", ".join(extra) or "another length"
        problem = f"differ from those of the task: {differing}"
        remedy = "delete the store and rerun"
        raise InputError(source, "channels, length", problem, remedy)
    places = [data.channels.index(name) for name in part.channels]
    shape = (len(part.signal), n_channels, n_times)
    filled = _memory_map(shape, folder)
    for start in range(0, len(filled), _BLOCK):
        rows = slice(start, start + _BLOCK)
        filled[rows, places] = part.signal[rows]
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
    frames = [first.frame]
    for windows in others:
        frames.append(windows.frame.assign(split="arm"))
    frame = pd.concat(frames).reset_index(drop=True)
    shape = (len(frame), *first.signal.shape[1:])
    signal = _memory_map(shape, folder)
    at = 0
    for windows in parts:
        for start in range(0, len(windows.signal), _BLOCK):
            block = windows.signal[start : start + _BLOCK]
            end = at + len(block)
            signal[at:end] = block
            at = end
    return Windows(signal, frame, first.channels, first.sampling_rate)


def _memory_map(shape, folder):
    """An array of zeros in a file of its own, so that memory does not grow with the windows."""
    handle, file = mkstemp(suffix=".npy", dir=folder)
    os.close(handle)
    return memory_map(file, shape)
