"""The files that the simulated source writes, and what is read back from them."""

import copy
import json
from pathlib import Path

import edfio
import mne
import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.recordings import simulated
from eeglrp.recordings.simulation.settings import DEFAULTS, PARADIGMS
from eeglrp.store import open_dataset

SEED = 7


def small(**changes):
    dataset = copy.deepcopy(DEFAULTS)
    dataset["sources"]["background"]["dipoles"] = 40
    return (
        dataset | {"duration": 30, "trials": 8, "trial_length": 3.0} | changes
    )


def prepare(folder, subject="S001", seed=SEED, **changes):
    edf, truth = (
        folder / f"{subject}.edf",
        folder / f"{subject}-truth.zarr.zip",
    )
    return simulated.prepare(small(**changes), None, subject, seed, edf, truth)


@pytest.fixture(scope="module", params=PARADIGMS)
def manifest(request, tmp_path_factory):
    return prepare(
        tmp_path_factory.mktemp(request.param), paradigm=request.param
    )


@pytest.fixture
def own_manifest(tmp_path):
    return prepare(tmp_path)


def test_names_the_subjects_without_making_anything():
    assert simulated.subjects({"subjects": 3}) == ["S001", "S002", "S003"]
    assert simulated.files(small(), None, "S001") == []


def test_another_first_subject_makes_another_cohort():
    cohort = simulated.subjects({"subjects": 2, "first_subject": 101})
    assert cohort == ["S101", "S102"]


@pytest.mark.parametrize("number", [0, "one", 1.5])
def test_refuses_a_first_subject_that_is_no_number(number):
    with pytest.raises(InputError, match="first_subject"):
        simulated.subjects({"subjects": 3, "first_subject": number})


@pytest.mark.parametrize("number", [0, "all", 2.5])
def test_refuses_a_number_of_subjects_that_is_none(number):
    with pytest.raises(InputError, match="subjects"):
        simulated.subjects({"subjects": number})


@pytest.mark.slow
def test_recording_is_the_sum_of_its_sources(manifest):
    signals = edfio.read_edf(manifest["files"][0]["path"]).signals
    with open_dataset(manifest["truth"]["path"]) as store:
        total = store["contribution"].sum("source").values
        assert list(store["source"].values) == list(
            PARADIGMS[manifest["dataset"]["paradigm"]]
        )
    for signal, planted in zip(signals, total, strict=True):
        low, high = signal.physical_range
        half_step = (high - low) / 65534 / 2
        assert np.abs(signal.data - planted).max() <= half_step * (1 + 1e-6)


def test_file_is_edf_plus_as_an_amplifier_writes_it(manifest):
    edf = edfio.read_edf(manifest["files"][0]["path"])
    assert edf.startdate.isoformat() == "2000-01-01"
    assert edf.patient.code == "S001"
    assert [signal.label for signal in edf.signals[:2]] == [
        "EEG Fp1",
        "EEG Fp2",
    ]
    assert edf.signals[-1].label == "ECG"
    assert {signal.physical_dimension for signal in edf.signals} == {"uV"}
    for signal in edf.signals:
        assert np.abs(signal.data).max() > 0.9 * (signal.physical_range[1] - 1)


def test_manifest_is_json_and_knows_both_files(manifest):
    assert json.loads(json.dumps(manifest)) == manifest
    for entry in [*manifest["files"], manifest["truth"]]:
        assert Path(entry["path"]).stat().st_size == entry["bytes"]


def test_read_gives_canonical_channels_with_positions(manifest):
    (recording,) = simulated.read(manifest)
    raw = recording.raw
    assert recording.name == manifest["dataset"]["paradigm"]
    assert raw.ch_names == [
        *(name.upper() for name in DEFAULTS["channels"]),
        "ECG",
    ]
    assert raw.get_channel_types() == ["eeg"] * 19 + ["ecg"]
    places = np.array([channel["loc"][:3] for channel in raw.info["chs"][:-1]])
    assert np.isfinite(places).all()
    assert raw.info["sfreq"] == 250


def test_annotations_of_imagery(tmp_path):
    (recording,) = simulated.read(prepare(tmp_path, paradigm="imagery"))
    annotations = recording.raw.annotations
    assert (
        sorted(annotations.description)
        == ["left"] * 4 + ["rest"] * 8 + ["right"] * 4
    )
    trials = annotations[annotations.description != "rest"]
    assert np.allclose(trials.duration, 3.0)
    assert trials.onset[-1] + 3.0 <= recording.raw.times[-1]


def test_annotations_of_affect(tmp_path):
    (recording,) = simulated.read(prepare(tmp_path, paradigm="affect"))
    ratings = [
        dict(word.split("=") for word in description.split())
        for description in recording.raw.annotations.description
    ]
    assert len(ratings) == 8
    for name in ("arousal", "valence"):
        values = np.array([float(rating[name]) for rating in ratings])
        assert (values > 5).sum() == 4
        assert ((values >= 1) & (values <= 9)).all()


def test_a_naturalistic_recording_is_rated_throughout(tmp_path):
    more = {
        "rating_rate": 2,
        "rating_lag": 3.0,
        "ride_length": 10,
        "break_length": 5,
    }
    (recording,) = simulated.read(
        prepare(tmp_path, paradigm="naturalistic", **more)
    )
    assert set(recording.ratings) == {"arousal", "valence"}
    times, values = recording.ratings["arousal"]
    assert times[:3].tolist() == [0.0, 0.5, 1.0]
    assert times[-1] >= 33
    assert ((values >= 1) & (values <= 9)).all()
    assert list(recording.raw.annotations.description) == [
        "break",
        "ride",
        "break",
        "ride",
    ]


def test_other_recordings_are_not(own_manifest):
    (recording,) = simulated.read(own_manifest)
    assert recording.ratings == {}


def test_truth_of_all_sources_is_the_recording(manifest):
    (recording,) = simulated.read(manifest)
    raw, names = recording.raw, PARADIGMS[manifest["dataset"]["paradigm"]]
    truth = recording.truth(names)
    assert truth.ch_names == raw.ch_names
    assert truth.get_channel_types() == raw.get_channel_types()
    assert list(truth.annotations.description) == list(
        raw.annotations.description
    )
    assert np.allclose(truth.annotations.onset, raw.annotations.onset)
    assert np.abs(truth.get_data() - raw.get_data()).max() < 0.05e-6


def test_truth_of_one_source_is_its_own(manifest):
    (recording,) = simulated.read(manifest)
    heartbeat = recording.truth(["heartbeat"]).get_data() * 1e6
    mu = recording.truth(["mu"]).get_data() * 1e6
    both = recording.truth(["mu", "heartbeat"]).get_data() * 1e6
    assert heartbeat[-1].max() > 500
    assert not mu[-1].any()
    assert np.allclose(both, mu + heartbeat)


def test_truth_refuses_a_source_that_is_not_there(own_manifest):
    (recording,) = simulated.read(own_manifest)
    with pytest.raises(InputError, match="arousal not simulated here"):
        recording.truth(["arousal"])


def test_truth_refuses_a_recording_of_another_length(own_manifest):
    (recording,) = simulated.read(own_manifest)
    with pytest.raises(InputError, match="differs from the recording"):
        simulated.read_truth(
            own_manifest["truth"]["path"], recording.raw.crop(0, 10), ["mu"]
        )


def test_detector_finds_the_true_r_peaks(manifest):
    (recording,) = simulated.read(manifest)
    events, _, _ = mne.preprocessing.find_ecg_events(
        recording.raw, ch_name="ECG", verbose="ERROR"
    )
    found = events[:, 0] / recording.raw.info["sfreq"]
    with open_dataset(manifest["truth"]["path"]) as store:
        true = store["r_peak"].values
    inner = true[(true > 0.5) & (true < recording.raw.times[-1] - 0.5)]
    missed = np.abs(inner[:, None] - found).min(axis=1) > 0.01
    assert missed.mean() < 0.05
    assert np.abs(found[:, None] - true).min(axis=1).max() < 0.01


@pytest.mark.slow
def test_same_settings_give_the_same_bytes(tmp_path):
    first, again, other_seed, other_subject = (
        prepare(tmp_path / str(i), subject, seed, paradigm="imagery")
        for i, (subject, seed) in enumerate(
            [
                ("S001", SEED),
                ("S001", SEED),
                ("S001", SEED + 1),
                ("S002", SEED),
            ]
        )
    )
    hashes = [
        (manifest["files"][0]["sha256"], manifest["truth"]["sha256"])
        for manifest in (first, again, other_seed, other_subject)
    ]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3


def test_refuses_a_recording_cut_short(own_manifest):
    path = Path(own_manifest["files"][0]["path"])
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(InputError, match=path.name):
        list(simulated.read(own_manifest))


@pytest.mark.parametrize("which", ["recording", "truth"])
def test_refuses_a_missing_file(own_manifest, which):
    entry = (
        own_manifest["truth"] if which == "truth" else own_manifest["files"][0]
    )
    Path(entry["path"]).unlink()
    with pytest.raises(InputError, match="gone"):
        list(simulated.read(own_manifest))


def test_bad_settings_leave_nothing_behind(tmp_path):
    with pytest.raises(InputError, match="duration"):
        prepare(tmp_path, duration=-1)
    assert not list(tmp_path.iterdir())
