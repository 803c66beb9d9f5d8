"""The windows of an arm, made from those of its task."""

import numpy as np

from eeglrp.arms.components import component_rows
from eeglrp.arms.regression import POOLED
from eeglrp.arms.transforms import Arm, electrodes_left, transform
from eeglrp.errors import InputError
from eeglrp.files import read_json, read_table, write_table
from eeglrp.store import (
    CHUNK_SAMPLES,
    open_windows,
    window_array,
    write_dataset,
)
from eeglrp.tables import metric_frame
from eeglrp.windowing.counts import counts_table

#: Columns of the table of components, besides those of every metric table.
COMPONENT_COLUMNS = ("arm", "component", "electrode")
_DIMS = ("channel", "time", "sample")


def make_arm_windows(
    store, splits, regression, out, *, ids, options, by, seed
):
    """Write the windows of one subject for one arm, and the tables of what was done.

    Samples, their order, labels and all else stay as they are.

    Parameters
    ----------
    store : Path
        The subject's windows of the task that the arm belongs to.
    splits : Path or None
        Table of the splits, for arms with `ica`.
    regression : Path or None
        From `fit_regression`, for arms with `regress`.
    out : dict
        `store` (`.zarr.zip`), `counts` and `components` (`.tsv`).
    ids : dict
        `study`, `task` (the arm's), `arm_of` and `arm`.
    options : dict
        The arm's.
    by : str
        `block` or `subject`: how the task is split.
    seed : int
        The study's.

    Raises
    ------
    InputError
        If an electrode is absent, there are too few windows, or a fit lacks the subject.
    """
    dataset = open_windows(store).load().drop_encoding()
    subject = str(dataset.attrs["subject"])
    channels = [str(name) for name in dataset["channel"].values]
    key = f"tasks.{ids['arm_of']}.arms.inputs.{ids['arm']}"
    left, eyes, fitted = electrodes_left(channels, options, key), None, {}
    changed = dataset.isel(channel=left)
    if dataset.sizes["sample"]:
        fit = _fit_of(regression, subject, by) if regression else None
        rate = float(dataset.attrs["sampling_rate"])
        arm = Arm(
            options, key, fit, _learn(dataset, splits, by), rate, subject, seed
        )
        truth = (
            window_array(dataset, name="truth") if "truth" in dataset else None
        )
        signal, truth, left, eyes = transform(
            window_array(dataset), truth, channels, arm
        )
        fitted = {"regression": fit} if fit else {}
        changed = _with(
            changed,
            signal=signal,
            **({} if truth is None else {"truth": truth}),
        )
    removed = eyes.removed if eyes else []
    fitted |= {"components_removed": removed} if "ica" in options else {}
    attrs = dataset.attrs | {
        "task": ids["task"],
        "arm_of": ids["arm_of"],
        "arm": ids["arm"],
    }
    attrs |= {"input": options, "fitted": fitted}
    write_dataset(changed, out["store"], attrs, {"sample": CHUNK_SAMPLES})
    gone = [name for k, name in enumerate(channels) if k not in left]
    write_table(_counts(dataset, gone, removed), out["counts"])
    names = {
        "study": ids["study"],
        "task": ids["arm_of"],
        "arm": ids["arm"],
        "subject": subject,
    }
    rows = component_rows(eyes, channels, **names) if eyes else []
    write_table(metric_frame(rows, COMPONENT_COLUMNS), out["components"])


def _fit_of(regression, subject, by):
    """Coefficients for a subject: its own, or those of all."""
    fits, name = read_json(regression), subject if by == "block" else POOLED
    if name not in fits:
        problem = (
            f"has no coefficients for {name}, which has no training window"
        )
        raise InputError(regression, name, problem, "leave the subject out")
    return fits[name]


def _learn(dataset, splits, by):
    """Which windows components are learned from: (n_windows,) bool."""
    if splits is None or by == "subject":
        return np.ones(dataset.sizes["sample"], bool)
    table = read_table(splits, ("sample", "split"))
    train = table.loc[table["split"] == "train", "sample"]
    return np.isin(dataset["sample"].values.astype(str), train.to_numpy(str))


def _with(dataset, **arrays):
    """The dataset with other arrays (n_windows, n_channels, n_times) in place of its own."""
    new = {
        name: (
            _DIMS,
            array.transpose(1, 2, 0).astype(np.float32),
            dataset[name].attrs,
        )
        for name, array in arrays.items()
    }
    return dataset.assign(new)


def _counts(dataset, gone, removed):
    """What was left out of the input, and how many windows of each class there are."""
    classes, label = dataset.attrs["classes"], dataset["label"].values
    rows = [("", "electrode_left_out", name, 1) for name in gone]
    rows += [("", "component_removed", str(number), 1) for number in removed]
    rows += [
        ("", "window_kept", name, int((label == k).sum()))
        for k, name in enumerate(classes)
    ]
    return counts_table(str(dataset.attrs["subject"]), rows)
