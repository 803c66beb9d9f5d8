"""A recording as a whole: sources are independent, subjects are persons."""

import copy

import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.recordings.simulation.recording import STEP, simulate, traits
from eeglrp.recordings.simulation.settings import DEFAULTS, PARADIGMS, SOURCES

EEG_SOURCES = [name for name in PARADIGMS["affect"] if name != "heartbeat"]


def recording(paradigm="imagery", subject="S001", seed=1, **sources):
    dataset = copy.deepcopy(DEFAULTS) | {
        "paradigm": paradigm,
        "duration": 20,
        "trials": 4,
    }
    dataset["sources"]["background"]["dipoles"] = 30
    for name, changes in sources.items():
        dataset["sources"][name] |= changes
    return simulate(dataset, subject, seed)


@pytest.fixture(scope="module")
def affect():
    return recording("affect")


def test_contributions_are_finite_steps_of_every_source(affect):
    assert affect.sources == list(PARADIGMS["affect"])
    assert affect.channels[-1] == "ECG"
    assert affect.contribution.dtype == np.float32
    assert affect.contribution.shape == (9, 20, affect.timeline.n_times)
    assert np.isfinite(affect.contribution).all()
    assert np.array_equal(
        affect.contribution % STEP, np.zeros_like(affect.contribution)
    )
    assert affect.contribution.any(axis=(1, 2)).all()


@pytest.mark.parametrize("source", EEG_SOURCES)
def test_amplitude_zero_switches_off_that_source_alone(affect, source):
    without = recording("affect", **{source: {"amplitude": 0}})
    i = affect.sources.index(source)
    assert not without.contribution[i].any()
    others = np.arange(len(affect.sources)) != i
    assert np.array_equal(
        without.contribution[others], affect.contribution[others]
    )
    assert np.array_equal(without.r_peaks, affect.r_peaks)


def test_without_cardiac_field_eeg_holds_no_heart_but_the_ecg_does(affect):
    without = recording("affect", heartbeat={"amplitude": 0})
    i = affect.sources.index("heartbeat")
    assert not without.contribution[i, :-1].any()
    assert np.array_equal(
        without.contribution[i, -1], affect.contribution[i, -1]
    )


def test_label_probability_of_one_source_leaves_the_others_alone():
    related, unrelated = (
        recording(saccade={"trial_probability": 1.0, "label_probability": p})
        for p in (1.0, 0.0)
    )
    differs = (related.contribution != unrelated.contribution).any(axis=(1, 2))
    assert [
        name for name, d in zip(related.sources, differs, strict=True) if d
    ] == ["saccade"]


def test_label_probability_does_nothing_at_rest():
    events = ("blink", "saccade", "heartbeat")
    first, second = (
        recording(
            "rest", **{name: {"label_probability": p} for name in events}
        )
        for p in (0.5, 1.0)
    )
    assert np.array_equal(first.contribution, second.contribution)


def test_a_subject_keeps_traits_and_subjects_differ():
    heart = DEFAULTS["sources"]["heartbeat"]
    first, again, other = (
        traits("heartbeat", heart, 0.2, s, 1) for s in ("S001", "S001", "S002")
    )
    assert first == again
    assert all(first[name] != other[name] for name in first)
    assert traits("heartbeat", heart, 0.0, "S001", 1)["rate"] == heart["rate"]


@pytest.mark.parametrize(
    "name", [name for name in SOURCES if "frequency" in SOURCES[name]]
)
def test_between_subject_variation_has_the_size_asked_for(name):
    people = [
        traits(name, DEFAULTS["sources"][name], 0.2, f"S{i}", 1)
        for i in range(300)
    ]
    sizes = np.log([person["amplitude"] for person in people])
    assert sizes.std() == pytest.approx(0.2, rel=0.25)
    frequencies = np.array([person["frequency"] for person in people])
    assert frequencies.std() == pytest.approx(0.6, rel=0.25)
    assert np.ptp(frequencies) < 2.5


def test_subjects_have_heads_of_their_own():
    topographies = [
        np.abs(recording("rest", subject).contribution[5]).max(axis=1)[:-1]
        for subject in ("S001", "S002")
    ]
    correlation = np.corrcoef(topographies)[0, 1]
    assert 0.5 < correlation < 0.999


def test_unknown_montage_is_refused():
    with pytest.raises(InputError, match="montage"):
        simulate(DEFAULTS | {"montage": "nowhere"}, "S001", 1)
