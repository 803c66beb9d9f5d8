"""Ongoing sources: noise of a given spectrum from many dipoles, and mains hum."""

import numpy as np

from eeglrp.recordings.simulation.timeline import RAMP, modulation

#: Below this frequency the 1/f spectrum is flat, so that drifts stay bounded; in Hz.
FLAT_BELOW = 0.5
#: Half width (SD) of a rhythm's spectral peak, in Hz: it waxes and wanes within a second or less.
PEAK_WIDTH = 0.8
#: Imagery: time from the cue to the first loss of mu, in s; ipsilateral share of that loss.
DESYNCHRONISATION_DELAY, IPSILATERAL = 0.3, 0.25
#: Surface EMG of the temporal muscle: middle and half width (SD) of its broad peak, in Hz
#: (Goncharova et al. 2003, doi:10.1016/S1388-2457(03)00093-2).
MUSCLE_PEAK, MUSCLE_WIDTH = 60.0, 25.0
#: ECG electrodes are noisy too: RMS of their 1/f noise, in microvolt.
ECG_NOISE = 15.0
_DIPOLES_AT_ONCE = 16


def project_noise(field, spectrum, n_times, rng):
    """Potential of dipoles with independent Gaussian activity of one amplitude spectrum.

    Parameters
    ----------
    field : array, shape (n_channels, n_dipoles)
    spectrum : array, shape (n_times // 2 + 1,)
        Amplitude at the frequencies of `numpy.fft.rfftfreq`.
    n_times : int
    rng : numpy.random.Generator

    Returns
    -------
    array, shape (n_channels, n_times)
        Up to a common scale. The dipoles are summed in the frequency domain, where the sum costs
        one inverse transform a channel and not one a dipole.
    """
    n_channels, n_dipoles = field.shape
    n_frequencies = len(spectrum)
    total = np.zeros((n_channels, n_frequencies), np.complex64)
    strongest = np.abs(field).max()
    for start in range(0, n_dipoles, _DIPOLES_AT_ONCE):
        end = min(start + _DIPOLES_AT_ONCE, n_dipoles)
        relative = field[:, start:end] / strongest
        shape = (end - start, 2 * n_frequencies)
        activity = rng.standard_normal(shape, np.float32)
        total += relative.astype("f4") @ activity.view(np.complex64)
    total = total * spectrum.astype("f4")
    return np.fft.irfft(total, n_times, axis=1)


def scale(signal, amplitude):
    """Scale to an RMS of `amplitude` at the strongest channel."""
    power = (signal**2).mean(axis=-1)
    strongest = np.sqrt(power).max()
    return signal * (amplitude / strongest)


def _frequencies(timeline):
    interval = 1 / timeline.sampling_rate
    return np.fft.rfftfreq(timeline.n_times, interval)


def _one_over_f(timeline, exponent):
    frequencies = _frequencies(timeline)
    spectrum = np.maximum(frequencies, FLAT_BELOW) ** (-exponent / 2)
    spectrum[0] = 0
    return spectrum


def _peak(timeline, frequency, width=PEAK_WIDTH):
    distance = _frequencies(timeline) - frequency
    in_widths = distance / width
    return np.exp(-0.5 * in_widths**2)


def background(fields, timeline, person, settings, rng):
    """1/f activity of the whole cortex, and as much noise in the ECG as its electrodes make."""
    spectrum = _one_over_f(timeline, settings["exponent"])
    eeg = _noise(fields["background"], spectrum, timeline, rng)
    ecg = _noise(np.ones((1, 1)), spectrum, timeline, rng)
    eeg = scale(eeg, person["amplitude"])
    ecg = scale(ecg, ECG_NOISE)
    return np.concatenate([eeg, ecg])


def alpha(fields, timeline, person, settings, rng):
    """Posterior alpha rhythm."""
    spectrum = _peak(timeline, person["frequency"])
    rhythm = _noise(fields["alpha"], spectrum, timeline, rng)
    return _eeg_only(scale(rhythm, person["amplitude"]))


def mu(fields, timeline, person, settings, rng):
    """Rhythm of both hand areas; imagery of one hand weakens it, most on the other side."""
    delay = DESYNCHRONISATION_DELAY
    gains = []
    for side in (0, 1):
        contralateral = timeline.label != side
        share = np.where(contralateral, 1, IPSILATERAL)
        loss = settings["desynchronisation"] * share
        in_trial = 1 - loss
        if timeline.ratings.size:
            in_trial = np.ones(len(loss))
        gains.append(modulation(timeline, in_trial, 1.0, delay))
    spectrum = _peak(timeline, person["frequency"])
    sides = fields["mu_left"], fields["mu_right"]
    return _two_sides(sides, spectrum, timeline, person, gains, rng)


def arousal(fields, timeline, person, settings, rng):
    """Central beta whose amplitude grows with arousal: 1 - effect at rating 1, 1 + effect at 9."""
    spectrum = _peak(timeline, person["frequency"])
    rhythm = _noise(fields["arousal"], spectrum, timeline, rng)
    signal = scale(rhythm, person["amplitude"])
    gain = _rating_gain(timeline, 0, settings["effect"])
    return _eeg_only(signal * gain)


def valence(fields, timeline, person, settings, rng):
    """Frontal alpha: with rising valence weaker on the left, stronger on the right."""
    gains = []
    for sign in (-1, 1):
        effect = sign * settings["effect"]
        gains.append(_rating_gain(timeline, 1, effect))
    spectrum = _peak(timeline, person["frequency"])
    sides = fields["valence_left"], fields["valence_right"]
    return _two_sides(sides, spectrum, timeline, person, gains, rng)


def visual(fields, timeline, person, settings, rng):
    """Posterior alpha that something to look at weakens: 1 in breaks, 1 - effect in rides."""
    spectrum = _peak(timeline, person["frequency"])
    rhythm = _noise(fields["alpha"], spectrum, timeline, rng)
    signal = scale(rhythm, person["amplitude"])
    seen = timeline.course.riding(timeline.times).astype(float)
    ramp = round(RAMP * timeline.sampling_rate)
    padded = np.pad(seen, ramp, "edge")
    kernel = np.ones(ramp) / ramp
    seen = np.convolve(padded, kernel, "same")[ramp:-ramp]
    gain = 1 - settings["effect"] * seen
    return _eeg_only(signal * gain)


def muscle(fields, timeline, person, settings, rng):
    """Temporal muscle, both sides apart, whose activity grows with arousal.

    In imagery it is stronger on the side of the hand, 1 + lateralisation, and weaker on the other.
    """
    spectrum = _peak(timeline, MUSCLE_PEAK, MUSCLE_WIDTH)
    if timeline.course is None and not timeline.ratings.size:
        gains = []
        for side in (0, 1):
            towards = np.where(timeline.label == side, 1, -1)
            values = 1 + settings["lateralisation"] * towards
            gains.append(modulation(timeline, values, 1.0, 0.0))
        sides = np.split(fields["muscle"], 2, axis=1)
        return _two_sides(sides, spectrum, timeline, person, gains, rng)
    activity = _noise(fields["muscle"], spectrum, timeline, rng)
    signal = scale(activity, person["amplitude"])
    gain = _rating_gain(timeline, 0, settings["effect"])
    return _eeg_only(signal * gain)


def _rating_gain(timeline, column, effect):
    """Course of an amplitude: 1 - effect at rating 1, 1 + effect at rating 9."""
    if timeline.course is not None:
        state = timeline.course.state(column, timeline.times)
        return 1 + effect * state
    from_middle = timeline.ratings[:, column] - 5
    values = 1 + effect * from_middle / 4
    return modulation(timeline, values, 1.0, -RAMP)


def _two_sides(sides, spectrum, timeline, person, gains, rng):
    """Left and right half of a source, scaled together, then modulated each by its own gain."""
    left, right = (_noise(field, spectrum, timeline, rng) for field in sides)
    both = left + right
    power = (both**2).mean(axis=-1)
    strongest = np.sqrt(power).max()
    factor = person["amplitude"] / strongest
    left_gain, right_gain = gains
    modulated = left * left_gain + right * right_gain
    return _eeg_only(factor * modulated)


def _noise(field, spectrum, timeline, rng):
    return project_noise(field, spectrum, timeline.n_times, rng)


def _eeg_only(eeg):
    """Add an ECG channel to which the source does not reach."""
    n_times = eeg.shape[1]
    ecg = np.zeros((1, n_times), eeg.dtype)
    return np.concatenate([eeg, ecg])


def line(fields, timeline, person, mains, rng):
    """Mains hum: one phase, and a gain at each electrode as its cable and contact couple it."""
    n_channels = len(fields["background"])
    gain = np.exp(0.5 * rng.standard_normal(n_channels))
    gain = np.append(gain / gain.max(), 1.0)
    turn = 2 * np.pi
    start = rng.uniform(0, turn)
    phase = turn * mains * timeline.times + start
    wave = np.sqrt(2) * np.sin(phase)
    amplitudes = person["amplitude"] * gain
    return amplitudes[:, None] * wave
