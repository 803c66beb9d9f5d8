"""Blinks and lateral saccades: when they come and what they look like."""

import numpy as np

from eeglrp.recordings.simulation.timeline import follow_label

#: Times of a blink in s: the lid closes faster than it opens (VanderWerf et al. 2003,
#: doi:10.1152/jn.00557.2002).
CLOSING, OPENING = 0.1, 0.2
#: A saccade of a few degrees takes about 50 ms; gaze then stays aside before it returns, in s.
TURN, GAZE = 0.05, (0.4, 0.8)
#: Latency after the cue, in s, of the event that may follow the label.
BLINK_LATENCY, SACCADE_LATENCY = (0.3, 0.9), (0.25, 0.6)
#: Shortest interval between two blinks or two saccades, in s (at the factor AROUSED shorter).
BLINK_INTERVAL, SACCADE_INTERVAL = 0.6, 1.4
#: Factors on the rate in affect segments, calm and aroused.
CALM, AROUSED = 0.5, 1.5
#: SD of the logarithm of an event's amplitude within a subject.
EVENT_SD = 0.15


def blink(fields, timeline, person, settings, rng):
    """Potential of all blinks, shape (n_channels + ECG, n_times), in microvolt."""
    cued = _blink_cues(timeline, settings, rng)
    onsets = _onsets(
        timeline, person["rate"], settings, cued, BLINK_INTERVAL, rng
    )
    course = np.zeros(timeline.n_times)
    for onset in onsets:
        size = np.exp(EVENT_SD * rng.standard_normal())
        _add(
            course,
            timeline,
            onset,
            CLOSING + OPENING,
            lambda t, size=size: size * lid(t),
        )
    return _spread(fields["blink"], course, person["amplitude"])


def saccade(fields, timeline, person, settings, rng):
    """Potential of all saccades, positive near the eye that the gaze turns to, in microvolt."""
    happens, cued_side, time = cued_saccades(timeline, settings, rng)
    cued = time[happens]
    onsets = _onsets(
        timeline, person["rate"], settings, cued, SACCADE_INTERVAL, rng
    )
    sides = dict(zip(cued, cued_side[happens], strict=True))
    course = np.zeros(timeline.n_times)
    for onset in onsets:
        size = np.exp(EVENT_SD * rng.standard_normal())
        hold, other_side = rng.uniform(*GAZE), rng.integers(2)
        side = sides.get(onset, other_side)
        _add(
            course,
            timeline,
            onset,
            hold + 2 * TURN,
            lambda t, hold=hold, gain=size * (1 - 2 * side): (
                gain * gaze(t, hold)
            ),
        )
    return _spread(fields["saccade"], course, person["amplitude"])


def lid(t):
    """Blink potential at time t (s) after its onset, peak 1."""
    closing = np.sin(0.5 * np.pi * np.clip(t / CLOSING, 0, 1)) ** 2
    opening = np.cos(0.5 * np.pi * np.clip((t - CLOSING) / OPENING, 0, 1)) ** 2
    return closing * opening


def gaze(t, hold):
    """Gaze at time t (s) after the onset of a saccade that returns after `hold` s, peak 1."""
    away = np.sin(0.5 * np.pi * np.clip(t / TURN, 0, 1)) ** 2
    back = np.cos(0.5 * np.pi * np.clip((t - TURN - hold) / TURN, 0, 1)) ** 2
    return away * back


def _blink_cues(timeline, settings, rng):
    """Blinks after imagery cues: 2pq of the right trials, 2(1 - p)q of the left ones."""
    if timeline.ratings.size:
        return np.zeros(0)
    p, q = settings["label_probability"], settings["trial_probability"]
    chance = 2 * q * np.where(timeline.label == 1, p, 1 - p)
    happens = rng.random(len(chance)) < chance
    latency = rng.uniform(*BLINK_LATENCY, len(chance))
    return (timeline.onset + latency)[happens]


def cued_saccades(timeline, settings, rng):
    """Saccades after cues: which trials hold one, its side (0 left, 1 right) and time in s.

    Returns
    -------
    happens, side, time : arrays, shape (n_trials,)
        Without trials where segments are rated instead of cued.
    """
    if timeline.ratings.size:
        return np.zeros(0, bool), np.zeros(0, int), np.zeros(0)
    happens = rng.random(len(timeline.onset)) < settings["trial_probability"]
    side = follow_label(timeline, settings["label_probability"], rng)
    return (
        happens,
        side,
        timeline.onset + rng.uniform(*SACCADE_LATENCY, len(side)),
    )


def _onsets(timeline, rate, settings, cued, interval, rng):
    """Spontaneous events at `rate` a minute, and the cued ones, which take precedence."""
    factor = np.ones(0)
    if timeline.ratings.size:
        state = follow_label(timeline, settings["label_probability"], rng)
        factor = np.where(state == 1, AROUSED, CALM)
    spontaneous = _spontaneous(timeline, rate, factor, interval, rng)
    free = [
        t
        for t in spontaneous
        if not len(cued) or np.abs(cued - t).min() > interval
    ]
    last = timeline.duration - interval
    return np.sort([t for t in [*cued, *free] if t < last])


def _spontaneous(timeline, rate, factor, interval, rng):
    """A Poisson process with a dead time after each event, on a clock that runs by segment."""
    if not rate:
        return np.zeros(0)
    edges, speed = np.array([0.0, timeline.duration]), np.ones(1)
    if len(factor):
        edges = np.concatenate([[0.0], timeline.onset, [timeline.duration]])
        speed = np.append(1.0, factor)
    clock = np.append(0.0, np.cumsum(np.diff(edges) * speed))
    n_enough = 20 + int(2 * clock[-1] * rate / 60)
    ticks = np.cumsum(
        interval + rng.exponential(60 / rate - interval, n_enough)
    )
    return np.interp(ticks[ticks < clock[-1]], clock, edges)


def _add(course, timeline, onset, length, shape):
    """Add one event, sampled at its exact time."""
    first = int(np.ceil(onset * timeline.sampling_rate))
    last = min(
        int(np.floor((onset + length) * timeline.sampling_rate)),
        timeline.n_times - 1,
    )
    samples = np.arange(first, last + 1)
    course[samples] += shape(samples / timeline.sampling_rate - onset)


def _spread(field, course, amplitude):
    """Put a time course on the electrodes, `amplitude` at the strongest, and none in the ECG."""
    topography = field.sum(axis=1)
    topography = np.append(topography / np.abs(topography).max(), 0.0)
    return amplitude * topography[:, None] * course
