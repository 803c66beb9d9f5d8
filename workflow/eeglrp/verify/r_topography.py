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
    return (
        np.arange(round(FIRST * rate / step), round(LAST * rate / step) + 1)
        * step
    )


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
        towards = np.where(label == 1, own, -own)
        parts |= {classes[k]: towards * (label == k) for k in (1, 0)}
        compared |= {classes[k]: [classes[k]] for k in (1, 0)}
        compared[f"{classes[1]} - {classes[0]}"] = [classes[1], classes[0]]
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
    rate = sampling_rate(dataset)
    subject, label = text(dataset, "subject"), dataset["label"].values
    own_sign = label_sign(dataset, len(job.classes))
    parts, compared = conditions(label, own_sign, job.classes, job.kind)
    events = event_samples(
        path, text(dataset, "sample"), job.events, rate, dataset.sizes["time"]
    )
    found = {condition: {} for condition in compared}
    for name in np.unique(subject[events[0]]):
        own = np.flatnonzero(subject == name)
        held = np.isin(events[0], own)
        window, place = np.searchsorted(own, events[0][held]), events[1][held]
        maps = window_array(dataset, own, "relevance")
        maps = smooth(maps, round(job.verify["smoothing"] * rate))
        locked = {}
        for part, sign in parts.items():
            used = sign[own][window] != 0
            turned = maps * sign[own][:, None, None]
            rng = generator(job.seed, "surrogate maps", job.task, name, part)
            settings = (
                label[own],
                lag_samples(rate),
                job.verify["surrogates"],
                rng,
            )
            locked[part] = lock_maps(
                turned, window[used], place[used], *settings
            )
        for condition, names in compared.items():
            of_condition = [locked[part] for part in names]
            if all(part.n_events for part in of_condition):
                found[condition][str(name)] = of_condition
    return found


def with_pool(by_subject):
    """`Locked` of subjects, then of all together (`all`), where R-peaks are enough for a test."""
    if not by_subject:
        return {}
    everyone = [
        pooled(parts) for parts in zip(*by_subject.values(), strict=True)
    ]
    units = by_subject | {"all": everyone}
    fewest = {
        name: min(part.n_events for part in parts)
        for name, parts in units.items()
    }
    if fewest["all"] < MIN_R_PEAKS:
        return {}
    return {
        name: parts
        for name, parts in units.items()
        if fewest[name] >= MIN_R_PEAKS
    }


def peak_lag(parts):
    """Position of the lag at which the largest |z| over electrodes lies, of those covered."""
    test = against_surrogates(*means(parts), 0.5)
    z = np.where(covered(parts)[:, None], np.abs(test.z), -1)
    return int(z.max(1).argmax())


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
            own = names | {
                "class": condition,
                "subject": unit,
                "n": parts[0].n_events,
            }
            frames += _unit_frames(parts, peak, channels, rate, own, job)
    return join_tables(frames)[list(frames[0].columns)]


def _unit_frames(parts, peak, channels, rate, names, job):
    rng = generator(
        job.seed, "bootstrap maps", job.task, names["class"], names["subject"]
    )
    kept = np.flatnonzero(covered(parts))
    lags = lag_samples(rate) / rate
    value, null = means(parts)
    test = against_surrogates(
        value[kept], null[:, kept], job.statistics["confidence"]
    )
    electrode = {"channel": np.array(channels, object)}
    frames = []
    shown = [("peak", peak), ("zero", int(np.flatnonzero(lags == 0)[0]))]
    ends = interval(parts, [lag for _, lag in shown], job.statistics, rng)
    for k, (metric, lag) in enumerate(shown):
        at = np.flatnonzero(kept == lag)
        if len(at):
            index = electrode | {"metric": metric, "lag": lags[lag]}
            frames.append(
                _frame(test, (at[0], slice(None)), ends[:, k], index, names)
            )
    largest = np.unravel_index(np.abs(test.z).argmax(), test.z.shape)
    index = {
        "metric": "maximum",
        "lag": lags[kept[largest[0]]],
        "channel": channels[largest[1]],
    }
    frames.append(_frame(test, largest, np.full((2,), np.nan), index, names))
    frames.append(_course(parts, kept, lags, names, job.statistics, rng))
    return frames


def _course(parts, kept, lags, names, statistics, rng):
    """Sum over electrodes at every lag."""
    summed = [
        part._replace(
            total=part.total.sum(2, keepdims=True),
            null=part.null.sum(2, keepdims=True),
        )
        for part in parts
    ]
    value, null = means(summed)
    test = against_surrogates(
        value[kept], null[:, kept], statistics["confidence"]
    )
    ends = interval(summed, kept, statistics, rng)[:, :, 0]
    index = {"metric": "course", "lag": lags[kept], "channel": "all"}
    return _frame(test, (slice(None), 0), ends, index, names)


def _frame(test, at, ends, index, names):
    """Rows of some entries of a `MapTest`."""
    import pandas as pd

    numbers = {
        "value": test.value,
        "chance": test.centre,
        "null_low": test.low,
    }
    numbers |= {"null_high": test.high, "z": test.z, "p": test.p}
    columns = {
        name: np.atleast_1d(array[at]) for name, array in numbers.items()
    }
    columns |= {
        "ci_low": np.atleast_1d(ends[0]),
        "ci_high": np.atleast_1d(ends[1]),
    }
    return pd.DataFrame(columns).assign(**names, **index)
