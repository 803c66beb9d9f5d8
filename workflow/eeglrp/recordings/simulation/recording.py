"""One subject's recording as the sum of its sources' contributions."""

from typing import NamedTuple

import numpy as np

from eeglrp.recordings.simulation import eyes, heart, rhythms
from eeglrp.recordings.simulation.head import fit_sphere, lead_fields
from eeglrp.recordings.simulation.naturalistic import drift
from eeglrp.recordings.simulation.settings import (
    SOURCES,
    active_sources,
    check_settings,
)
from eeglrp.recordings.simulation.timeline import Timeline, make_timeline
from eeglrp.seeds import generator

#: Contributions are stored in steps of this size, in microvolt: below the noise of an amplifier,
#: and exact in float32, so that they add up to the recording without rounding.
STEP = 1 / 16
#: Between-subject SD of a rhythm's frequency in Hz, and relative SD of rates, for each unit of
#: `variation`; both are cut at two SD.
FREQUENCY_SD, RATE_SD = 3.0, 0.5
_SIGNALS = {
    "background": rhythms.background,
    "alpha": rhythms.alpha,
    "mu": rhythms.mu,
    "arousal": rhythms.arousal,
    "valence": rhythms.valence,
    "visual": rhythms.visual,
    "muscle": rhythms.muscle,
    "blink": eyes.blink,
    "saccade": eyes.saccade,
}
#: Ongoing sources, whose size drifts in naturalistic recordings.
DRIFTING = (
    "background",
    "alpha",
    "mu",
    "arousal",
    "valence",
    "visual",
    "muscle",
)


class Simulation(NamedTuple):
    """A recording: `contribution` (n_sources, n_channels, n_times) in microvolt, ECG last."""

    sources: list
    channels: list
    contribution: np.ndarray
    r_peaks: np.ndarray
    timeline: Timeline


def simulate(dataset, subject, seed):
    """Simulate the recording of one subject.

    Parameters
    ----------
    dataset : dict
        Complete settings of the data set.
    subject : str
    seed : int
        The study's.

    Returns
    -------
    Simulation

    Raises
    ------
    InputError
        If a setting is missing, unknown or out of its range.
    """
    check_settings(dataset)
    paradigm, variation = dataset["paradigm"], dataset["variation"]
    names = active_sources(dataset)
    sphere = fit_sphere(dataset["channels"], dataset["montage"])
    fields = _fields(dataset, sphere, "muscle" in names, subject, seed)
    timing = generator(seed, "simulated", paradigm, "timeline", subject)
    timeline = make_timeline(dataset, timing)
    channels = [*sphere.channels, "ECG"]
    shape = (len(names), len(channels), timeline.n_times)
    contribution = np.zeros(shape, np.float32)
    r_peaks = np.zeros(0)
    for i, name in enumerate(names):
        settings = dataset["sources"][name]
        person = traits(name, settings, variation, subject, seed)
        rng = generator(seed, "simulated", paradigm, name, subject)
        scene = (fields, timeline, person)
        if name == "heartbeat":
            signal, r_peaks = heart.heartbeat(*scene, settings, rng)
        elif not person["amplitude"]:
            continue
        elif name == "line":
            signal = rhythms.line(*scene, dataset["mains"], rng)
        else:
            signal = _SIGNALS[name](*scene, settings, rng)
        if timeline.course is not None and name in DRIFTING:
            slow = generator(
                seed, "simulated", paradigm, "drift", name, subject
            )
            signal = signal * drift(dataset, timeline, slow)
        contribution[i] = np.round(signal / STEP) * STEP
    return Simulation(names, channels, contribution, r_peaks, timeline)


def _fields(dataset, sphere, muscle, subject, seed):
    """Lead fields of a subject's head, the same in every paradigm."""
    variation = dataset["variation"]
    n_background = int(dataset["sources"]["background"]["dipoles"])
    anatomy = generator(seed, "simulated", "head", subject)
    return lead_fields(sphere, n_background, variation, anatomy, muscle)


def traits(source, settings, variation, subject, seed):
    """What a subject's source is like in every paradigm: amplitude, peak frequency, rate."""
    rng = generator(seed, "simulated", "traits", source, subject)
    deviation = np.clip(rng.standard_normal(3), -2, 2)
    size, pace, ecg = deviation * variation
    person = {}
    person["amplitude"] = settings["amplitude"] * np.exp(size)
    if "frequency" in settings:
        person["frequency"] = settings["frequency"] + FREQUENCY_SD * pace
    if "rate" in settings:
        setting = SOURCES[source]["rate"]
        rate = settings["rate"] * (1 + RATE_SD * pace)
        person["rate"] = min(rate, setting.high)
    if source == "heartbeat":
        person["ecg"] = heart.ECG_PEAK * np.exp(ecg)
    return person
