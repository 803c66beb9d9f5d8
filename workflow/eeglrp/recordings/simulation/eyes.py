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
    rate, interval = person["rate"], BLINK_INTERVAL
    onsets = _onsets(timeline, rate, settings, cued, interval, rng)
    course = np.zeros(timeline.n_times)
    length = CLOSING + OPENING
    for onset in onsets:
        size = np.exp(EVENT_SD * rng.standard_normal())
        samples, times = _samples(timeline, onset, length)
        course[samples] += size * lid(times)
    return _spread(fields["blink"], course, person["amplitude"])


def saccade(fields, timeline, person, settings, rng):
    """Potential of all saccades, positive near the eye that the gaze turns to, in microvolt."""
    happens, cued_side, time = cued_saccades(timeline, settings, rng)
    cued = time[happens]
    rate, interval = person["rate"], SACCADE_INTERVAL
    onsets = _onsets(timeline, rate, settings, cued, interval, rng)
    sides = dict(zip(cued, cued_side[happens], strict=True))
    course = np.zeros(timeline.n_times)
    for onset in onsets:
        size = np.exp(EVENT_SD * rng.standard_normal())
        hold = rng.uniform(*GAZE)
        free_side = rng.integers(2)
        side = sides.get(onset, free_side)
        gain = size * (1 - 2 * side)
        samples, times = _samples(timeline, onset, hold + 2 * TURN)
        course[samples] += gain * gaze(times, hold)
    return _spread(fields["saccade"], course, person["amplitude"])


def lid(t):
    """Blink potential at time t (s) after its onset, peak 1."""
    closing = _share(t, CLOSING)
    opening = _share(t - CLOSING, OPENING)
    quarter = 0.5 * np.pi
    shut = np.sin(quarter * closing) ** 2
    still_shut = np.cos(quarter * opening) ** 2
    return shut * still_shut


def gaze(t, hold):
    """Gaze at time t (s) after the onset of a saccade that returns after `hold` s, peak 1."""
    turn = _share(t, TURN)
    turn_back = _share(t - TURN - hold, TURN)
    quarter = 0.5 * np.pi
    away = np.sin(quarter * turn) ** 2
    still_away = np.cos(quarter * turn_back) ** 2
    return away * still_away


def _share(t, length):
    """Share of a movement of `length` s that is done at time t (s), from 0 to 1."""
    return np.clip(t / length, 0, 1)


def _blink_cues(timeline, settings, rng):
    """Blinks after imagery cues: 2pq of the right trials, 2(1 - p)q of the left ones."""
    if timeline.ratings.size:
        return np.zeros(0)
    p, q = settings["label_probability"], settings["trial_probability"]
    share = np.where(timeline.label == 1, p, 1 - p)
    chance = 2 * q * share
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
        none = np.zeros(0)
        return none.astype(bool), none.astype(int), none
    n_trials = len(timeline.onset)
    happens = rng.random(n_trials) < settings["trial_probability"]
    side = follow_label(timeline, settings["label_probability"], rng)
    latency = rng.uniform(*SACCADE_LATENCY, n_trials)
    return happens, side, timeline.onset + latency


def _onsets(timeline, rate, settings, cued, interval, rng):
    """Spontaneous events at `rate` a minute, and the cued ones, which take precedence."""
    factor = np.ones(0)
    if timeline.ratings.size:
        state = follow_label(timeline, settings["label_probability"], rng)
        factor = np.where(state == 1, AROUSED, CALM)
    spontaneous = _spontaneous(timeline, rate, factor, interval, rng)
    free = [t for t in spontaneous if _is_free(t, cued, interval)]
    last = timeline.duration - interval
    onsets = [*cued, *free]
    return np.sort([t for t in onsets if t < last])


def _is_free(t, cued, interval):
    """Whether no cued event is nearer to time t than an interval."""
    if not len(cued):
        return True
    distance = np.abs(cued - t)
    return distance.min() > interval


def _spontaneous(timeline, rate, factor, interval, rng):
    """A Poisson process with a dead time after each event, on a clock that runs by segment."""
    if not rate:
        return np.zeros(0)
    end = timeline.duration
    edges = np.array([0.0, end])
    speed = np.ones(1)
    if len(factor):
        edges = np.concatenate([[0.0], timeline.onset, [end]])
        speed = np.append(1.0, factor)
    passed = np.cumsum(np.diff(edges) * speed)
    clock = np.append(0.0, passed)
    n_enough = 20 + int(2 * clock[-1] * rate / 60)
    pauses = rng.exponential(60 / rate - interval, n_enough)
    ticks = np.cumsum(interval + pauses)
    inside = ticks < clock[-1]
    return np.interp(ticks[inside], clock, edges)


def _samples(timeline, onset, length):
    """Samples of one event of `length` s, and their exact times in s after its onset."""
    rate = timeline.sampling_rate
    first = int(np.ceil(onset * rate))
    end = int(np.floor((onset + length) * rate))
    last = min(end, timeline.n_times - 1)
    samples = np.arange(first, last + 1)
    return samples, samples / rate - onset


def _spread(field, course, amplitude):
    """Put a time course on the electrodes, `amplitude` at the strongest, and none in the ECG."""
    topography = field.sum(axis=1)
    strongest = np.abs(topography).max()
    gains = np.append(topography / strongest, 0.0)
    return amplitude * gains[:, None] * course
