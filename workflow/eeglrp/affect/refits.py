"""Small decoders fitted again: on reordered labels, and with splits that should not be used."""

from tempfile import TemporaryDirectory

import numpy as np

from eeglrp.affect.decoders import prepare, subject_scores
from eeglrp.affect.inflation import inflation_rows
from eeglrp.affect.nulls import count_orders, null_orders, time_line
from eeglrp.affect.scores import EXTRA, null_rows
from eeglrp.baselines.linear import in_training
from eeglrp.errors import InputError
from eeglrp.files import write_table
from eeglrp.models.data import load_windows
from eeglrp.seeds import generator
from eeglrp.tables import metric_frame


def refit_affect(
    names,
    windows,
    splits,
    *,
    study,
    task,
    target,
    gap,
    affect,
    statistics,
    seed,
    out,
):
    """Fit small decoders under the nulls and with random splits; write one metric table.

    Parameters
    ----------
    names : sequence of str
        Of `eeglrp.affect.decoders.DECODERS`.
    windows : sequence of Path
    splits : Path
    study, task : str
    target : str
        `classes` or `rating`, for regressions.
    gap : float
        In s, between blocks of time that train and test (`eeglrp.affect.inflation`).
    affect : dict
        `nulls`, of which `training` is the number of refits of each kind; `inflation`, whether
        random splits are tried.
    statistics : dict
    seed : int
        The study's.
    out : Path

    Raises
    ------
    InputError
        If the windows cannot be used, or have no rating that is to be regressed.
    """
    rows = []
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        data = load_windows(windows, splits, None, folder)
        for name in names:
            refit = prepare(name, data, target)
            ids = {"study": study, "task": task, "regime": name, "seed": 0}
            shared = statistics, generator(seed, "affect refits", task, name)
            if affect["nulls"]["training"]:
                rows += training_nulls(refit, affect["nulls"], *shared, **ids)
            if affect["inflation"]:
                rows += inflation_rows(refit, splits, gap, *shared, **ids)
    write_table(metric_frame(rows, EXTRA), out)


def training_nulls(refit, nulls, statistics, rng, **ids):
    """Scores on the test split, all labels reordered before the fit, as rows.

    Test labels move too: were they left, a decoder that took to the only slow feature would often
    be right by accident, and the null as wide as there is to see.
    """
    frame, train = refit.data.frame, in_training(refit.data)
    test = np.flatnonzero(frame["split"] == "test")
    if not len(test):
        raise InputError(
            "splits", "split", "no window is in the test split", "split again"
        )
    parts_of = {
        name: test[own]
        for name, own in frame.iloc[test].groupby("subject").indices.items()
    }
    target, rows = refit.target(train), []
    observed = subject_scores(refit, refit.scores(target, train), parts_of)
    n = [len(own) for own in parts_of.values()]
    for kind in nulls["kinds"]:
        orders, number = _orders(refit, kind, nulls, rng)
        null = [
            subject_scores(
                refit, refit.scores(target[order], train), parts_of, order
            )
            for order in orders
        ]
        counted = [number] * (len(n) + 1)
        shared = {"null": kind, "stage": "training"} | ids
        found = observed, np.stack(null, 1), counted, n, statistics, rng
        rows += null_rows(refit.metric, list(parts_of), *found, **shared)
    return rows


def _orders(refit, kind, nulls, rng):
    """Orders of all windows, each within its subject and split, and how many differ."""
    frame = refit.data.frame
    group = (frame["subject"] + "/" + frame["split"]).to_numpy(str)
    place = time_line(
        frame["recording"].to_numpy(str), frame["onset"].to_numpy()
    )
    shared = refit.truth, group, place, kind
    options = {name: nulls[name] for name in ("nearest", "blocks")}
    orders = null_orders(*shared, nulls["training"], rng, **options)
    return orders, count_orders(*shared, **options)
