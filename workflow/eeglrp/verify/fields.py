"""The heart's field in the training windows, and what a linear decoder reads there.

Explained windows share no noise with training windows; where every subject both trains and tests, a
subject is compared with the others (the pool is not: its map and field are of the same windows).
The activation pattern is that of the shrinkage discriminant `lda_samples`: what a linear decoder
reads, put back into sensor space.
"""

import tempfile
from typing import NamedTuple

import numpy as np

from eeglrp.attribution.smoothing import smooth
from eeglrp.attribution.stores import EVENT_CLASS
from eeglrp.baselines.linear import discriminant
from eeglrp.baselines.samples import stretches
from eeglrp.files import read_table
from eeglrp.models.data import load_windows
from eeglrp.seeds import generator
from eeglrp.verify.map_locking import row_sums
from eeglrp.verify.r_peak import event_samples

#: Random moments are at least this far from every R-peak of their window, in s.
_AWAY = 0.1


class Fields(NamedTuple):
    """Topographies from the training windows: subject, or `all`, -> array, shape (n_channels,).

    `evoked` in microvolt beyond the mean of all moments away from R-peaks. `pattern` in microvolt
    per unit of the decoder's score; empty where there are not two classes to tell apart. `random`,
    shape (n_surrogates, n_channels): what `evoked` would be at random such moments.
    """

    channels: tuple
    evoked: dict
    pattern: dict
    random: dict
    #: Whether every subject both trains and tests: it is compared with the others' mean then.
    rotating: bool = False


def training_fields(windows, splits, job):
    """Cardiac field and activation pattern of every training subject, and of all.

    Parameters
    ----------
    windows : sequence of Path
        Windows stores, one a subject.
    splits : Path
        Table of the splits.
    job : eeglrp.verify.run.Job

    Returns
    -------
    Fields
        None if the task has no R-peaks.
    """
    if not any(map(len, job.events.values())):
        return None
    evoked, random = {}, {}
    with tempfile.TemporaryDirectory(prefix="eeglrp-") as folder:
        data = load_windows(windows, splits, "train", folder)
        subject = data.frame["subject"].to_numpy()
        every = event_samples(
            splits,
            data.frame["sample"],
            job.events,
            rate=data.sampling_rate,
            n_times=data.signal.shape[2],
        )
        event_label = data.label[every[0]]
        used = event_label == EVENT_CLASS.get(job.kind, event_label)
        events = every[0][used], every[1][used]
        for name in np.unique(subject[events[0]]):
            of_subject = np.flatnonzero(subject == name)
            rng = generator(job.seed, "random moments", job.task, name)
            averages = _evoked(data, of_subject, events, every, job, rng)
            evoked[str(name)], random[str(name)] = averages
        patterns = _patterns(data, subject, events, len(job.classes))
    return Fields(
        data.channels,
        evoked=_with_mean(evoked),
        pattern=patterns,
        random=_with_mean(random),
        rotating=_rotates(splits),
    )


def _rotates(splits):
    """Whether each subject is tested as a whole in one fold, and trains in others."""
    table = read_table(splits, ("subject", "split"))
    if "fold" not in table:
        return False
    tested = (
        table[table["split"] == "test"].groupby("subject")["fold"].nunique()
    )
    return table["fold"].nunique() > 1 and bool((tested == 1).all())


def of_unit(fields, name, rotating):
    """What a subject's map, or the pool's (`all`), is compared with; None without any.

    The field of the subject's own training windows, or that of all training subjects. Where
    subjects rotate, that of the others: a map and a field of the same windows share their noise.

    Parameters
    ----------
    fields : dict of str to array
    name : str
    rotating : bool
    """
    if not rotating or name == "all":
        return fields.get(name, fields.get("all"))
    others = [
        field for key, field in fields.items() if key not in (name, "all")
    ]
    return np.mean(others, axis=0) if others else None


def _evoked(data, windows, events, every, job, rng):
    """Average of a subject's windows at the events, and averages away from every event."""
    rate = data.sampling_rate
    width = round(job.verify["smoothing"] * rate)
    signal = np.asarray(data.signal[windows], np.float64)
    microvolt = data.frame["unit"].to_numpy()[windows]
    maps = microvolt[:, None, None] * smooth(signal, width)
    n_windows, _, n_times = maps.shape
    free = _away(_within(windows, every), n_windows, n_times, rate)
    resting = free if free.any() else ~free
    by_time = maps.transpose(0, 2, 1)
    maps -= by_time[resting].mean(0)[:, None]
    window, place = _within(windows, events)
    size = (job.verify["surrogates"], len(window))
    random = averages_at(maps, free, size, rng)
    evoked = maps[window, :, place].mean(0)
    return evoked, random


def _within(windows, events):
    """Events in some windows (sorted): position of the window in `windows`, and sample."""
    window, place = events
    held = np.isin(window, windows)
    return np.searchsorted(windows, window[held]), place[held]


def _with_mean(fields):
    if not fields:
        return {}
    mean = np.mean(list(fields.values()), axis=0)
    return fields | {"all": mean}


def _away(events, n_windows, n_times, rate):
    """Samples far from every event of their window: array of bool, shape (n_windows, n_times)."""
    window, place = events
    free = np.ones((n_windows, n_times), bool)
    reach = round(_AWAY * rate)
    steps = np.arange(-reach, reach + 1)
    near = place[:, None] + steps
    inside = (near >= 0) & (near < n_times)
    window = np.broadcast_to(window[:, None], near.shape)
    free[window[inside], near[inside]] = False
    return free


def averages_at(maps, free, size, rng):
    """Averages of maps at random moments.

    Parameters
    ----------
    maps : array, shape (n_windows, n_channels, n_times)
    free : array of bool, shape (n_windows, n_times)
        Moments to draw from, with replacement.
    size : (int, int)
        Number of averages, and of moments in each.
    rng : numpy.random.Generator

    Returns
    -------
    array, shape (n_averages, n_channels)
        0 if no moment is free.
    """
    n_averages, n_moments = size
    n_channels = maps.shape[1]
    candidates = np.flatnonzero(free)
    if not len(candidates):
        return np.zeros((n_averages, n_channels), np.float32)
    by_time = np.ascontiguousarray(maps.transpose(0, 2, 1))
    samples = by_time.reshape(-1, n_channels)
    drawn = rng.choice(candidates, size)
    return row_sums(samples, drawn) / np.float32(n_moments)


def _patterns(data, subject, events, n_classes):
    """Pattern of each subject's own discriminant, and of that of all subjects."""
    window, place = events
    if n_classes != 2 or not len(window):
        return {}
    features = stretches(data.signal, data.sampling_rate)
    groups = {}
    for name in np.unique(subject[window]):
        groups[str(name)] = subject == name
    groups["all"] = np.ones(len(subject), bool)
    _, n_channels, n_times = data.signal.shape
    patterns = {}
    for name, in_group in groups.items():
        label = data.label[in_group]
        if len(set(label)) == 2:
            pattern = activation_pattern(features[in_group], label)
            at = place[in_group[window]]
            patterns[name] = _at_events(pattern, at, n_channels, n_times)
    return patterns


def _at_events(pattern, place, n_channels, n_times):
    """Mean of the pattern over the stretches of time that hold the events: (n_channels,)."""
    maps = pattern.reshape(n_channels, -1)
    n_stretches = maps.shape[1]
    stretch = place * n_stretches // n_times
    return maps[:, stretch].mean(1)


def activation_pattern(features, label):
    """Pattern of the shrinkage discriminant of two classes (Haufe et al. 2014, eq. 6).

    Cov(X) w / var(w'X): what a feature shows when the decoder's score grows by 1.

    Parameters
    ----------
    features : array, shape (n, n_features)
    label : array of int, shape (n,)
        0 or 1.

    Returns
    -------
    array, shape (n_features,)
    """
    weights = discriminant(2).fit(features, label).coef_[0]
    centred = features - features.mean(0)
    score = centred @ weights
    return centred.T @ score / (score @ score)
