"""Truth and measures of every model of one task, subject by subject."""

import numpy as np

from eeglrp.attribution.stores import blocks, text
from eeglrp.errors import InputError
from eeglrp.files import write_table
from eeglrp.jobs import progress
from eeglrp.reliance.measures import (
    EXTRA,
    chance_levels,
    confound_electrodes,
    field_size,
    magnitudes,
    subject_measures,
)
from eeglrp.reliance.truth import regression_loss, subject_truth
from eeglrp.seeds import generator
from eeglrp.statistics import mean_interval
from eeglrp.store import (
    check_relevance,
    open_attribution,
    open_windows,
    window_array,
)
from eeglrp.tables import metric_frame, metric_row

#: What no model changes: shares of the signal's magnitude, in the place of those of |R|.
YARDSTICK = "signal"


def measure_models(
    models, windows, matched, neutral, *, names, statistics, seed, out
):
    """Write reliance and measures of every model of a task.

    Parameters
    ----------
    models : sequence of dict
        `regime`, `seed`; `own`, `matched`, `neutral` and `regressed` (or None), tables of
        predictions; `stores`, method -> attribution store of the task's own test windows.
    windows, matched, neutral : sequence of Path
        Windows stores of the task and of those tested on, in the same order of subjects.
    names : dict
        `study`, `task`, `confound`, `probability`.
    statistics : dict
        `bootstrap`, `confidence`.
    seed : int
    out : Path
        The contract's columns, `confound`, `probability`. `accuracy matched`, `accuracy neutral`,
        `reliance` and `heog_loss` of models, the measures of `eeglrp.reliance.measures` of methods
        and of the signal; every subject, and their mean with its interval over subjects. `n` counts
        windows.

    Raises
    ------
    InputError
        If a file is broken, or windows or labels of the tasks do not fit each other.
    """
    task = names["task"]
    rng = generator(seed, "reliance", task)
    planted = {}
    for with_label, either_way in zip(matched, neutral, strict=True):
        planted |= planted_fields(with_label, either_way)
    rows = []
    for model in progress(models, f"reliance {task}"):
        ids = names | {"regime": model["regime"], "seed": model["seed"]}
        truth = subject_truth(model["own"], model["matched"], model["neutral"])
        rows += _rows(truth, ids, {}, statistics, rng)
        if model["regressed"]:
            loss = regression_loss(model["own"], model["regressed"])
            rows += _rows(loss, ids, {}, statistics, rng)
        for method, measures, chance in _measured(
            model["stores"], windows, planted, ids["confound"]
        ):
            of_method = ids | {"method": method}
            rows += _rows(measures, of_method, chance, statistics, rng)
    write_table(metric_frame(rows, EXTRA), out)


def planted_fields(matched, neutral):
    """Size of the planted field at each electrode, for the subjects of two windows stores.

    Returns
    -------
    dict of array
        By subject; the windows that both stores hold count.

    Raises
    ------
    InputError
        If the stores share no window, or in all of them nothing differs.
    """
    with open_windows(matched) as one, open_windows(neutral) as other:
        pairs = _shared(text(one, "sample"), text(other, "sample"))
        if not pairs:
            problem = f"shares no window with {neutral}"
            raise InputError(
                matched,
                "sample",
                problem,
                "test on tasks with the same windows",
            )
        mine, theirs = np.array(pairs).T
        matched_blocks = []
        neutral_blocks = []
        for block in blocks(len(pairs)):
            matched_blocks.append(window_array(one, mine[block]))
            neutral_blocks.append(window_array(other, theirs[block]))
        subject = str(text(one, "subject")[0])
    size = field_size(
        np.concatenate(matched_blocks), np.concatenate(neutral_blocks)
    )
    if not size.any():
        problem = f"is the same as in {neutral}: no event changed its side"
        raise InputError(
            matched, "signal", problem, "raise the amplitude that is planted"
        )
    return {subject: size}


def _shared(samples, others):
    """Positions of the same windows in two stores, in the order of the first."""
    place = {name: k for k, name in enumerate(others)}
    pairs = []
    for k, name in enumerate(samples):
        if name in place:
            pairs.append((k, place[name]))
    return pairs


def _measured(stores, windows, planted, confound):
    """Yield method, measures by subject and chance levels, of every method and of the signal."""
    samples = None
    for method, path in stores.items():
        check_relevance(path)
        with open_attribution(path) as dataset:
            measures, chance = _store_measures(
                dataset, "relevance", planted, confound
            )
            yield method, measures, chance
            samples = set(text(dataset, "sample"))
    if samples:
        measures, chance = _signal_measures(
            windows, samples, planted, confound
        )
        yield YARDSTICK, measures, chance


def _signal_measures(windows, samples, planted, confound):
    import pandas as pd

    frames = []
    levels = []
    for path in windows:
        with open_windows(path) as dataset:
            is_explained = [
                name in samples for name in text(dataset, "sample")
            ]
            index = np.flatnonzero(is_explained)
            if not len(index):
                continue
            explained = dataset.isel(sample=index)
            measures, chance = _store_measures(
                explained, "signal", planted, confound
            )
            frames.append(measures)
            levels.append(chance)
    return pd.concat(frames), levels[0]


def _store_measures(dataset, variable, planted, confound):
    """Measures of a variable of a store by subject, and chance levels."""
    import pandas as pd

    channels = text(dataset, "channel").tolist()
    target = confound_electrodes(confound, channels)
    magnitude = np.concatenate(
        [
            magnitudes(window_array(dataset, block, variable))
            for block in blocks(dataset.sizes["sample"])
        ]
    )
    subject = text(dataset, "subject")
    measures = {}
    for name in np.unique(subject):
        is_own = subject == name
        row = subject_measures(magnitude[is_own], target, planted[name])
        measures[name] = row | {"n": int(is_own.sum())}
    frame = pd.DataFrame.from_dict(measures, orient="index")
    return frame, chance_levels(target)


def _rows(frame, names, chance, statistics, rng):
    """Rows of each column of values: every subject, then their mean with its interval."""
    rows = []
    for metric in frame.columns.drop("n"):
        known = frame[frame[metric].notna()]
        values = known[metric]
        n_windows = known["n"]
        of_metric = names | {
            "metric": metric,
            "chance": chance.get(metric, float("nan")),
        }
        for subject, value in values.items():
            row = metric_row(
                **of_metric,
                subject=subject,
                value=value,
                n=int(n_windows[subject]),
            )
            rows.append(row)
        if len(values):
            mean = _mean(values, statistics, rng)
            n = int(frame["n"].sum())
            rows.append(metric_row(**of_metric, subject="all", **mean, n=n))
    return rows


def _mean(values, statistics, rng):
    """Mean over subjects with its interval."""
    low, high = mean_interval(
        values.to_numpy()[:, None],
        statistics["bootstrap"],
        statistics["confidence"],
        rng,
    )
    return {
        "value": values.mean(),
        "ci_low": low[0],
        "ci_high": high[0],
    }
