"""The windows of an arm, made from those of its task."""

import numpy as np

from eeglrp.arms.components import component_rows
from eeglrp.arms.regression import fit_regression
from eeglrp.arms.transforms import Arm, electrodes_left, transform
from eeglrp.files import write_table
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


def make_arm_windows(store, out, *, ids, options, seed):
    """Write the windows of one subject for one arm, and the tables of what was done.

    Samples, their order, labels and all else stay as they are. What is fitted, coefficients of a
    regression and independent components, is fitted on all of the subject's windows without labels.

    Parameters
    ----------
    store : Path
        The subject's windows of the task that the arm belongs to.
    out : dict
        `store` (`.zarr.zip`), `counts` and `components` (`.tsv`).
    ids : dict
        `study`, `task` (the arm's), `arm_of` and `arm`.
    options : dict
        The arm's.
    seed : int
        The study's.

    Raises
    ------
    InputError
        If an electrode is absent, there are too few windows, or nothing can be regressed out.
    """
    dataset = open_windows(store).load().drop_encoding()
    subject = str(dataset.attrs["subject"])
    channels = [str(name) for name in dataset["channel"].values]
    key = f"tasks.{ids['arm_of']}.arms.inputs.{ids['arm']}"
    left = electrodes_left(channels, options, key)
    changed = dataset.isel(channel=left)
    eyes = None
    fitted = {}
    if dataset.sizes["sample"]:
        fit = None
        if "regress" in options:
            signal = window_array(dataset)
            fit = fit_regression(
                signal, channels, options, key=key, seed=seed, subject=subject
            )
        rate = float(dataset.attrs["sampling_rate"])
        arm = Arm(options, key, fit, rate, subject, seed)
        arrays, left, eyes = _transformed(dataset, channels, arm)
        changed = _with(changed, **arrays)
        if fit:
            fitted["regression"] = fit
    removed = eyes.removed if eyes else []
    if "ica" in options:
        fitted["components_removed"] = removed
    attrs = dataset.attrs | {
        "task": ids["task"],
        "arm_of": ids["arm_of"],
        "arm": ids["arm"],
        "input": options,
        "fitted": fitted,
    }
    write_dataset(changed, out["store"], attrs, {"sample": CHUNK_SAMPLES})
    left_out = [name for k, name in enumerate(channels) if k not in left]
    write_table(_counts(dataset, left_out, removed), out["counts"])
    components = _components(eyes, channels, ids, subject)
    write_table(components, out["components"])


def _transformed(dataset, channels, arm):
    """Arrays of the arm by name, positions of the electrodes that are left, eye components."""
    signal = window_array(dataset)
    truth = None
    if "truth" in dataset:
        truth = window_array(dataset, name="truth")
    signal, truth, left, eyes = transform(signal, truth, channels, arm)
    arrays = {"signal": signal}
    if truth is not None:
        arrays["truth"] = truth
    return arrays, left, eyes


def _components(eyes, channels, ids, subject):
    """The table of components; empty where none were sought."""
    rows = []
    if eyes:
        rows = component_rows(
            eyes,
            channels,
            study=ids["study"],
            task=ids["arm_of"],
            arm=ids["arm"],
            subject=subject,
        )
    return metric_frame(rows, COMPONENT_COLUMNS)


def _with(dataset, **arrays):
    """The dataset with other arrays (n_windows, n_channels, n_times) in place of its own."""
    variables = {}
    for name, array in arrays.items():
        # Windows come first in memory, last in a store.
        values = array.transpose(1, 2, 0).astype(np.float32)
        variables[name] = (_DIMS, values, dataset[name].attrs)
    return dataset.assign(variables)


def _counts(dataset, left_out, removed):
    """What was left out of the input, and how many windows of each class there are."""
    label = dataset["label"].values
    rows = [("", "electrode_left_out", name, 1) for name in left_out]
    for number in removed:
        rows.append(("", "component_removed", str(number), 1))
    for k, name in enumerate(dataset.attrs["classes"]):
        n_windows = int((label == k).sum())
        rows.append(("", "window_kept", name, n_windows))
    return counts_table(str(dataset.attrs["subject"]), rows)
