"""Does relevance follow the heartbeat? Relevance around each R-peak against surrogate R-peaks.

Each window's relevance is summed over electrodes, turned towards the window's own class, smoothed,
and read at lags around its R-peaks; lags outside the window are left out. In the R-peak task only
the windows centred on an R-peak count, in others all windows that hold one.

Relevance is the input times a coefficient, so a cardiac field in the input alone can lock it, even
in an untrained model: locking is necessary for a model that uses the heartbeat, not sufficient.
"""

import numpy as np

from eeglrp.attribution.smoothing import smooth
from eeglrp.attribution.stores import (
    EVENT_CLASS,
    label_sign,
    sampling_rate,
    text,
)
from eeglrp.errors import InputError
from eeglrp.seeds import generator
from eeglrp.tables import join_tables, metric_frame, metric_row
from eeglrp.verify.locking import describe, lag_samples, lock, pooled
from eeglrp.verify.over_subjects import effect_size, jitter

SUMMARY_EXTRA = ("class",)
COURSE_EXTRA = ("class", "lag", "null_low", "null_high")
#: A subject with fewer R-peaks counts in the pool, but has no test of its own.
MIN_R_PEAKS = 10
_METRICS = {"z": "r_locked_z", "p": "r_locked_p", "latency": "peak_latency"}
_METRICS |= {"latency_sd": "latency_sd"}


def tables(path, dataset, course, names, job):
    """Tables of one attribution store.

    Parameters
    ----------
    path : Path
        Of the store, for messages.
    dataset : xarray.Dataset
        The store.
    course : array, shape (n_windows, n_times)
        Relevance summed over electrodes, towards each window's target.
    names : dict
        Study, task, regime, seed, method.
    job : eeglrp.verify.run.Job

    Returns
    -------
    dict of DataFrame
        `r_peak`, the numbers of every subject and of all, there with `effect_size` (d over
        subjects) and `latency_jitter` (SD over subjects, s); `r_locked`, their courses. Without
        R-peaks, tables without rows.
    """
    rate = sampling_rate(dataset)
    sign = label_sign(dataset, len(job.classes))
    width = round(job.verify["smoothing"] * rate)
    course = smooth(course * sign[:, None], width)
    label = dataset["label"].values
    used = (sign != 0) & _has_event_class(label, job.kind)
    events = event_samples(
        path,
        text(dataset, "sample"),
        job.events,
        rate=rate,
        n_times=course.shape[1],
    )
    lags = lag_samples(job.verify["lag"], rate)
    locked = _lock_subjects(dataset, course, used, events, lags, job)
    shown = "all"
    if job.kind in EVENT_CLASS:
        shown = job.classes[EVENT_CLASS[job.kind]]
    return _frames(locked, lags / rate, names | {"class": shown}, job)


def _has_event_class(label, kind):
    event_class = EVENT_CLASS.get(kind, label)
    return label == event_class


def event_samples(path, samples, events, rate, n_times):
    """Events inside the windows of a store.

    Parameters
    ----------
    path : Path
    samples : sequence of str
        Ids of the windows.
    events : dict
        Sample id -> event times in s; empty if the task has none.
    rate : float
        In Hz.
    n_times : int

    Returns
    -------
    window, sample : array of int, shape (n_events,)
        Position of the window in `samples`, and the event's nearest sample in it.
    """
    missing = [sample for sample in samples if events and sample not in events]
    if missing:
        problem = (
            f"explains {missing[0]}, which the windows stores do not hold"
        )
        raise InputError(
            path, "sample", problem, "delete the store and rerun its job"
        )
    times = [events.get(sample, np.empty(0)) for sample in samples]
    counts = [len(of_window) for of_window in times]
    window = np.repeat(np.arange(len(times)), counts)
    # With an empty array, so that there may be no window at all.
    seconds = np.concatenate([np.empty(0), *times])
    place = np.rint(seconds * rate).astype(int)
    inside = (place >= 0) & (place < n_times)
    return window[inside], place[inside]


def _lock_subjects(dataset, course, used, events, lags, job):
    """`Locked` of every subject that has events in the windows used, then of all."""
    subject = text(dataset, "subject")
    label = dataset["label"].values
    locked = {}
    for name in np.unique(subject):
        windows = np.flatnonzero(used & (subject == name))
        position = np.full(len(subject), -1)
        position[windows] = np.arange(len(windows))
        window = position[events[0]]
        place = events[1][window >= 0]
        window = window[window >= 0]
        if len(window):
            rng = generator(job.seed, "surrogate events", job.task, name)
            locked[name] = lock(
                course[windows],
                event_window=window,
                event_sample=place,
                label=label[windows],
                lags=lags,
                surrogates=job.verify["surrogates"],
                rng=rng,
            )
    if not locked:
        return {}
    return locked | {"all": pooled(list(locked.values()))}


def _frames(locked, lags, names, job):
    """Tables from every subject's `Locked`; `n` counts R-peaks."""
    import pandas as pd

    settings = job.statistics["bootstrap"], job.statistics["confidence"]
    rows, courses = [], [metric_frame([], COURSE_EXTRA)]
    for subject, of_subject in locked.items():
        ids = names | {"subject": str(subject)}
        n = of_subject.n_events
        n_r_peaks = metric_row(**ids, metric="n_r_peaks", value=n, n=n)
        rows.append(n_r_peaks)
        if n < MIN_R_PEAKS:
            continue
        rng = generator(job.seed, "bootstrap", job.task, subject)
        course, summary = describe(of_subject, lags, *settings, rng)
        for key, numbers in summary.items():
            row = metric_row(**ids, metric=_METRICS[key], **numbers, n=n)
            rows.append(row)
        frame = pd.DataFrame(course).assign(**ids)
        courses.append(frame.assign(metric="r_locked"))
    rows += _over_subjects(locked, rows, names)
    columns = list(courses[0].columns)
    return {
        "r_peak": metric_frame(rows, SUMMARY_EXTRA),
        "r_locked": join_tables(courses).reindex(
            columns=columns, fill_value=""
        ),
    }


def _over_subjects(locked, rows, names):
    """Effect size and jitter over the subjects that have a test of their own."""
    latency = {
        row["subject"]: row["value"]
        for row in rows
        if row["metric"] == _METRICS["latency"] and row["subject"] != "all"
    }
    if not latency:
        return []
    tested = [locked[subject] for subject in latency]
    numbers = {
        "effect_size": effect_size(tested),
        "latency_jitter": jitter(latency.values()),
    }
    everyone = names | {"subject": "all", "n": len(latency)}
    return [
        metric_row(**everyone, metric=metric, value=value)
        for metric, value in numbers.items()
    ]
