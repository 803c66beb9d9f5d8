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
    total = np.zeros((len(field), len(spectrum)), np.complex64)
    for start in range(0, field.shape[1], _DIPOLES_AT_ONCE):
        part = (
            field[:, start : start + _DIPOLES_AT_ONCE] / np.abs(field).max()
        ).astype("f4")
        draws = rng.standard_normal(
            (part.shape[1], 2 * len(spectrum)), np.float32
        )
        total += part @ draws.view(np.complex64)
    return np.fft.irfft(total * spectrum.astype("f4"), n_times, axis=1)


def scale(signal, amplitude):
    """Scale to an RMS of `amplitude` at the strongest channel."""
    return signal * (amplitude / np.sqrt((signal**2).mean(axis=-1)).max())


def _frequencies(timeline):
    return np.fft.rfftfreq(timeline.n_times, 1 / timeline.sampling_rate)


def _one_over_f(timeline, exponent):
    frequencies = _frequencies(timeline)
    spectrum = np.maximum(frequencies, FLAT_BELOW) ** (-exponent / 2)
    spectrum[0] = 0
    return spectrum


def _peak(timeline, frequency, width=PEAK_WIDTH):
    return np.exp(-0.5 * ((_frequencies(timeline) - frequency) / width) ** 2)


def background(fields, timeline, person, settings, rng):
    """1/f activity of the whole cortex, and as much noise in the ECG as its electrodes make."""
    spectrum = _one_over_f(timeline, settings["exponent"])
    eeg = project_noise(fields["background"], spectrum, timeline.n_times, rng)
    ecg = project_noise(np.ones((1, 1)), spectrum, timeline.n_times, rng)
    return np.concatenate(
        [scale(eeg, person["amplitude"]), scale(ecg, ECG_NOISE)]
    )


def alpha(fields, timeline, person, settings, rng):
    """Posterior alpha rhythm."""
    spectrum = _peak(timeline, person["frequency"])
    return _eeg_only(
        scale(
            _noise(fields["alpha"], spectrum, timeline, rng),
            person["amplitude"],
        )
    )


def mu(fields, timeline, person, settings, rng):
    """Rhythm of both hand areas; imagery of one hand weakens it, most on the other side."""
    gains = []
    for side in (0, 1):
        contralateral = timeline.label != side
        loss = settings["desynchronisation"] * np.where(
            contralateral, 1, IPSILATERAL
        )
        in_trial = (
            1 - loss if timeline.ratings.size == 0 else np.ones(len(loss))
        )
        gains.append(
            modulation(timeline, in_trial, 1.0, DESYNCHRONISATION_DELAY)
        )
    return _two_sides(fields, "mu", timeline, person, gains, rng)


def arousal(fields, timeline, person, settings, rng):
    """Central beta whose amplitude grows with arousal: 1 - effect at rating 1, 1 + effect at 9."""
    spectrum = _peak(timeline, person["frequency"])
    signal = scale(
        _noise(fields["arousal"], spectrum, timeline, rng), person["amplitude"]
    )
    return _eeg_only(signal * _rating_gain(timeline, 0, settings["effect"]))


def valence(fields, timeline, person, settings, rng):
    """Frontal alpha: with rising valence weaker on the left, stronger on the right."""
    gains = [
        _rating_gain(timeline, 1, sign * settings["effect"])
        for sign in (-1, 1)
    ]
    return _two_sides(fields, "valence", timeline, person, gains, rng)


def visual(fields, timeline, person, settings, rng):
    """Posterior alpha that something to look at weakens: 1 in breaks, 1 - effect in rides."""
    spectrum = _peak(timeline, person["frequency"])
    signal = scale(
        _noise(fields["alpha"], spectrum, timeline, rng), person["amplitude"]
    )
    seen = timeline.course.riding(timeline.times).astype(float)
    ramp = round(RAMP * timeline.sampling_rate)
    seen = np.convolve(
        np.pad(seen, ramp, "edge"), np.ones(ramp) / ramp, "same"
    )[ramp:-ramp]
    return _eeg_only(signal * (1 - settings["effect"] * seen))


def muscle(fields, timeline, person, settings, rng):
    """Temporal muscle, both sides apart, whose activity grows with arousal."""
    spectrum = _peak(timeline, MUSCLE_PEAK, MUSCLE_WIDTH)
    signal = scale(
        _noise(fields["muscle"], spectrum, timeline, rng), person["amplitude"]
    )
    return _eeg_only(signal * _rating_gain(timeline, 0, settings["effect"]))


def _rating_gain(timeline, column, effect):
    """Course of an amplitude: 1 - effect at rating 1, 1 + effect at rating 9."""
    if timeline.course is not None:
        return 1 + effect * timeline.course.state(column, timeline.times)
    values = 1 + effect * (timeline.ratings[:, column] - 5) / 4
    return modulation(timeline, values, 1.0, -RAMP)


def _two_sides(fields, name, timeline, person, gains, rng):
    """Left and right half of a rhythm, scaled together, then modulated each by its own gain."""
    spectrum = _peak(timeline, person["frequency"])
    sides = [
        _noise(fields[f"{name}_{side}"], spectrum, timeline, rng)
        for side in ("left", "right")
    ]
    factor = (
        person["amplitude"]
        / np.sqrt(((sides[0] + sides[1]) ** 2).mean(axis=-1)).max()
    )
    return _eeg_only(factor * (sides[0] * gains[0] + sides[1] * gains[1]))


def _noise(field, spectrum, timeline, rng):
    return project_noise(field, spectrum, timeline.n_times, rng)


def _eeg_only(eeg):
    """Add an ECG channel to which the source does not reach."""
    return np.concatenate([eeg, np.zeros((1, eeg.shape[1]), eeg.dtype)])


def line(fields, timeline, person, mains, rng):
    """Mains hum: one phase, and a gain at each electrode as its cable and contact couple it."""
    n_channels = len(fields["background"])
    gain = np.exp(0.5 * rng.standard_normal(n_channels))
    gain = np.append(gain / gain.max(), 1.0)
    phase = rng.uniform(0, 2 * np.pi)
    wave = np.sqrt(2) * np.sin(2 * np.pi * mains * timeline.times + phase)
    return person["amplitude"] * gain[:, None] * wave
