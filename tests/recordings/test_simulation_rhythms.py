"""Ongoing sources have the spectra, places and modulations that were asked for."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, sosfiltfilt, welch

from eeglrp.recordings.simulation.recording import simulate
from eeglrp.recordings.simulation.rhythms import (
    DESYNCHRONISATION_DELAY,
    project_noise,
    scale,
)
from eeglrp.recordings.simulation.settings import DEFAULTS
from eeglrp.recordings.simulation.timeline import RAMP

ALONE = {
    "rest": {"duration": 60},
    "imagery": {"trials": 40},
    "affect": {"trials": 40},
}


def recording(paradigm, **sources):
    dataset = copy.deepcopy(DEFAULTS) | {
        "paradigm": paradigm,
        "variation": 0.0,
    }
    for name, changes in sources.items():
        dataset["sources"][name] |= changes
    return simulate(dataset | ALONE[paradigm], "S001", 3)


@pytest.fixture(scope="module")
def rest():
    return recording("rest")


@pytest.fixture(scope="module")
def imagery():
    return recording("imagery")


@pytest.fixture(scope="module")
def affect():
    return recording("affect")


def part(simulation, source):
    return simulation.contribution[simulation.sources.index(source)].astype(
        float
    )


def peak_frequency(signal, low=0.0):
    frequencies, power = welch(signal, 250, nperseg=1000)
    return frequencies[np.argmax(power * (frequencies >= low))]


def trial_amplitude(simulation, signal):
    """RMS of each trial, once the ramp to its amplitude is over: (n_trials, n_channels)."""
    line = simulation.timeline
    start = line.onset + DESYNCHRONISATION_DELAY + RAMP
    return np.array(
        [
            signal[:, int(a * 250) : int(b * 250)].std(axis=1)
            for a, b in zip(start, line.onset + line.length, strict=True)
        ]
    )


@pytest.mark.parametrize("source", ["background", "alpha", "mu", "line"])
def test_amplitude_is_the_rms_at_the_strongest_electrode(rest, source):
    rms = np.sqrt((part(rest, source)[:-1] ** 2).mean(axis=1))
    assert rms.max() == pytest.approx(
        DEFAULTS["sources"][source]["amplitude"], rel=0.01
    )


@settings(deadline=None, max_examples=15)
@given(
    st.floats(0.1, 100),
    st.integers(1, 5),
    st.integers(1, 40),
    st.integers(0, 99),
)
def test_scale_and_projection_of_any_size(
    amplitude, n_channels, n_dipoles, seed
):
    rng = np.random.default_rng(seed)
    field = rng.standard_normal((n_channels, n_dipoles))
    noise = project_noise(field, np.ones(251), 500, rng)
    assert noise.shape == (n_channels, 500)
    rms = np.sqrt((scale(noise, amplitude) ** 2).mean(axis=1))
    assert rms.max() == pytest.approx(amplitude, rel=1e-4)


def test_projected_noise_has_the_dipoles_covariance():
    field = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, -2.0]])
    noise = project_noise(
        field, np.ones(20001), 40000, np.random.default_rng(0)
    )
    expected = field @ field.T
    scales = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert np.corrcoef(noise) == pytest.approx(expected / scales, abs=0.03)


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0])
def test_background_falls_as_one_over_f(exponent):
    signal = part(
        recording("rest", background={"exponent": exponent}), "background"
    )
    frequencies, power = welch(signal, 250, nperseg=1000)
    band = (frequencies >= 2) & (frequencies <= 60)
    slopes = np.polyfit(
        np.log(frequencies[band]), np.log(power[:, band]).T, 1
    )[0]
    assert slopes == pytest.approx(-exponent, abs=0.12)


def test_alpha_peaks_at_its_frequency_and_posteriorly_in_the_recording(rest):
    total = rest.contribution.sum(axis=0).astype(float)
    frequencies, power = welch(total[:-1], 250, nperseg=1000)
    band = (frequencies >= 9.5) & (frequencies <= 10.5)
    alpha = dict(zip(rest.channels, power[:, band].mean(axis=1), strict=False))
    assert set(sorted(alpha, key=alpha.get)[-2:]) == {"O1", "O2"}
    assert peak_frequency(
        total[rest.channels.index("O1")], low=5
    ) == pytest.approx(10, abs=0.8)


def test_mains_hum_is_at_the_mains(rest):
    total = rest.contribution.sum(axis=0).astype(float)
    strongest = np.abs(part(rest, "line")[:-1]).max(axis=1).argmax()
    assert peak_frequency(total[strongest], low=40) == pytest.approx(
        50, abs=0.3
    )
    assert np.ptp(part(rest, "line"), axis=1).min() > 0


def test_imagery_weakens_mu_on_the_other_side_in_the_recording(imagery):
    band = butter(4, [9, 13], "bandpass", fs=250, output="sos")
    total = sosfiltfilt(band, imagery.contribution.sum(axis=0))
    amplitude = trial_amplitude(imagery, total)
    left, right = imagery.timeline.label == 0, imagery.timeline.label == 1
    at = imagery.channels.index
    assert (
        amplitude[left, at("C4")].mean()
        < 0.8 * amplitude[right, at("C4")].mean()
    )
    assert (
        amplitude[right, at("C3")].mean()
        < 0.8 * amplitude[left, at("C3")].mean()
    )
    assert amplitude[left, at("O1")].mean() == pytest.approx(
        amplitude[right, at("O1")].mean(), rel=0.15
    )


@pytest.mark.slow
@pytest.mark.parametrize("loss", [0.0, 0.4, 1.0])
def test_loss_of_mu_is_as_large_as_asked(loss):
    simulation = recording("imagery", mu={"desynchronisation": loss})
    amplitude = trial_amplitude(simulation, part(simulation, "mu"))
    contralateral = amplitude[
        simulation.timeline.label == 0, simulation.channels.index("C4")
    ]
    before = part(simulation, "mu")[
        simulation.channels.index("C4"), :500
    ].std()
    rest = np.median(
        amplitude[
            simulation.timeline.label == 1, simulation.channels.index("C4")
        ]
    )
    expected = (1 - loss) / (1 - 0.25 * loss) * rest
    assert np.median(contralateral) == pytest.approx(
        expected, rel=0.25, abs=0.1 * before
    )


def test_muscle_is_stronger_on_the_side_of_the_hand():
    simulation = recording("imagery", muscle={"lateralisation": 0.5})
    amplitude = trial_amplitude(simulation, part(simulation, "muscle"))
    label = simulation.timeline.label
    for side, name in enumerate(("T7", "T8")):
        of_side = amplitude[:, simulation.channels.index(name)]
        ratio = (
            of_side[label == side].mean() / of_side[label == 1 - side].mean()
        )
        assert ratio == pytest.approx(3, rel=0.1)
    assert not part(simulation, "muscle")[
        simulation.channels.index("ECG")
    ].any()


def test_without_a_side_imagery_has_no_muscle_and_is_as_it_was(imagery):
    """Nor do the other sources change where it comes to them."""
    assert "muscle" not in imagery.sources
    other = recording("imagery", muscle={"lateralisation": 0.5})
    assert other.sources == [*imagery.sources, "muscle"]
    np.testing.assert_array_equal(
        other.contribution[:-1], imagery.contribution
    )


def test_mu_is_steady_outside_imagery(rest, affect):
    assert part(rest, "mu").any()
    amplitude = trial_amplitude(affect, part(affect, "mu"))[
        :, affect.channels.index("C3")
    ]
    groups = [
        amplitude[affect.timeline.label == label].mean() for label in (0, 1)
    ]
    assert groups[0] == pytest.approx(groups[1], rel=0.15)


def test_central_beta_follows_arousal_and_not_valence(affect):
    signal = part(affect, "arousal")
    at = affect.channels.index("Cz")
    assert peak_frequency(signal[at]) == pytest.approx(20, abs=1.0)
    amplitude = trial_amplitude(affect, signal)[:, at]
    arousal, valence = affect.timeline.ratings.T
    assert np.corrcoef(amplitude, arousal)[0, 1] > 0.8
    assert abs(np.corrcoef(amplitude, valence)[0, 1]) < 0.3


def test_frontal_alpha_shifts_to_the_right_with_valence(affect):
    amplitude = np.log(trial_amplitude(affect, part(affect, "valence")[:-1]))
    at = affect.channels.index
    asymmetry = amplitude[:, at("F4")] - amplitude[:, at("F3")]
    arousal, valence = affect.timeline.ratings.T
    assert np.corrcoef(asymmetry, valence)[0, 1] > 0.6
    assert abs(np.corrcoef(asymmetry, arousal)[0, 1]) < 0.4


def test_affect_sources_exist_in_affect_only(rest, affect):
    assert {"arousal", "valence"} & set(rest.sources) == set()
    assert {"arousal", "valence"} <= set(affect.sources)
