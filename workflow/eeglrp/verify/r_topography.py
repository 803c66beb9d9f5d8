"""Which electrodes follow the heartbeat, and when: relevance around the R-peak of each.

Where there are two classes and their contrast was explained, relevance is turned towards one of
them throughout: in the R-peak task towards `r_peak`, in others towards the second class. Each class
is then read around the R-peaks of its own windows, and the difference is that of the two averages.
In the R-peak task, windows of `between` hold their R-peaks near an end, so that only lags towards
the middle of the window are covered, and the difference asks whether an R-peak in the middle speaks
for the class more than one at the end does. Both averages have surrogates that keep the place in
the window. Where classes cannot be turned into one another, each window counts towards its own.

The statistic is the largest |z| over electrodes and lags. That of a subject or of all is read at
the lag of the pooled peak, so that maps of subjects compare, and at the R-peak itself.
"""

import numpy as np

from eeglrp.attribution.smoothing import smooth
from eeglrp.attribution.stores import (
    EVENT_CLASS,
    label_sign,
    sampling_rate,
    text,
)
from eeglrp.seeds import generator
from eeglrp.store import window_array
from eeglrp.tables import join_tables, metric_frame
from eeglrp.verify.locking import pooled
from eeglrp.verify.map_locking import (
    against_surrogates,
    covered,
    interval,
    lock_maps,
    means,
)
from eeglrp.verify.r_peak import MIN_R_PEAKS, event_samples

EXTRA = ("class", "channel", "lag", "null_low", "null_high", "z", "p")
#: Lags in s: from the P wave to the end of the T wave, in steps of half the smoothing.
FIRST, LAST, STEP = -0.1, 0.3, 0.02


def lag_samples(rate):
    """Lags in samples at the sampling rate `rate` (Hz); 0 is one of them."""
    step = max(1, round(STEP * rate))
    first = round(FIRST * rate / step)
    last = round(LAST * rate / step)
    steps = np.arange(first, last + 1)
    return steps * step


def conditions(label, own, classes, kind):
    """What is averaged: which windows, turned how.

    Parameters
    ----------
    label : array of int, shape (n_windows,)
    own : array, shape (n_windows,)
        Factor that turns relevance towards the window's own class; 0 where that is impossible.
    classes : sequence of str
    kind : str
        Of the task.

    Returns
    -------
    parts : dict
        Name -> factor of every window, 0 for windows left out.
    compared : dict
        Name of a condition -> names of one part, or of two of which the second is subtracted. The
        condition that answers the task's question comes first.
    """
    event_class = EVENT_CLASS.get(kind)
    if event_class is None:
        parts = {"all": own}
    else:
        parts = {classes[event_class]: own * (label == event_class)}
    compared = {name: [name] for name in parts}
    if len(classes) == 2 and (own != 0).all():
        first, second = classes
        towards_second = np.where(label == 1, own, -own)
        parts[second] = towards_second * (label == 1)
        parts[first] = towards_second * (label == 0)
        compared[second] = [second]
        compared[first] = [first]
        compared[f"{second} - {first}"] = [second, first]
    return parts, compared


def lock_subjects(path, dataset, job):
    """Sums around the R-peaks of every subject of a store, by condition.

    Parameters
    ----------
    path : Path
        Of the store, for messages.
    dataset : xarray.Dataset
        The store.
    job : eeglrp.verify.run.Job

    Returns
    -------
    dict
        Condition -> subject -> one or two `Locked`; subjects without R-peaks are left out.
    """
    subject = text(dataset, "subject")
    label = dataset["label"].values
    own_sign = label_sign(dataset, len(job.classes))
    factors, compared = conditions(label, own_sign, job.classes, job.kind)
    events = event_samples(
        path,
        text(dataset, "sample"),
        job.events,
        rate=sampling_rate(dataset),
        n_times=dataset.sizes["time"],
    )
    by_condition = {condition: {} for condition in compared}
    for name in np.unique(subject[events[0]]):
        windows = np.flatnonzero(subject == name)
        locked = _lock_parts(
            dataset, windows, label[windows], events, factors, name, job
        )
        for condition, names in compared.items():
            parts = [locked[part] for part in names]
            if all(part.n_events for part in parts):
                by_condition[condition][str(name)] = parts
    return by_condition


def _lock_parts(dataset, windows, label, events, factors, name, job):
    """`Locked` of the windows of one subject, for each of `factors` of all windows."""
    rate = sampling_rate(dataset)
    held = np.isin(events[0], windows)
    window = np.searchsorted(windows, events[0][held])
    place = events[1][held]
    maps = window_array(dataset, windows, "relevance")
    maps = smooth(maps, round(job.verify["smoothing"] * rate))
    locked = {}
    for part, factor in factors.items():
        factor = factor[windows]
        turned = maps * factor[:, None, None]
        used = factor[window] != 0
        rng = generator(job.seed, "surrogate maps", job.task, name, part)
        locked[part] = lock_maps(
            turned,
            event_window=window[used],
            event_sample=place[used],
            label=label,
            lags=lag_samples(rate),
            surrogates=job.verify["surrogates"],
            rng=rng,
        )
    return locked


def with_pool(by_subject):
    """`Locked` of subjects, then of all together (`all`), where R-peaks are enough for a test."""
    if not by_subject:
        return {}
    of_parts = zip(*by_subject.values(), strict=True)
    everyone = [pooled(subjects) for subjects in of_parts]
    units = by_subject | {"all": everyone}
    tested = {
        name: parts for name, parts in units.items() if _has_enough(parts)
    }
    return tested if "all" in tested else {}


def _has_enough(parts):
    n_events = [part.n_events for part in parts]
    return min(n_events) >= MIN_R_PEAKS


def peak_lag(parts):
    """Position of the lag at which the largest |z| over electrodes lies, of those covered."""
    value, null = means(parts)
    test = against_surrogates(value, null, 0.5)
    is_covered = covered(parts)[:, None]
    z = np.where(is_covered, np.abs(test.z), -1)  # (lag, channel)
    largest = z.max(1)
    return int(largest.argmax())


def table(found, channels, rate, names, job):
    """Rows of every condition, subject and of all.

    Metrics: `peak` and `zero`, the map at the pooled peak and at the R-peak, one row an electrode;
    `maximum`, the electrode and lag of the largest |z|; `course`, the sum over electrodes
    (channel `all`), whose band and p hold for all lags. `n` counts R-peaks (of the first class,
    in a difference).

    Returns
    -------
    DataFrame
        The contract's columns and `EXTRA`; `chance` is the mean of the surrogates, in logit.
    """
    frames = [metric_frame([], EXTRA)]
    for condition, by_subject in found.items():
        units = with_pool(by_subject)
        peak = peak_lag(units["all"]) if units else None
        for unit, parts in units.items():
            fields = names | {
                "class": condition,
                "subject": unit,
                "n": parts[0].n_events,
            }
            frames += _unit_frames(parts, peak, channels, rate, fields, job)
    columns = list(frames[0].columns)
    return join_tables(frames).reindex(columns=columns, fill_value="")


def _unit_frames(parts, peak, channels, rate, names, job):
    ids = job.task, names["class"], names["subject"]
    rng = generator(job.seed, "bootstrap maps", *ids)
    kept = np.flatnonzero(covered(parts))
    lags = lag_samples(rate) / rate
    value, null = means(parts)
    test = against_surrogates(
        value[kept],
        null[:, kept],
        confidence=job.statistics["confidence"],
    )
    zero = int(np.flatnonzero(lags == 0)[0])
    ends = interval(parts, [peak, zero], job.statistics, rng)
    frames = []
    for k, (metric, lag) in enumerate((("peak", peak), ("zero", zero))):
        row = np.flatnonzero(kept == lag)
        if len(row):
            index = {
                "channel": np.array(channels, object),
                "metric": metric,
                "lag": lags[lag],
            }
            at = (row[0], slice(None))
            frames.append(_frame(test, at, ends[:, k], index, names))
    frames.append(_maximum(test, channels, lags[kept], names))
    frames.append(_course(parts, kept, lags, names, job.statistics, rng))
    return frames


def _maximum(test, channels, lags, names):
    """The lag and electrode of the largest |z|."""
    lag, channel = np.unravel_index(np.abs(test.z).argmax(), test.z.shape)
    index = {
        "metric": "maximum",
        "lag": lags[lag],
        "channel": channels[channel],
    }
    unknown = np.full((2,), np.nan)
    return _frame(test, (lag, channel), unknown, index, names)


def _course(parts, kept, lags, names, statistics, rng):
    """Sum over electrodes at every lag."""
    summed = [_over_electrodes(part) for part in parts]
    value, null = means(summed)
    test = against_surrogates(
        value[kept],
        null[:, kept],
        confidence=statistics["confidence"],
    )
    ends = interval(summed, kept, statistics, rng)
    index = {"metric": "course", "lag": lags[kept], "channel": "all"}
    at = (slice(None), 0)
    return _frame(test, at, ends[:, :, 0], index, names)


def _over_electrodes(part):
    """`Locked` of the sum over electrodes, as of a single one."""
    total = part.total.sum(2, keepdims=True)
    null = part.null.sum(2, keepdims=True)
    return part._replace(total=total, null=null)


def _frame(test, at, ends, index, names):
    """Rows of some entries of a `MapTest`."""
    import pandas as pd

    numbers = {
        "value": test.value[at],
        "chance": test.centre[at],
        "null_low": test.low[at],
        "null_high": test.high[at],
        "z": test.z[at],
        "p": test.p[at],
        "ci_low": ends[0],
        "ci_high": ends[1],
    }
    columns = {name: np.atleast_1d(array) for name, array in numbers.items()}
    return pd.DataFrame(columns).assign(**names, **index)
