"""What is planted is exactly what the windows' truth says, and nothing else changes."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.recordings.registry import Recording, load, recordings
from eeglrp.windowing.candidates import Candidates, imagery_candidates
from eeglrp.windowing.counts import CannotUse
from eeglrp.windowing.plant import plant, planted_events, planted_sources
from eeglrp.windowing.windows import make_windows

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
REST = TRIALS | {"kind": "rest"}
NOTES = [(1.0 + 3 * i, 2.0, "right" if i % 3 else "left") for i in range(10)]
PLANTS = {
    "heartbeat": {"amplitude": 5.0},
    "saccade": {
        "amplitude": 20.0,
        "trial_probability": 1.0,
        "label_probability": 1.0,
    },
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


def planted(recording, source, task=None, seed=3, **changes):
    """Truth (volt) of a source planted into the recording's trials, and events by trial."""
    task = task or task_with(source, **changes)
    channels = [name for name in recording.raw.ch_names if name != "ECG"]
    if task["kind"] == "r_peak":
        trials = None
    elif task["kind"] == "rest":
        trials = tiles(recording)
    else:
        trials = imagery_candidates(recording.raw, task)
    made = plant(recording, channels, task, seed, "S1", trials)
    events = planted_events(recording, task, seed, "S1", trials)
    return made.truth([source]).get_data(), events


def tiles(recording, length=2.0):
    """Windows that touch each other, of alternating classes."""
    onset = np.arange(0, recording.raw.duration - length, length)
    return Candidates(onset, np.arange(len(onset)) % 2, None, [])


def windows_of(recording, task, windows, seed=3):
    return make_windows([recording], "planted", task, windows, seed, "S1")[0]


@pytest.mark.slow
@pytest.mark.parametrize("source", PLANTS)
@pytest.mark.parametrize(
    "changes",
    [{}, {"reference": "average", "regress": ["ECG"], "regress_lags": 0.04}],
)
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# Up to what would make every window too large, and channels noisy.
@given(size=st.sampled_from([0.1, 3.0, 30.0, 3000.0]), seed=st.integers(0, 99))
def test_truth_is_the_difference_that_planting_makes(
    recording, settings, source, changes, size, seed
):
    windows = {"regress": [], "regress_lags": 0.0} | settings | changes
    task = task_with(source, amplitude=size)
    mixed = windows_of(recording, task, windows, seed)
    alone = windows_of(recording, task | {"plant": {}}, windows, seed)
    difference = mixed["signal"].astype(float) - alone["signal"]
    np.testing.assert_allclose(
        mixed["truth"], difference, atol=1e-6 * max(1, size / 10)
    )
    # What follows the ECG is regressed out of what was planted, too.
    least = 0.01 if changes and source == "heartbeat" else 0.3
    assert abs(mixed["truth"]).max() > least * size / settings["unit"]
    assert alone["truth"] is None
    for name in ("samples", "recording", "subject", "channels"):
        assert mixed[name] == alone[name]
    for name in ("label", "onset", "event"):
        np.testing.assert_array_equal(mixed[name], alone[name])


def test_the_heart_peaks_at_the_recorded_r_peaks_with_the_amplitude_asked_for(
    recording, peaks
):
    channels = recording.raw.ch_names[:-1]
    made = plant(
        recording, channels, task_with("heartbeat", amplitude=4.0), 3, "S1"
    )
    truth = made.truth(["heartbeat"]).get_data() * 1e6
    assert abs(truth).max() == pytest.approx(4.0, rel=0.02)
    strongest = abs(truth[abs(truth).max(axis=1).argmax()])
    for peak in peaks[1:-1]:
        around = slice(round((peak - 0.3) * 250), round((peak + 0.3) * 250))
        assert (
            abs(around.start / 250 + strongest[around].argmax() / 250 - peak)
            < 0.01
        )
    np.testing.assert_array_equal(
        made.raw.get_data(["ECG"]), recording.raw.get_data(["ECG"])
    )


def test_permuted_r_peaks_carry_the_planted_heart(recording, peaks, settings):
    task = task_with("heartbeat", amplitude=8.0) | {"permute_events": True}
    arrays = windows_of(recording, task, settings)
    truth = abs(arrays["truth"]).max(axis=1)
    checked = 0
    for event, course in zip(arrays["event"], truth, strict=True):
        for time in event[(event > 0.1) & (event < 0.9)]:
            around = slice(
                round((time - 0.08) * 200), round((time + 0.08) * 200)
            )
            assert (
                abs((around.start + course[around].argmax()) / 200 - time)
                < 0.015
            )
            checked += 1
    assert checked > 20
    times = (arrays["onset"][:, None] + arrays["event"]).ravel()
    times = times[np.isfinite(times)]
    assert np.median(abs(times[:, None] - peaks).min(axis=1)) > 0.1


@pytest.mark.slow
def test_amplitude_scales_the_field_and_nothing_else(recording):
    for source in PLANTS:
        one, three = (
            planted(recording, source, amplitude=size)[0]
            for size in (1.0, 3.0)
        )
        np.testing.assert_allclose(three, 3 * one, rtol=1e-6, atol=1e-12)


@pytest.mark.slow
def test_subjects_have_heads_of_their_own_and_recordings_share_one(recording):
    channels = recording.raw.ch_names[:-1]

    def field(subject, name):
        made = plant(
            recording._replace(name=name),
            channels,
            task_with("heartbeat"),
            3,
            subject,
        )
        truth = made.truth(["heartbeat"]).get_data()
        return truth / abs(truth).max()

    np.testing.assert_allclose(field("S1", "a"), field("S1", "b"))
    assert abs(field("S1", "a") - field("S2", "a")).max() > 0.01


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_saccades_go_to_the_side_of_the_label_or_the_other(
    make_raw, probability
):
    recording = Recording("a", make_raw(32, notes=NOTES))
    channels = recording.raw.ch_names
    truth, events = planted(
        recording, "saccade", label_probability=probability
    )
    assert set(events) == {1 if probability else -1}
    lateral = truth[channels.index("FP1")] - truth[channels.index("FP2")]
    sides = [
        lateral[round(on * 250) : round((on + 2) * 250)].sum() > 0
        for on, _, _ in NOTES
    ]
    left = [text == "left" for _, _, text in NOTES]
    assert sides == (left if probability else [not one for one in left])
    assert truth[:, :240].max() == 0


def test_alpha_is_on_in_trials_of_the_second_class_and_posterior(make_raw):
    recording = Recording("a", make_raw(32, notes=NOTES))
    channels = recording.raw.ch_names
    truth, events = planted(recording, "alpha")
    assert events.tolist() == [int(text == "right") for _, _, text in NOTES]
    power = (truth**2).mean(axis=1)
    assert power[channels.index("O1")] > 4 * power[channels.index("FP1")]
    for onset, length, text in NOTES:
        inside = truth[
            :, round((onset + 0.5) * 250) : round((onset + length - 0.5) * 250)
        ]
        assert (abs(inside).max() > 0) == (text == "right")


@pytest.mark.parametrize("task", [TRIALS, REST])
def test_events_are_what_the_planted_field_shows(make_raw, task):
    """Against the field itself: gaze by its side, alpha by its power in each trial."""
    recording = Recording("a", make_raw(40, notes=NOTES))
    trials = (
        tiles(recording)
        if task is REST
        else imagery_candidates(recording.raw, task)
    )
    channels = recording.raw.ch_names
    options = {
        "amplitude": 9.0,
        "label_probability": 0.7,
        "trial_probability": 0.7,
    }
    for source in ("saccade", "alpha"):
        own = task | {"plant": {source: PLANTS[source] | options}}
        truth, events = planted(recording, source, own)
        left = truth[channels.index("FP1")] - truth[channels.index("FP2")]
        seen = (
            left if source == "saccade" else -abs(truth[channels.index("O1")])
        )
        inside = [
            slice(round(on * 250), round((on + 1.9) * 250))
            for on in trials.onset
        ]
        side = -np.sign([seen[part].sum() for part in inside])
        assert len(set(events)) == 3
        np.testing.assert_array_equal(events, side * (2 * trials.label - 1))


def test_windows_at_rest_keep_what_is_planted_to_themselves(make_raw):
    recording = Recording("a", make_raw(40))
    trials = tiles(recording)
    for source in ("saccade", "alpha"):
        task = REST | {
            "plant": {source: PLANTS[source] | {"label_probability": 0.5}}
        }
        if source == "saccade":
            task["plant"][source]["trial_probability"] = 0.5
        truth, events = planted(recording, source, task)
        size = abs(truth).max(axis=0)
        for onset, event in zip(trials.onset, events, strict=True):
            within = size[round(onset * 250) : round((onset + 2) * 250)]
            if event == 0:
                assert within.max() < 0.02 * size.max()
            else:
                assert within.max() > 0.1 * size.max()


@pytest.mark.slow
def test_what_follows_the_label_also_does_at_a_larger_probability(make_raw):
    recording = Recording("a", make_raw(80))
    for source in ("saccade", "alpha"):
        sides = []
        for probability in (0.5, 0.6, 0.8, 1.0):
            options = PLANTS[source] | {"label_probability": probability}
            _, events = planted(
                recording, source, REST | {"plant": {source: options}}
            )
            label = tiles(recording).label
            # Alpha that is absent speaks for the first class.
            side = np.where(
                events == 0, 0, np.where(events == 1, label, 1 - label)
            )
            sides.append(side == label)
        for fewer, more in zip(sides[:-1], sides[1:], strict=True):
            assert (more | ~fewer).all()
        assert sides[-1].all()
        assert not sides[0].all()


def test_a_saccade_too_late_to_be_over_is_no_event(make_raw):
    recording = Recording("a", make_raw(10))
    late = Candidates(np.array([2.0, 9.0]), np.array([0, 1]), None, [])
    task = task_with("saccade")
    truth = plant(
        recording, recording.raw.ch_names, task, 3, "S1", late
    ).truth(["saccade"])
    assert planted_events(recording, task, 3, "S1", late).tolist() == [1, 0]
    assert abs(truth.get_data()[:, round(9.0 * 250) :]).max() == 0


def test_trials_too_short_for_a_window_hold_nothing(make_raw):
    notes = [*NOTES[:5], (20.0, 0.9, "left"), *NOTES[7:]]
    recording = Recording("a", make_raw(32, notes=notes))
    truth, events = planted(recording, "saccade")
    assert len(events) == len(notes) - 1
    assert abs(truth[:, 20 * 250 : 22 * 250]).max() == 0
    assert abs(truth[:, 22 * 250 :]).max() > 0


@pytest.mark.slow
def test_windows_know_the_event_of_the_source_that_is_named_first(
    recording, settings
):
    noisy = recording._replace(raw=recording.raw.copy())
    noisy.raw._data[0, round(4.5 * 250)] += 5e-3
    gaze = PLANTS["saccade"] | {"label_probability": 0.6}
    plants = {
        "saccade": gaze,
        "alpha": PLANTS["alpha"],
        "heartbeat": PLANTS["heartbeat"],
    }
    alone = windows_of(noisy, TRIALS | {"plant": {"saccade": gaze}}, settings)
    several = windows_of(noisy, TRIALS | {"plant": plants}, settings)
    assert len(alone["planted"]) == len(alone["label"]) == len(NOTES) - 1
    assert set(alone["planted"]) == {-1, 1}
    np.testing.assert_array_equal(several["planted"], alone["planted"])
    alpha = windows_of(
        noisy, TRIALS | {"plant": {"alpha": PLANTS["alpha"]}}, settings
    )
    np.testing.assert_array_equal(alpha["planted"], alpha["label"])
    for source in ("heartbeat", "saccade"):
        none = windows_of(noisy, task_with(source, amplitude=0), settings)
        assert "planted" not in none
    assert "planted" not in windows_of(noisy, task_with("heartbeat"), settings)


def test_the_recording_itself_stays_as_it_was(recording):
    before = recording.raw.get_data()
    channels = recording.raw.ch_names[:-1]
    plant(recording, channels, task_with("heartbeat"), 3, "S1")
    np.testing.assert_array_equal(recording.raw.get_data(), before)


def test_an_amplitude_of_zero_plants_nothing(recording, settings):
    task = task_with("heartbeat", amplitude=0)
    assert planted_sources(task) == []
    assert (
        plant(recording, recording.raw.ch_names[:-1], task, 3, "S1")
        is recording
    )
    assert windows_of(recording, task, settings)["truth"] is None


def test_a_heart_without_ecg_is_an_error_that_names_the_recording(make_raw):
    bare = Recording("run-1", make_raw(32, notes=NOTES))
    with pytest.raises(InputError, match="run-1: channels: no ECG channel"):
        plant(bare, bare.raw.ch_names, task_with("heartbeat"), 3, "S1")


def test_an_ecg_that_cannot_be_read_refuses_the_recording(recording, settings):
    recording.raw.apply_function(lambda x: 0 * x, picks=["ECG"])
    with pytest.raises(CannotUse, match="ECG is flat"):
        plant(
            recording,
            recording.raw.ch_names[:-1],
            task_with("heartbeat"),
            3,
            "S1",
        )
    assert (
        windows_of(recording, task_with("heartbeat"), settings)["truth"].shape[
            0
        ]
        == 0
    )


def test_an_electrode_without_position_is_an_error(recording):
    recording.raw.rename_channels({"C3": "CB1"})
    with pytest.raises(InputError, match="run: channels: CB1 not in montage"):
        plant(
            recording,
            recording.raw.ch_names[:-1],
            task_with("heartbeat"),
            3,
            "S1",
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "dataset", "subject"),
    [
        (
            "heartbeat",
            {"source": "eegmat", "recordings": ["arithmetic"]},
            "Subject00",
        ),
        ("saccade", {"source": "eegmmidb", "runs": "imagery"}, "S001"),
    ],
)
def test_real_recordings(shared_data, settings, source, dataset, subject):
    settings |= {"notch": 50.0 if source == "heartbeat" else 60.0}
    dataset |= {
        "folder": dataset["source"],
        "download": False,
        "subjects": "all",
    }
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
