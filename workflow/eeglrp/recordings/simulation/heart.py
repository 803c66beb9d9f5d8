"""The heart: times of its beats, the ECG and its field on the scalp."""

import numpy as np

from eeglrp.recordings.simulation.timeline import follow_label

#: Waves of one beat: amplitude relative to R, time from R in s, width (SD) in s. A sum of Gaussians
#: as in McSharry et al. 2003 (doi:10.1109/TBME.2003.808805).
WAVES = {
    "P": (0.10, -0.180, 0.025),
    "Q": (-0.12, -0.028, 0.009),
    "R": (1.00, 0.0, 0.011),
    "S": (-0.22, 0.030, 0.010),
    "T": (0.28, 0.270, 0.045),
}
BEAT_SPAN = (-0.3, 0.5)
#: R-peak in the ECG channel, in microvolt: 0.5-2 mV in healthy adults.
ECG_PEAK = 1000.0
#: Frequency at which breathing speeds up and slows down the heart, in Hz.
BREATHING = 0.25
#: Factors on the heart rate in affect segments, calm and aroused.
CALM, AROUSED = 0.85, 1.15
#: SD of the logarithm of a beat's size: breathing moves the heart's axis.
BEAT_SD = 0.05
SLOWEST = 30.0
#: Place of the first R-peak after a cue, in beats: in the first half of a beat, in the second.
EARLY, LATE = (0.1, 0.4), (0.6, 0.9)


def heartbeat(fields, timeline, person, settings, rng):
    """Field of the heart at the electrodes and its ECG, and the times of its R-peaks.

    An `amplitude` of 0 takes the field off the scalp; the ECG channel records the heart all the
    same, so that R-peaks stay known where EEG holds no trace of them.

    Returns
    -------
    potential : array, shape (n_channels + ECG, n_times)
        In microvolt.
    r_peaks : array
        In s, those within the recording.
    """
    n_times, rate = timeline.n_times, timeline.sampling_rate
    beats = beat_times(timeline, person["rate"], settings, rng)
    deviation = rng.standard_normal(len(beats))
    sizes = np.exp(BEAT_SD * deviation)
    course = ecg_course(beats, sizes, n_times, rate)
    topography = fields["heartbeat"].sum(axis=1)
    strongest = np.abs(topography).max()
    gains = person["amplitude"] * topography / strongest
    gains = np.append(gains, person["ecg"])
    potential = gains[:, None] * course
    inside = (beats >= 0) & (beats < timeline.duration)
    return potential, beats[inside]


def ecg_course(beats, sizes, n_times, sampling_rate):
    """Potential of many beats.

    Parameters
    ----------
    beats, sizes : array, shape (n_beats,)
        R-peak times in s, and amplitudes.
    n_times : int
    sampling_rate : float
        In Hz.

    Returns
    -------
    array, shape (n_times,)
    """
    course = np.zeros(n_times)
    for beat, size in zip(beats, sizes, strict=True):
        span = (beat + np.array(BEAT_SPAN)) * sampling_rate
        ends = np.ceil(span).astype(int)
        first, last = np.clip(ends, 0, n_times)
        times = np.arange(first, last) / sampling_rate
        course[first:last] += size * ecg(times - beat)
    return course


def ecg(t):
    """Potential of one beat at time t (s) from its R-peak, R-peak 1."""
    waves = [
        size * np.exp(-0.5 * ((t - at) / width) ** 2)
        for size, at, width in WAVES.values()
    ]
    return np.sum(waves, axis=0)


def beat_times(timeline, rate, settings, rng):
    """R-peak times in s, from just before the recording to just after it.

    The rate varies with breathing and from beat to beat; in imagery the phase of the beats at the
    cue, in affect the rate in a segment, takes a side that may follow the label. In naturalistic
    recordings the rate grows with arousal, from 1 - `effect` at rating 1 to 1 + `effect` at 9.
    """
    factor = np.ones(0)
    if timeline.ratings.size:
        state = follow_label(timeline, settings["label_probability"], rng)
        factor = np.where(state == 1, AROUSED, CALM)
    beats = []
    phase = rng.uniform(0, 2 * np.pi)
    now = rng.uniform(-1.5, -0.5) - 60 / rate
    while now < timeline.duration + 1.5:
        local = rate * _segment_factor(timeline, factor, now)
        if timeline.course is not None:
            arousal = timeline.course.state(0, now)
            local *= 1 + settings["effect"] * arousal
        breathing = np.sin(2 * np.pi * BREATHING * now + phase)
        # Half of the variance is breathing's (a sine has variance 1/2), half is irregular.
        irregular = np.sqrt(0.5) * rng.standard_normal()
        swing = settings["rate_sd"] * (breathing + irregular)
        now += 60 / max(local + swing, SLOWEST)
        beats.append(now)
    beats = np.array(beats)
    if len(timeline.label) and not timeline.ratings.size:
        return _steer(beats, timeline, rate, settings, rng)
    return beats


def _segment_factor(timeline, factor, now):
    """Factor on the rate at some time: the segment's, 1 before the first and without any."""
    segment = np.searchsorted(timeline.onset, now, side="right") - 1
    if len(factor) and segment >= 0:
        return factor[segment]
    return 1.0


def _steer(beats, timeline, rate, settings, rng):
    """Shift beats smoothly so that each cue meets the beat in the first or the second half.

    The shift at a cue is at most half a beat, and is spread over the seconds between cues: the
    heart speeds up or slows down a little, as breathing makes it do.
    """
    side = follow_label(timeline, settings["label_probability"], rng)
    in_second = rng.uniform(*LATE, len(side))
    in_first = rng.uniform(*EARLY, len(side))
    within = np.where(side == 0, in_second, in_first)
    target = timeline.onset + within * 60 / rate
    # Beat, cue.
    distance = np.abs(beats[:, None] - target)
    nearest = beats[distance.argmin(axis=0)]
    shift = np.interp(beats, nearest, target - nearest)
    return beats + shift
