import json

import mne
import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.files import read_table, write_json
from eeglrp.recordings.registry import Recording, load
from eeglrp.store import open_windows, window_array
from eeglrp.windowing.windows import make_task_windows, make_windows

CHANNELS = ["FP1", "FP2", "C3", "CZ", "C4", "O1", "O2"]
R_PEAK = {
    "dataset": "rest",
    "classes": ["between", "r_peak"],
    "length": 1.0,
    "jitter": 0.12,
    "min_r_peaks": 20,
    "heart_rate": [40, 120],
    "max_irregular": 0.1,
    "truth": [],
}
IMAGERY = {
    "dataset": "imagery",
    "classes": ["left", "right"],
    "start": 0.5,
    "length": 2.0,
    "truth": [],
}
AROUSAL = {
    "dataset": "affect",
    "classes": ["low", "high"],
    "rating": "arousal",
    "threshold": "median",
    "length": 2.0,
    "truth": [],
}
TRIALS = [(2.0 + 4 * i, 4.0, "left" if i % 2 else "right") for i in range(8)]


@pytest.fixture
def settings():
    return {
        "high_pass": 0.1,
        "low_pass": 75.0,
        "notch": 50.0,
        "sampling_rate": 200,
        "unit": 100.0,
        "reference": None,
        "flat": 0.1,
        "noisy": 10.0,
        "max_bad": 0.3,
        "peak_to_peak": 1000.0,
    }


def make_raw(
    seconds=40, notes=(), peaks=None, seed=0, rate=250, channels=CHANNELS
):
    rng = np.random.default_rng(seed)
    n_times = int(seconds * rate)
    signal = rng.normal(0, 10, (len(channels), n_times))
    names, kinds = list(channels), ["eeg"] * len(channels)
    if peaks is not None:
        times = np.arange(n_times) / rate
        beats = np.exp(-0.5 * ((times[:, None] - peaks) / 0.012) ** 2).sum(1)
        signal = np.vstack([signal, 1000 * beats + rng.normal(0, 20, n_times)])
        names, kinds = [*names, "ECG"], [*kinds, "ecg"]
    raw = mne.io.RawArray(
        signal * 1e-6, mne.create_info(names, rate, kinds), verbose="ERROR"
    )
    raw.set_montage(
        "colin27_1005", match_case=False, on_missing="ignore", verbose="ERROR"
    )
    if notes:
        raw.set_annotations(
            mne.Annotations(*map(list, zip(*notes, strict=True)))
        )
    return raw


@pytest.fixture
def heart():
    return 0.4 + np.cumsum(np.random.default_rng(3).uniform(0.8, 1.0, 42))


def count(counts, item, name=""):
    rows = counts[(counts["item"] == item) & (counts["name"] == name)]
    return int(rows["count"].sum())


def test_labels_follow_the_r_peaks_position(heart, settings):
    recording = Recording("rest", make_raw(40, peaks=heart))
    arrays, counts = make_windows(
        [recording], "r_peak", R_PEAK, settings, 7, "S1"
    )
    assert arrays["signal"].shape == (len(arrays["label"]), 7, 200)
    sample = 1 / 200
    for event, label in zip(arrays["event"], arrays["label"], strict=True):
        near = (
            np.nanmin(abs(event - 0.5)) if np.isfinite(event).any() else np.inf
        )
        if label:
            assert near <= 0.12 + sample
        else:
            assert near > 0.12 - sample
    assert (arrays["label"] == 1).sum() == count(
        counts, "window_kept", "r_peak"
    )
    assert (arrays["label"] == 0).sum() == count(
        counts, "window_kept", "between"
    )
    assert abs((arrays["label"] == 1).mean() - 0.5) < 0.05


def test_stored_events_are_the_recordings_r_peaks(heart, settings):
    recording = Recording("rest", make_raw(40, peaks=heart))
    arrays, counts = make_windows(
        [recording], "r_peak", R_PEAK, settings, 7, "S1"
    )
    times = arrays["onset"][:, None] + arrays["event"]
    times = times[np.isfinite(times)]
    assert abs(times[:, None] - heart).min(axis=1).max() < 0.01
    for onset, event in zip(arrays["onset"], arrays["event"], strict=True):
        inside = ((heart > onset + 0.01) & (heart < onset + 0.99)).sum()
        assert np.isfinite(event).sum() >= inside - 1
    assert count(counts, "r_peaks_found") >= 40


@pytest.mark.slow
def test_the_seed_places_the_windows(heart, settings):
    def onsets(seed, subject):
        recording = Recording("rest", make_raw(40, peaks=heart))
        return make_windows(
            [recording], "r_peak", R_PEAK, settings, seed, subject
        )[0]["onset"]

    np.testing.assert_array_equal(onsets(1, "S1"), onsets(1, "S1"))
    assert not np.array_equal(onsets(1, "S1"), onsets(2, "S1"))
    assert not np.array_equal(onsets(1, "S1"), onsets(1, "S2"))


def test_windows_hold_the_conditioned_signal_at_their_onset(settings):
    settings |= {"high_pass": 0, "low_pass": None, "notch": None}
    raw = make_raw(40, TRIALS, rate=200)
    arrays, counts = make_windows(
        [Recording("a", raw)], "motor_imagery", IMAGERY, settings, 1, "S"
    )
    assert arrays["onset"].tolist() == [2.5 + 4 * i for i in range(8)]
    assert arrays["label"].tolist() == [1, 0] * 4
    expected = raw.get_data()[:, 500:900] * 1e6 / 100
    np.testing.assert_allclose(arrays["signal"][0], expected, rtol=1e-5)
    assert arrays["samples"][:2] == ["S/a/00000", "S/a/00001"]
    assert arrays["event"] is None
    assert count(counts, "window_kept", "left") == 4


def test_truth_is_cut_like_the_signal(settings):
    rest, planted = make_raw(40, TRIALS, seed=1), make_raw(40, seed=2)
    both = rest.copy()
    both._data += planted.get_data()
    task = IMAGERY | {"truth": ["mu"]}
    mixed = Recording("a", both, truth=lambda sources: planted.copy())
    arrays, _ = make_windows([mixed], "motor_imagery", task, settings, 1, "S")
    alone, _ = make_windows(
        [Recording("a", rest)], "motor_imagery", IMAGERY, settings, 1, "S"
    )
    assert arrays["truth"].shape == arrays["signal"].shape
    np.testing.assert_allclose(
        arrays["signal"] - arrays["truth"], alone["signal"], atol=1e-6
    )
    assert alone["truth"] is None


def test_labels_compare_ratings_of_all_recordings(settings):
    first = make_raw(
        20, [(0.0, 6.0, "arousal=2"), (8.0, 6.0, "arousal=3")], seed=1
    )
    second = make_raw(
        20, [(0.0, 6.0, "arousal=7"), (8.0, 5.0, "arousal=8")], seed=2
    )
    recordings = [Recording("a", first), Recording("b", second)]
    arrays, _ = make_windows(recordings, "arousal", AROUSAL, settings, 1, "S")
    assert arrays["recording"] == ["a"] * 6 + ["b"] * 5
    assert arrays["label"].tolist() == [0] * 6 + [1] * 5
    assert arrays["samples"][6] == "S/b/00000"


def test_windows_keep_their_rating_and_heart_rate(settings, heart):
    notes = [
        (0.0, 6.0, "arousal=2"),
        (8.0, 6.0, "arousal=7"),
        (16.0, 6.0, "arousal=5"),
    ]
    notes.append((3.0, 0.1, "BAD_muscle"))
    recording = Recording("a", make_raw(40, notes, peaks=heart))
    terciles = AROUSAL | {"threshold": "tercile"}
    arrays, _ = make_windows(
        [recording], "arousal", terciles, settings, 1, "S"
    )
    assert arrays["rating"].tolist() == [2, 2, 7, 7, 7]
    assert arrays["event"] is None
    assert "heart_rate" not in arrays
    asked = R_PEAK | terciles | {"r_peaks": True}
    arrays, _ = make_windows([recording], "arousal", asked, settings, 1, "S")
    rates = [
        np.nan,
        *[60 / 0.9] * 4,
    ]  # The first window begins before the first R-peak.
    assert arrays["heart_rate"] == pytest.approx(rates, rel=0.2, nan_ok=True)
    assert np.isfinite(arrays["event"]).sum(axis=1).min() >= 1


def test_a_recording_that_was_rated_throughout(settings):
    times = np.arange(0, 30.0)
    raw = make_raw(40)
    recordings = [
        Recording("a", raw, ratings={"arousal": (times, times)}),
        Recording("b", raw, ratings={"arousal": (times, np.full(30, np.nan))}),
    ]
    arrays, counts = make_windows(
        recordings, "arousal", AROUSAL, settings, 1, "S"
    )
    assert arrays["rating"].tolist() == [0.5 + 2 * i for i in range(15)]
    assert arrays["label"].tolist() == [0] * 8 + [1] * 7
    assert count(counts, "window_left_out", "rating_unknown") == 5
    assert (
        count(counts, "recording_refused", "arousal not known for any window")
        == 1
    )


def test_rejected_windows_are_counted_with_their_reason(settings):
    notes = [*TRIALS, (39.0, 0.0, "left"), (11.0, 0.5, "BAD_muscle")]
    raw = make_raw(40, notes)
    raw._data[3, int(7.5 * 250) : int(7.6 * 250)] += 5e-3
    arrays, counts = make_windows(
        [Recording("a", raw)], "motor_imagery", IMAGERY, settings, 1, "S"
    )
    assert len(arrays["label"]) == 6
    for reason in ("edge", "bad_span", "peak_to_peak"):
        assert count(counts, "window_rejected", reason) == 1
    assert count(counts, "trial_found", "left") == 5
    assert set(counts["subject"]) == {"S"}


def test_recordings_without_the_classes_are_left_unused(settings):
    notes = [(2.0, 4.0, "fists")]
    recordings = [
        Recording("R04", make_raw(40, TRIALS)),
        Recording("R06", make_raw(10, notes)),
    ]
    arrays, counts = make_windows(
        recordings, "motor_imagery", IMAGERY, settings, 1, "S"
    )
    assert set(arrays["recording"]) == {"R04"}
    assert count(counts, "recording_unused") == 1


def test_a_recording_that_cannot_serve_does_not_stop_the_others(
    heart, settings
):
    flat = make_raw(40, peaks=heart)
    flat._data[-1] = 0
    recordings = [
        Recording("good", make_raw(40, peaks=heart)),
        Recording("flat", flat),
    ]
    arrays, counts = make_windows(
        recordings, "r_peak", R_PEAK, settings, 1, "S"
    )
    assert set(arrays["recording"]) == {"good"}
    assert count(counts, "recording_refused", "ECG is flat") == 1


def test_noise_in_the_place_of_an_ecg_is_refused(heart, settings):
    raw = make_raw(40, peaks=heart)
    raw._data[-1] = raw._data[0]
    arrays, counts = make_windows(
        [Recording("a", raw)], "r_peak", R_PEAK, settings, 1, "S"
    )
    assert len(arrays["label"]) == 0
    (reason,) = counts.loc[counts["item"] == "recording_refused", "name"]
    assert reason.startswith("ECG not trusted")


def test_blocks_with_different_numbers_of_events_join(heart, settings):
    fast = 0.4 + np.arange(60) * 0.65
    recordings = [
        Recording("slow", make_raw(40, peaks=heart)),
        Recording("fast", make_raw(40, peaks=fast)),
    ]
    arrays, _ = make_windows(recordings, "r_peak", R_PEAK, settings, 1, "S")
    assert set(arrays["recording"]) == {"slow", "fast"}
    assert len(arrays["event"]) == len(arrays["label"])
    assert np.isfinite(arrays["event"]).any(axis=1).any()


def test_a_refused_recording_keeps_its_reason_and_counts(settings):
    recording = Recording(
        "R04", make_raw(10), None, "sampling rate 128 Hz", (("x", "y", 1),)
    )
    arrays, counts = make_windows(
        [recording], "motor_imagery", IMAGERY, settings, 1, "S"
    )
    assert arrays["signal"].shape == (0, 7, 400)
    assert count(counts, "recording_refused", "sampling rate 128 Hz") == 1
    assert count(counts, "x", "y") == 1


def test_only_the_channels_asked_for(settings):
    recording = Recording("a", make_raw(40, TRIALS))
    every, _ = make_windows(
        [recording], "motor_imagery", IMAGERY, settings, 1, "S"
    )
    some = settings | {"channels": ["Cz", "FP1", "O2"]}
    arrays, _ = make_windows(
        [recording], "motor_imagery", IMAGERY, some, 1, "S"
    )
    assert arrays["channels"] == ["FP1", "CZ", "O2"]
    index = [CHANNELS.index(name) for name in arrays["channels"]]
    np.testing.assert_allclose(
        arrays["signal"], every["signal"][:, index], atol=1e-6
    )
    whole, _ = make_windows(
        [recording],
        "motor_imagery",
        IMAGERY,
        settings | {"channels": None},
        1,
        "S",
    )
    assert whole["channels"] == CHANNELS


def test_channels_that_are_not_there_are_named(settings):
    some = settings | {"channels": ["CZ", "AF7", "Nose"]}
    message = "a: windows.channels: AF7, Nose: no such channel.*FP1, FP2, C3"
    with pytest.raises(InputError, match=message):
        make_windows(
            [Recording("a", make_raw(40, TRIALS))],
            "motor_imagery",
            IMAGERY,
            some,
            1,
            "S",
        )


def test_channels_must_agree_within_a_subject(settings):
    recordings = [
        Recording("a", make_raw(40, TRIALS)),
        Recording("b", make_raw(40, TRIALS, channels=[*CHANNELS[:-1], "OZ"])),
    ]
    with pytest.raises(
        InputError, match="b: O2, OZ: not in all recordings of subject S"
    ):
        make_windows(recordings, "motor_imagery", IMAGERY, settings, 1, "S")


def test_another_order_of_channels_is_put_right(settings):
    raw = make_raw(40, TRIALS)
    other = raw.copy().reorder_channels(CHANNELS[::-1])
    recordings = [Recording("a", raw), Recording("b", other)]
    arrays, _ = make_windows(
        recordings, "motor_imagery", IMAGERY, settings, 1, "S"
    )
    np.testing.assert_allclose(
        arrays["signal"][:8], arrays["signal"][8:], atol=1e-6
    )


@pytest.mark.parametrize(
    ("task_name", "task", "notes", "message"),
    [
        ("motor_imagery", IMAGERY, (), "a: annotations: there are none"),
        (
            "motor_imagery",
            IMAGERY,
            [(1.0, 4.0, "T1")],
            "tasks.motor_imagery.classes: left, right",
        ),
        ("arousal", AROUSAL, (), "a: annotations: there are none"),
        (
            "arousal",
            AROUSAL,
            TRIALS[:4],
            "tasks.arousal.rating: arousal: none found",
        ),
        ("r_peak", R_PEAK, (), "a: channels: no ECG channel"),
    ],
)
def test_structural_faults_are_errors(
    settings, task_name, task, notes, message
):
    with pytest.raises(InputError, match=message):
        make_windows(
            [Recording("a", make_raw(20, notes))],
            task_name,
            task,
            settings,
            1,
            "S",
        )


def test_no_recordings_at_all(settings):
    with pytest.raises(
        InputError, match="subject S: recordings: there are none"
    ):
        make_windows([], "r_peak", R_PEAK, settings, 1, "S")


@pytest.fixture
def manifest(tmp_path, monkeypatch):
    """Function that writes a manifest whose recordings are the ones given."""

    def write(*recordings):
        monkeypatch.setattr(
            load("eegmat"), "read", lambda record: iter(recordings)
        )
        record = {
            "source": "eegmat",
            "dataset": {},
            "subject": "01",
            "files": [],
        }
        write_json(record, tmp_path / "manifest.json")
        return tmp_path / "manifest.json"

    return write


def test_a_subjects_store_and_table(tmp_path, manifest, heart, settings):
    path = manifest(Recording("rest", make_raw(40, peaks=heart)))
    store, table = tmp_path / "w.zarr.zip", tmp_path / "w.tsv"
    make_task_windows(path, "r_peak", R_PEAK, settings, 1, store, table)
    windows, counts = (
        open_windows(store),
        read_table(table, ["subject", "item"]),
    )
    assert not {"rating", "heart_rate"} & set(windows)
    assert windows["signal"].dims == ("channel", "time", "sample")
    assert list(windows["channel"].values) == CHANNELS
    assert windows.attrs["classes"] == ["between", "r_peak"]
    json.dumps(windows.attrs)
    assert set(windows["event"].dims) == {"sample", "event_number"}
    assert window_array(windows).std() == pytest.approx(0.07, rel=0.3)
    assert (
        windows.sizes["sample"]
        == counts.loc[counts["item"] == "window_kept", "count"].sum()
    )
    assert set(counts["subject"]) == {"01"}


def test_a_subjects_own_scale_is_in_its_store(
    tmp_path, manifest, heart, settings
):
    """Whoever needs microvolt finds them again."""
    path = manifest(Recording("rest", make_raw(40, peaks=heart)))
    stores = {}
    for scale in (None, "subject"):
        store = tmp_path / f"{scale}.zarr.zip"
        of_scale = settings | {"scale": scale}
        counts = tmp_path / "w.tsv"
        make_task_windows(path, "r_peak", R_PEAK, of_scale, 1, store, counts)
        stores[scale] = open_windows(store)
    as_set, scaled = stores[None], stores["subject"]
    assert as_set["signal"].attrs["units"] == "0.1 mV"
    unit = scaled.attrs["settings"]["unit"]
    assert scaled["signal"].attrs["units"] == f"{unit:g} uV"
    signal = window_array(scaled)
    assert np.median(signal.std((0, 2))) == pytest.approx(0.5, rel=1e-4)
    microvolt = 100 * window_array(as_set)
    np.testing.assert_allclose(unit * signal, microvolt, rtol=1e-5)


def test_a_subject_without_windows_still_has_its_files(
    tmp_path, manifest, settings, heart
):
    few = Recording("rest", make_raw(40, peaks=heart[:8]))
    store, table = tmp_path / "w.zarr.zip", tmp_path / "w.tsv"
    task = R_PEAK | {"truth": ["heartbeat"]}
    make_task_windows(manifest(few), "r_peak", task, settings, 1, store, table)
    windows = open_windows(store)
    assert windows.sizes["sample"] == 0
    assert window_array(windows).shape == (0, 7, 200)
    assert {"truth", "event"} <= set(windows)
    reasons = read_table(table)["name"].tolist()
    assert reasons == ["too few R-peaks (8, fewer than 20)"]


def test_a_subject_whose_ratings_cannot_serve_still_has_its_files(
    tmp_path, manifest, settings, heart
):
    ratings = {"arousal": (np.arange(40.0), np.full(40, 5.0))}
    constant = Recording("film", make_raw(40, peaks=heart), ratings=ratings)
    store, table = tmp_path / "w.zarr.zip", tmp_path / "w.tsv"
    task = R_PEAK | AROUSAL | {"r_peaks": True}
    make_task_windows(
        manifest(constant), "arousal", task, settings, 1, store, table
    )
    windows = open_windows(store)
    assert windows.sizes["sample"] == 0
    assert {"rating", "heart_rate", "event"} <= set(windows)
    assert read_table(table)["name"].tolist() == ["arousal is constant"]


def test_nothing_is_written_when_the_input_is_faulty(
    tmp_path, manifest, settings
):
    path = manifest(Recording("rest", make_raw(20)))
    with pytest.raises(InputError, match="no ECG channel"):
        make_task_windows(
            path,
            "r_peak",
            R_PEAK,
            settings,
            1,
            tmp_path / "w.zarr.zip",
            tmp_path / "t",
        )
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.json"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "dataset", "subject", "task_name", "task", "kept"),
    [
        (
            "eegmmidb",
            {"runs": "imagery"},
            "S002",
            "motor_imagery",
            {"start": 0.0, "length": 4.0},
            45,
        ),
        (
            "eegmat",
            {"recordings": ["arithmetic"]},
            "Subject09",
            "r_peak",
            {},
            162,
        ),
        ("dasps", {}, "S02", "arousal", {"length": 3.0}, 60),
    ],
)
def test_real_recordings(
    tmp_path,
    shared_data,
    settings,
    source,
    dataset,
    subject,
    task_name,
    task,
    kept,
):
    tasks = {"r_peak": R_PEAK, "motor_imagery": IMAGERY, "arousal": AROUSAL}
    dataset = {
        "folder": source,
        "download": False,
        "subjects": "all",
    } | dataset
    record = load(source).prepare(dataset, shared_data, subject, 1)
    write_json(record, tmp_path / "m.json")
    task = tasks[task_name] | task
    files = tmp_path / "w.zarr.zip", tmp_path / "w.tsv"
    make_task_windows(
        tmp_path / "m.json", task_name, task, settings, 1, *files
    )
    windows = open_windows(files[0])
    assert windows.sizes["sample"] == kept
    assert ("rating" in windows) == (task_name == "arousal")
    signal = window_array(windows)
    assert np.isfinite(signal).all()
    assert 0.02 < signal.std() < 1
