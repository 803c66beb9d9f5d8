"""What is planted is exactly what the windows' truth says, and nothing else changes."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.recordings.registry import Recording, load, recordings
from eeglrp.windowing.counts import CannotUse
from eeglrp.windowing.plant import plant, planted_sources
from eeglrp.windows import make_windows

HEART = {
    "kind": "r_peak",
    "classes": ["between", "r_peak"],
    "length": 1.0,
    "jitter": 0.12,
    "min_r_peaks": 20,
    "heart_rate": [40, 120],
    "max_irregular": 0.1,
    "truth": [],
}
TRIALS = {
    "kind": "motor_imagery",
    "classes": ["left", "right"],
    "start": 0.0,
    "length": 2.0,
    "truth": [],
}
NOTES = [(1.0 + 3 * i, 2.0, "right" if i % 3 else "left") for i in range(10)]
PLANTS = {
    "heartbeat": {"amplitude": 5.0},
    "saccade": {"amplitude": 20.0, "trial_probability": 1.0, "label_probability": 1.0},
    "alpha": {"amplitude": 8.0, "frequency": 10.0, "label_probability": 1.0},
}


@pytest.fixture
def peaks():
    return 0.5 + np.cumsum(np.random.default_rng(1).uniform(0.7, 0.9, 36))


@pytest.fixture
def recording(make_raw, peaks):
    return Recording("run", make_raw(32, peaks=peaks, notes=NOTES))


def task_with(source, **changes):
    task = HEART if source == "heartbeat" else TRIALS
    return task | {"plant": {source: PLANTS[source] | changes}}


def windows_of(recording, task, windows, seed=3):
    return make_windows([recording], "planted", task, windows, seed, "S1")[0]


@pytest.mark.parametrize("source", PLANTS)
@pytest.mark.parametrize(
    "changes", [{}, {"reference": "average", "regress": ["ECG"], "regress_lags": 0.04}]
)
@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(size=st.floats(0.1, 30.0), seed=st.integers(0, 99))
def test_truth_is_the_difference_that_planting_makes(
    recording, settings, source, changes, size, seed
):
    windows = {"regress": [], "regress_lags": 0.0} | settings | changes
    task = task_with(source, amplitude=size)
    mixed = windows_of(recording, task, windows, seed)
    alone = windows_of(recording, task | {"plant": {}}, windows, seed)
    difference = mixed["signal"].astype(float) - alone["signal"]
    np.testing.assert_allclose(mixed["truth"], difference, atol=1e-6)
    # What follows the ECG is regressed out of what was planted, too.
    least = 0.01 if changes and source == "heartbeat" else 0.3
    assert abs(mixed["truth"]).max() > least * size / settings["unit"]
    assert alone["truth"] is None
    for name in ("samples", "recording", "subject", "channels"):
        assert mixed[name] == alone[name]
    for name in ("label", "onset", "event"):
        np.testing.assert_array_equal(mixed[name], alone[name])


def test_the_heart_peaks_at_the_recorded_r_peaks_with_the_amplitude_asked_for(recording, peaks):
    channels = recording.raw.ch_names[:-1]
    made = plant(recording, channels, task_with("heartbeat", amplitude=4.0), 3, "S1")
    truth = made.truth(["heartbeat"]).get_data() * 1e6
    assert abs(truth).max() == pytest.approx(4.0, rel=0.02)
    strongest = abs(truth[abs(truth).max(axis=1).argmax()])
    for peak in peaks[1:-1]:
        around = slice(round((peak - 0.3) * 250), round((peak + 0.3) * 250))
        assert abs(around.start / 250 + strongest[around].argmax() / 250 - peak) < 0.01
    np.testing.assert_array_equal(made.raw.get_data(["ECG"]), recording.raw.get_data(["ECG"]))


def test_permuted_r_peaks_carry_the_planted_heart(recording, peaks, settings):
    task = task_with("heartbeat", amplitude=8.0) | {"permute_events": True}
    arrays = windows_of(recording, task, settings)
    truth = abs(arrays["truth"]).max(axis=1)
    checked = 0
    for event, course in zip(arrays["event"], truth, strict=True):
        for time in event[(event > 0.1) & (event < 0.9)]:
            around = slice(round((time - 0.08) * 200), round((time + 0.08) * 200))
            assert abs((around.start + course[around].argmax()) / 200 - time) < 0.015
            checked += 1
    assert checked > 20
    times = (arrays["onset"][:, None] + arrays["event"]).ravel()
    times = times[np.isfinite(times)]
    assert np.median(abs(times[:, None] - peaks).min(axis=1)) > 0.1


def test_amplitude_scales_the_field_and_nothing_else(recording):
    channels = recording.raw.ch_names[:-1]
    for source in PLANTS:
        one, three = (
            plant(recording, channels, task_with(source, amplitude=size), 3, "S1")
            .truth([source])
            .get_data()
            for size in (1.0, 3.0)
        )
        np.testing.assert_allclose(three, 3 * one, rtol=1e-6, atol=1e-12)


def test_subjects_have_heads_of_their_own_and_recordings_share_one(recording):
    channels = recording.raw.ch_names[:-1]

    def field(subject, name):
        made = plant(recording._replace(name=name), channels, task_with("heartbeat"), 3, subject)
        truth = made.truth(["heartbeat"]).get_data()
        return truth / abs(truth).max()

    np.testing.assert_allclose(field("S1", "a"), field("S1", "b"))
    assert abs(field("S1", "a") - field("S2", "a")).max() > 0.01


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_saccades_go_to_the_side_of_the_label_or_the_other(make_raw, probability):
    recording = Recording("a", make_raw(32, notes=NOTES))
    channels = recording.raw.ch_names
    task = task_with("saccade", label_probability=probability)
    truth = plant(recording, channels, task, 3, "S1").truth(["saccade"]).get_data()
    lateral = truth[channels.index("FP1")] - truth[channels.index("FP2")]
    sides = [lateral[round(on * 250) : round((on + 2) * 250)].sum() > 0 for on, _, _ in NOTES]
    left = [text == "left" for _, _, text in NOTES]
    assert sides == (left if probability else [not one for one in left])
    assert truth[:, :240].max() == 0


def test_alpha_is_on_in_trials_of_the_second_class_and_posterior(make_raw):
    recording = Recording("a", make_raw(32, notes=NOTES))
    channels = recording.raw.ch_names
    truth = plant(recording, channels, task_with("alpha"), 3, "S1").truth(["alpha"]).get_data()
    power = (truth**2).mean(axis=1)
    assert power[channels.index("O1")] > 4 * power[channels.index("FP1")]
    for onset, length, text in NOTES:
        inside = truth[:, round((onset + 0.5) * 250) : round((onset + length - 0.5) * 250)]
        assert (abs(inside).max() > 0) == (text == "right")


def test_the_recording_itself_stays_as_it_was(recording):
    before = recording.raw.get_data()
    channels = recording.raw.ch_names[:-1]
    plant(recording, channels, task_with("heartbeat"), 3, "S1")
    np.testing.assert_array_equal(recording.raw.get_data(), before)


def test_an_amplitude_of_zero_plants_nothing(recording, settings):
    task = task_with("heartbeat", amplitude=0)
    assert planted_sources(task) == []
    assert plant(recording, recording.raw.ch_names[:-1], task, 3, "S1") is recording
    assert windows_of(recording, task, settings)["truth"] is None


def test_a_heart_without_ecg_is_an_error_that_names_the_recording(make_raw):
    bare = Recording("run-1", make_raw(32, notes=NOTES))
    with pytest.raises(InputError, match="run-1: channels: no ECG channel"):
        plant(bare, bare.raw.ch_names, task_with("heartbeat"), 3, "S1")


def test_an_ecg_that_cannot_be_read_refuses_the_recording(recording, settings):
    recording.raw.apply_function(lambda x: 0 * x, picks=["ECG"])
    with pytest.raises(CannotUse, match="ECG is flat"):
        plant(recording, recording.raw.ch_names[:-1], task_with("heartbeat"), 3, "S1")
    assert windows_of(recording, task_with("heartbeat"), settings)["truth"].shape[0] == 0


def test_an_electrode_without_position_is_an_error(recording):
    recording.raw.rename_channels({"C3": "CB1"})
    with pytest.raises(InputError, match="run: channels: CB1 not in montage"):
        plant(recording, recording.raw.ch_names[:-1], task_with("heartbeat"), 3, "S1")


@pytest.mark.parametrize(
    ("source", "dataset", "subject"),
    [
        ("heartbeat", {"source": "eegmat", "recordings": ["arithmetic"]}, "Subject00"),
        ("saccade", {"source": "eegmmidb", "runs": "imagery"}, "S001"),
    ],
)
def test_real_recordings(shared_data, settings, source, dataset, subject):
    settings |= {"notch": 50.0 if source == "heartbeat" else 60.0}
    dataset |= {"folder": dataset["source"], "download": False, "subjects": "all"}
    record = load(dataset["source"]).prepare(dataset, shared_data, subject, 1)
    recording = next(iter(recordings(record)))
    task = task_with(source)
    mixed = windows_of(recording, task, settings)
    alone = windows_of(recording, task | {"plant": {}}, settings)
    assert len(mixed["label"]) == len(alone["label"]) > 10
    difference = mixed["signal"].astype(float) - alone["signal"]
    np.testing.assert_allclose(mixed["truth"], difference, atol=1e-5)
    peak = PLANTS[source]["amplitude"] / settings["unit"]
    assert 0.5 * peak < abs(mixed["truth"]).max() < 2 * peak
