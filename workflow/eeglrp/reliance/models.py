"""Truth and measures of every model of one task, subject by subject."""

import numpy as np

from eeglrp.attribution.stores import blocks, text
from eeglrp.errors import InputError
from eeglrp.files import write_table
from eeglrp.jobs import progress
from eeglrp.reliance.measures import (
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

#: Columns of the table beyond the contract's.
EXTRA = ("confound", "probability")
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
    rng = generator(seed, "reliance", names["task"])
    planted = {}
    for pair in zip(matched, neutral, strict=True):
        planted |= planted_fields(*pair)
    rows = []
    for model in progress(models, f"reliance {names['task']}"):
        own = names | {"regime": model["regime"], "seed": model["seed"]}
        truth = subject_truth(model["own"], model["matched"], model["neutral"])
        rows += _rows(truth, own, {}, statistics, rng)
        if model["regressed"]:
            loss = regression_loss(model["own"], model["regressed"])
            rows += _rows(loss, own, {}, statistics, rng)
        for method, found, chance in _measured(
            model["stores"], windows, planted, own["confound"]
        ):
            rows += _rows(
                found, own | {"method": method}, chance, statistics, rng
            )
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
        place = {name: k for k, name in enumerate(text(other, "sample"))}
        both = [
            (k, place[name])
            for k, name in enumerate(text(one, "sample"))
            if name in place
        ]
        if not both:
            problem = f"shares no window with {neutral}"
            raise InputError(
                matched,
                "sample",
                problem,
                "test on tasks with the same windows",
            )
        mine, theirs = np.array(both).T
        parts = [
            (window_array(one, mine[p]), window_array(other, theirs[p]))
            for p in _parts(both)
        ]
        subject = str(text(one, "subject")[0])
    size = field_size(*map(np.concatenate, zip(*parts, strict=True)))
    if not size.any():
        problem = f"is the same as in {neutral}: no event changed its side"
        raise InputError(
            matched, "signal", problem, "raise the amplitude that is planted"
        )
    return {subject: size}


def _parts(items):
    return blocks(len(items))


def _measured(stores, windows, planted, confound):
    """Yield method, measures by subject and chance levels, of every method and of the signal."""
    samples = None
    for method, path in stores.items():
        check_relevance(path)
        with open_attribution(path) as dataset:
            yield (
                method,
                *_store_measures(dataset, "relevance", planted, confound),
            )
            samples = set(text(dataset, "sample"))
    if samples:
        yield YARDSTICK, *_signal_measures(windows, samples, planted, confound)


def _signal_measures(windows, samples, planted, confound):
    import pandas as pd

    found = []
    for path in windows:
        with open_windows(path) as dataset:
            own = np.flatnonzero(
                [name in samples for name in text(dataset, "sample")]
            )
            if len(own):
                part = dataset.isel(sample=own)
                found.append(
                    _store_measures(part, "signal", planted, confound)
                )
    return pd.concat([frame for frame, _ in found]), found[0][1]


def _store_measures(dataset, variable, planted, confound):
    """Measures of a variable of a store by subject, and chance levels."""
    import pandas as pd

    target = confound_electrodes(confound, text(dataset, "channel").tolist())
    parts = blocks(dataset.sizes["sample"])
    sizes = np.concatenate(
        [magnitudes(window_array(dataset, part, variable)) for part in parts]
    )
    subject = text(dataset, "subject")
    rows = {
        name: subject_measures(sizes[subject == name], target, planted[name])
        | {"n": int((subject == name).sum())}
        for name in np.unique(subject)
    }
    return pd.DataFrame.from_dict(rows, orient="index"), chance_levels(target)


def _rows(frame, names, chance, statistics, rng):
    """Rows of each column of values: every subject, then their mean with its interval."""
    rows = []
    for metric in frame.columns.drop("n"):
        values = frame.loc[frame[metric].notna(), metric]
        own = names | {
            "metric": metric,
            "chance": chance.get(metric, float("nan")),
        }
        for subject, value in values.items():
            rows.append(
                metric_row(
                    **own,
                    subject=subject,
                    value=value,
                    n=int(frame.loc[subject, "n"]),
                )
            )
        if len(values):
            settings = statistics["bootstrap"], statistics["confidence"], rng
            low, high = mean_interval(values.to_numpy()[:, None], *settings)
            ends = {
                "value": values.mean(),
                "ci_low": low[0],
                "ci_high": high[0],
            }
            rows.append(
                metric_row(
                    **own, subject="all", **ends, n=int(frame["n"].sum())
                )
            )
    return rows
