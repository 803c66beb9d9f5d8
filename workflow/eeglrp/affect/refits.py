"""Small decoders fitted again: on reordered labels, and with splits that should not be used."""

from tempfile import TemporaryDirectory, mkdtemp

import numpy as np

from eeglrp.affect.decoders import prepare, subject_scores
from eeglrp.affect.inflation import inflation_rows, windows_by_fold
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
    folds,
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
        Of the fold whose training and test windows the nulls take.
    folds : Path
        Splits of all folds.
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
        data = load_windows(windows, splits, None, mkdtemp(dir=folder))
        if affect["inflation"]:
            place = mkdtemp(dir=folder)
            tested, fold = windows_by_fold(windows, folds, place)
        for name in names:
            ids = {"study": study, "task": task, "regime": name, "seed": 0}
            shared = statistics, generator(seed, "affect refits", task, name)
            if affect["nulls"]["training"]:
                refit = prepare(name, data, target)
                rows += training_nulls(refit, affect["nulls"], *shared, **ids)
            if affect["inflation"]:
                refit = prepare(name, tested, target)
                rows += inflation_rows(refit, fold, gap, *shared, **ids)
    write_table(metric_frame(rows, EXTRA), out)


def training_nulls(refit, nulls, statistics, rng, **ids):
    """Scores on the test split, all labels reordered before the fit, as rows.

    Test labels move too: were they left, a decoder that took to the only slow feature would often
    be right by accident, and the null as wide as there is to see.
    """
    frame = refit.data.frame
    train = in_training(refit.data)
    test_windows = _test_windows(frame)
    n = [len(windows) for windows in test_windows.values()]
    target = refit.target(train)
    scores = refit.scores(target, train)
    observed = subject_scores(refit, scores, test_windows)
    rows = []
    for kind in nulls["kinds"]:
        orders, number = _orders(refit, kind, nulls, rng)
        null = []
        for order in orders:
            scores = refit.scores(target[order], train)
            null.append(subject_scores(refit, scores, test_windows, order))
        rows += null_rows(
            refit.metric,
            list(test_windows),
            observed,
            np.stack(null, 1),
            [number] * (len(n) + 1),
            n,
            statistics,
            rng,
            null=kind,
            stage="training",
            **ids,
        )
    return rows


def _test_windows(frame):
    """Indices of every subject's test windows."""
    test = np.flatnonzero(frame["split"] == "test")
    if not len(test):
        problem = "no window is in the test split"
        raise InputError("splits", "split", problem, "split again")
    by_subject = frame.iloc[test].groupby("subject").indices
    return {name: test[places] for name, places in by_subject.items()}


def _orders(refit, kind, nulls, rng):
    """Orders of all windows, each within its subject and split, and how many differ."""
    frame = refit.data.frame
    group = frame["subject"] + "/" + frame["split"]
    group = group.to_numpy(str)
    recording = frame["recording"].to_numpy(str)
    place = time_line(recording, frame["onset"].to_numpy())
    shared = refit.truth, group, place, kind
    options = {name: nulls[name] for name in ("nearest", "blocks")}
    count = nulls["training"]
    orders = null_orders(*shared, count, rng, **options)
    number = count_orders(*shared, **options)
    return orders, number
