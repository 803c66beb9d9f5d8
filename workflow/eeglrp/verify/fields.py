"""The heart's field in the training windows, and what a linear decoder reads there.

Explained windows share no noise with training windows. The activation pattern is that of the
shrinkage discriminant `lda_samples`: what a linear decoder reads, put back into sensor space.
"""

import tempfile
from typing import NamedTuple

import numpy as np

from eeglrp.attribution.smoothing import smooth
from eeglrp.attribution.stores import EVENT_CLASS
from eeglrp.baselines.linear import discriminant
from eeglrp.baselines.samples import stretches
from eeglrp.models.data import load_windows
from eeglrp.seeds import generator
from eeglrp.verify.map_locking import row_sums
from eeglrp.verify.r_peak import event_samples

#: Microvolt in a unit of the stored signal.
_MICROVOLT = 100.0
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
    with tempfile.TemporaryDirectory(prefix="eeglrp-") as folder:
        data = load_windows(windows, splits, "train", folder)
        subject = data.frame["subject"].to_numpy()
        size = data.sampling_rate, data.signal.shape[2]
        every = event_samples(splits, data.frame["sample"], job.events, *size)
        wanted = EVENT_CLASS.get(job.kind, data.label[every[0]])
        used = data.label[every[0]] == wanted
        events = every[0][used], every[1][used]
        evoked, random = {}, {}
        for name in np.unique(subject[events[0]]):
            own = np.flatnonzero(subject == name)
            rng = generator(job.seed, "random moments", job.task, name)
            found = _evoked(
                data,
                own,
                _of_subject(own, events),
                _of_subject(own, every),
                job,
                rng,
            )
            evoked[str(name)], random[str(name)] = found
        patterns = _patterns(data, subject, events, len(job.classes))
    return Fields(
        data.channels, _with_mean(evoked), patterns, _with_mean(random)
    )


def _evoked(data, own, events, every, job, rng):
    """Average of a subject's windows at the events, and averages away from every event."""
    width = round(job.verify["smoothing"] * data.sampling_rate)
    maps = _MICROVOLT * smooth(np.asarray(data.signal[own], np.float64), width)
    free = _away(every, len(maps), maps.shape[2], data.sampling_rate)
    maps -= maps.transpose(0, 2, 1)[free if free.any() else ~free].mean(0)[
        :, None
    ]
    random = averages_at(
        maps, free, (job.verify["surrogates"], len(events[0])), rng
    )
    return maps[events[0], :, events[1]].mean(0), random


def _of_subject(own, events):
    """Events in a subject's windows `own` (sorted): window, as position in `own`, and sample."""
    held = np.isin(events[0], own)
    return np.searchsorted(own, events[0][held]), events[1][held]


def _with_mean(fields):
    return fields | (
        {"all": np.mean(list(fields.values()), axis=0)} if fields else {}
    )


def _away(events, n_windows, n_times, rate):
    """Samples far from every event of their window: array of bool, shape (n_windows, n_times)."""
    free = np.ones((n_windows, n_times), bool)
    reach = np.arange(-round(_AWAY * rate), round(_AWAY * rate) + 1)
    near = events[1][:, None] + reach
    inside = (near >= 0) & (near < n_times)
    free[
        np.broadcast_to(events[0][:, None], near.shape)[inside], near[inside]
    ] = False
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
    candidates = np.flatnonzero(free)
    if not len(candidates):
        return np.zeros((size[0], maps.shape[1]), np.float32)
    samples = np.ascontiguousarray(maps.transpose(0, 2, 1)).reshape(
        -1, maps.shape[1]
    )
    return row_sums(samples, rng.choice(candidates, size)) / np.float32(
        size[1]
    )


def _patterns(data, subject, events, n_classes):
    """Pattern of each subject's own discriminant, and of that of all subjects."""
    if n_classes != 2 or not len(events[0]):
        return {}
    features = stretches(data.signal, data.sampling_rate)
    groups = {
        str(name): subject == name for name in np.unique(subject[events[0]])
    }
    groups["all"] = np.ones(len(subject), bool)
    size = data.signal.shape[1:]
    return {
        name: _at_events(
            activation_pattern(features[own], data.label[own]),
            events[1][own[events[0]]],
            *size,
        )
        for name, own in groups.items()
        if len(set(data.label[own])) == 2
    }


def _at_events(pattern, place, n_channels, n_times):
    """Mean of the pattern over the stretches of time that hold the events: (n_channels,)."""
    maps = pattern.reshape(n_channels, -1)
    return maps[:, place * maps.shape[1] // n_times].mean(1)


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
