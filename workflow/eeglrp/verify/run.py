"""One pass over the attribution stores of a task: every table of `verify`."""

from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from eeglrp.attribution.stores import (
    blocks,
    sampling_rate,
    store_names,
    text,
    window_events,
)
from eeglrp.files import write_table
from eeglrp.jobs import progress
from eeglrp.scalp import topography
from eeglrp.store import check_relevance, open_attribution, window_array
from eeglrp.tables import (
    estimate_rows,
    join_tables,
    metric_frame,
    metric_row,
    with_folds,
)
from eeglrp.verify import (
    cardiac_field,
    conservation,
    layers,
    phases,
    r_peak,
    r_topography,
    share_rows,
)
from eeglrp.verify.fields import training_fields
from eeglrp.verify.signals import explained_signal, signal_reader

#: Tables and their index columns beyond the contract's.
EXTRA = {
    "r_peak": r_peak.SUMMARY_EXTRA,
    "r_locked": r_peak.COURSE_EXTRA,
    "shares": share_rows.EXTRA,
    "topography": topography.EXTRA,
    "layers": layers.EXTRA,
    "conservation": conservation.EXTRA,
    "r_topography": r_topography.EXTRA,
    "cardiac_field": cardiac_field.EXTRA,
    "sampling_grid": phases.EXTRA,
}


class Job(NamedTuple):
    """What all tables of one run share."""

    study: str
    task: str
    kind: str
    classes: list
    verify: dict
    statistics: dict
    seed: int
    events: dict
    early: float | None = None


class Windows(NamedTuple):
    """What one store says about each of its windows; far smaller than the maps themselves.

    `topography`, `layers` (None without layers), `conservation`: one row a window, columns as the
    module of that name says; `shares` as `share_rows` says. `course`, shape (n_windows, n_times):
    relevance summed over electrodes. `phases`: mean |relevance| by place in the patch.
    """

    shares: np.ndarray
    topography: np.ndarray
    layers: np.ndarray | None
    conservation: np.ndarray
    course: np.ndarray
    phases: np.ndarray


def verify_task(
    windows,
    stores,
    splits,
    *,
    study,
    task,
    classes,
    verify,
    statistics,
    seed,
    outputs,
    kind=None,
    early=None,
):
    """Write every verification table of a task.

    Parameters
    ----------
    windows, stores : sequence of Path
        Windows stores, one a subject, and attribution stores, one a model and method.
    splits : Path
        Table of the splits.
    study, task : str
    classes : sequence of str
        Name of each label.
    verify, statistics : dict
        These sections of the configuration.
    seed : int
        The study's.
    outputs : dict
        Table name, as in `EXTRA`, -> path.
    kind : str, optional
        What the task is about, if its name does not say it.
    early : float, optional
        Where the early part of a window ends, in s from its start; half-way unless told.

    Raises
    ------
    InputError
        If a store is broken, or explains a window that the windows stores do not hold.
    """
    events = window_events(windows)
    job = Job(
        study,
        task,
        kind or task,
        classes,
        verify,
        statistics,
        seed,
        events,
        early,
    )
    tables = {name: [metric_frame([], extra)] for name, extra in EXTRA.items()}
    fields = training_fields(windows, splits, job)
    tables["cardiac_field"].append(
        cardiac_field.field_table(fields, {"study": study, "task": task})
    )
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        read = signal_reader(windows, splits, folder)
        for path in progress(stores, f"verify {task}"):
            for name, frame in store_tables(path, fields, read, job).items():
                tables[name].append(frame)
    for name, path in outputs.items():
        write_table(join_tables(tables[name]), path)


def store_tables(path, fields, read, job):
    """Data frames of one attribution store, by table.

    `fields` are those of `cardiac_field`, `read` gives the signal (`signals.signal_reader`).
    """
    check_relevance(path)
    with open_attribution(path) as dataset:
        names = {"study": job.study, "task": job.task}
        names |= store_names(path, dataset)
        n_early = _early_samples(dataset, job)
        signal = explained_signal(path, dataset, read)
        values = read_windows(dataset, n_early, signal)
        subject = text(dataset, "subject")
        label = dataset["label"].values
        rows = _topography_rows(dataset, values, subject, label, names, job)
        meaning = share_rows.columns(
            text(dataset, "channel").tolist(),
            n_times=dataset.sizes["time"],
            n_early=n_early,
            by_band=signal is not None,
        )
        fold = dataset["fold"].values
        rows["shares"] = share_rows.table_rows(
            values.shares, meaning, subject, label, fold, names, job
        )
        rows["conservation"] = _ledger_rows(
            dataset, values, subject, names, job
        )
        frames = {name: metric_frame(rows[name], EXTRA[name]) for name in rows}
        grid = phases.table(values.phases, subject, names, job)
        frames["sampling_grid"] = grid
        frames |= _by_electrode(path, dataset, fields, names, job)
        frames |= r_peak.tables(path, dataset, values.course, names, job)
        return {
            name: with_folds(frame, subject, fold)
            for name, frame in frames.items()
        }


def _early_samples(dataset, job):
    """Samples of the early part of a window, where the configuration names its end."""
    if job.early is None:
        return None
    return round(job.early * sampling_rate(dataset))


def _by_electrode(path, dataset, fields, names, job):
    """Tables of the relevance of every electrode around the R-peak."""
    rate = sampling_rate(dataset)
    channels = text(dataset, "channel").tolist()
    locked = r_topography.lock_subjects(path, dataset, job)
    main, by_subject = next(iter(locked.items()))
    of_main = names | {"class": main}
    return {
        "r_topography": r_topography.table(locked, channels, rate, names, job),
        "cardiac_field": cardiac_field.table(
            by_subject, fields, rate, of_main, job
        ),
    }


def read_windows(dataset, n_early=None, signal=None):
    """Reduce each window of a store to what the tables need, block by block.

    `signal`, where known, gives the signal of a slice of the store's windows.
    """
    reduced = [
        _reduce(dataset, block, n_early, signal)
        for block in blocks(dataset.sizes["sample"])
    ]
    return Windows(*map(_joined, zip(*reduced, strict=True)))


def _joined(of_blocks):
    """Values of all windows from those of blocks; None where the store has none."""
    if of_blocks[0] is None:
        return None
    return np.concatenate(of_blocks)


def _reduce(dataset, block, n_early, signal):
    relevance = window_array(dataset, block, "relevance")
    channels = text(dataset, "channel")
    rate = sampling_rate(dataset)
    of_signal = None if signal is None else signal(block)
    of_layers = None
    if "layer_relevance" in dataset:
        tokens = dataset["layer_relevance"].isel(sample=block)
        tokens = tokens.transpose("sample", "layer", "channel", "patch")
        of_layers = layers.window_values(tokens.values, channels)
    ledger = dataset["ledger"].isel(sample=block)
    return Windows(
        shares=share_rows.window_values(
            relevance, channels, n_early, of_signal, rate
        ),
        topography=topography.window_values(relevance),
        layers=of_layers,
        conservation=conservation.window_values(ledger.values.T),
        course=relevance.sum(1),
        phases=phases.window_values(relevance),
    )


def _topography_rows(dataset, values, subject, label, names, job):
    """Rows by electrode, by class and over all classes, and by layer."""
    channels = text(dataset, "channel").tolist()
    meaning = topography.columns(channels)
    rows = {"topography": [], "layers": []}
    classes = [(name, label == k) for k, name in enumerate(job.classes)]
    everything = np.ones(len(label), bool)
    for name, windows in [*classes, ("all", everything)]:
        rows["topography"] += _estimates(
            values.topography[windows],
            meaning,
            subject[windows],
            names | {"class": name},
            job,
        )
    if values.layers is not None:
        meaning = layers.columns(channels, dataset.sizes["layer"])
        rows["layers"] = _estimates(
            values.layers, meaning, subject, names, job
        )
    return rows


def _estimates(values, columns, subject, names, job):
    return estimate_rows(
        values, columns, subject, names, job.statistics, job.seed
    )


def _ledger_rows(dataset, values, subject, names, job):
    """Rows of the ledger, and how well it closes."""
    meaning = conservation.columns(text(dataset, "source"))
    rows = _estimates(values.conservation, meaning, subject, names, job)
    error = conservation.closure_error(
        dataset["ledger"].values.T, dataset["logit"].values
    )
    closure = {
        "subject": "all",
        "metric": "closure_error",
        "value": error,
        "n": len(subject),
    }
    return [*rows, metric_row(**names, **closure)]
