import mne
import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.recordings import eegmmidb
from eeglrp.scalp.channels import LABRAM_NAMES

SETTINGS = {
    "folder": "eegmmidb",
    "download": False,
    "subjects": "all",
    "runs": "imagery",
}
EVENTS = [(0.0, 1.0, "T0"), (1.0, 1.0, "T1"), (2.0, 1.0, "T2")]


@pytest.fixture
def data_root(tmp_path, write_edf):
    """Two subjects in the published layout: all hands' runs of one, one limbs' run of the other."""
    for subject, runs in (("S001", (3, 4, 8, 12)), ("S002", (6,))):
        for run in runs:
            path = tmp_path / "eegmmidb" / subject / f"{subject}R{run:02d}.edf"
            write_edf(path, ["Fc5.", "C3..", "Iz.."], 160, 4, EVENTS)
    return tmp_path


def test_subjects_are_those_in_the_folder(data_root):
    assert eegmmidb.subjects(SETTINGS, data_root) == ["S001", "S002"]
    assert eegmmidb.subjects(SETTINGS | {"subjects": [2]}, data_root) == [
        "S002"
    ]


@pytest.mark.parametrize(
    "layout",
    ["", "files/eegmmidb/1.0.0", "MNE-eegbci-data/files/eegmmidb/1.0.0"],
)
@pytest.mark.parametrize("nested", [True, False])
def test_layouts(tmp_path, write_edf, layout, nested):
    folder = tmp_path / "eegmmidb" / layout / ("S007" if nested else "")
    path = write_edf(folder / "S007R04.edf", ["Cz.."])
    assert eegmmidb.subjects(SETTINGS, tmp_path) == ["S007"]
    assert eegmmidb.files(SETTINGS, tmp_path, "S007") == [path]


def test_runs_of_the_paradigm(data_root):
    names = [path.name for path in eegmmidb.files(SETTINGS, data_root, "S001")]
    assert names == ["S001R04.edf", "S001R08.edf", "S001R12.edf"]
    execution = eegmmidb.files(
        SETTINGS | {"runs": "execution"}, data_root, "S001"
    )
    assert [path.name for path in execution] == ["S001R03.edf"]


def test_missing_runs_are_named(data_root):
    with pytest.raises(
        InputError,
        match="subject S002: none of S002R03.edf, .*S002R13.edf found",
    ):
        eegmmidb.files(SETTINGS | {"runs": "execution"}, data_root, "S002")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="eegmmidb: folder: does not exist"):
        eegmmidb.subjects(SETTINGS, tmp_path)


@pytest.mark.parametrize(
    ("subject", "words"),
    [("S001", ["rest", "left", "right"]), ("S002", ["rest", "fists", "feet"])],
)
def test_annotations_mean_what_the_run_says(data_root, subject, words):
    record = eegmmidb.prepare(SETTINGS, data_root, subject, 1)
    assert record["source"] == "eegmmidb"
    for recording in eegmmidb.read(record):
        assert list(recording.raw.annotations.description) == words
        assert recording.raw.ch_names == ["FC5", "C3", "IZ"]
        assert recording.refused == ""


def test_all_runs_are_both_paradigms_and_rest(data_root, write_edf):
    settings = SETTINGS | {"runs": "all"}
    assert list(eegmmidb.RUNS["all"]) == list(range(1, 15))
    whole = [(0.0, 3.5, "T0")]
    for run, events in ((1, whole), (2, whole)):
        path = data_root / "eegmmidb" / "S001" / f"S001R{run:02d}.edf"
        write_edf(path, ["Fc5.", "C3..", "Iz.."], 160, 4, events)
    record = eegmmidb.prepare(settings, data_root, "S001", 1)
    found = {
        recording.name: recording.raw for recording in eegmmidb.read(record)
    }
    words = {
        name: list(raw.annotations.description) for name, raw in found.items()
    }
    hands = ["rest", "left", "right"]
    expected = {"R01": ["rest"], "R02": ["eyes_closed"]}
    assert words == expected | dict.fromkeys(
        ("R03", "R04", "R08", "R12"), hands
    )
    assert found["R01"].annotations.duration.tolist() == [3.5]


def test_a_run_at_rest_without_annotation_is_rest_throughout(
    data_root, write_edf
):
    for run in (1, 2, 3):
        write_edf(
            data_root / "eegmmidb" / "S005" / f"S005R{run:02d}.edf",
            ["Cz.."],
            160,
            4,
        )
    record = eegmmidb.prepare(SETTINGS | {"runs": "all"}, data_root, "S005", 1)
    notes = [recording.raw.annotations for recording in eegmmidb.read(record)]
    assert [list(one.description) for one in notes] == [
        ["rest"],
        ["eyes_closed"],
        [],
    ]
    assert [one.duration.tolist() for one in notes] == [[4.0], [4.0], []]
    assert notes[0].onset.tolist() == [0.0]


def test_another_sampling_rate_is_refused_by_name(data_root, write_edf):
    path = data_root / "eegmmidb" / "S088" / "S088R04.edf"
    write_edf(path, ["Cz.."], 128, 4, EVENTS)
    (recording,) = eegmmidb.read(
        eegmmidb.prepare(SETTINGS, data_root, "S088", 1)
    )
    assert recording.refused == "sampling rate 128 Hz instead of 160 Hz"


def test_a_truncated_run_is_found_when_prepared(data_root):
    path = data_root / "eegmmidb" / "S001" / "S001R08.edf"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(InputError, match="S001R08.edf: data: truncated"):
        eegmmidb.prepare(SETTINGS, data_root, "S001", 1)


def test_an_unknown_electrode_is_named_with_its_file(data_root, write_edf):
    write_edf(
        data_root / "eegmmidb" / "S003" / "S003R04.edf", ["Cz..", "Xx.."]
    )
    with pytest.raises(
        InputError, match="S003R04.edf: Xx..: unknown electrode"
    ):
        list(eegmmidb.read(eegmmidb.prepare(SETTINGS, data_root, "S003", 1)))


def test_downloads_by_subject(tmp_path, write_edf, monkeypatch):
    settings = SETTINGS | {"download": True}
    asked = []

    def load_data(subject, runs, path, update_path, verbose):
        asked.append((subject, runs, path, update_path))
        return [
            write_edf(path / f"S{subject:03d}R{run:02d}.edf", ["Cz.."])
            for run in runs
        ]

    monkeypatch.setattr(mne.datasets.eegbci, "load_data", load_data)
    assert eegmmidb.subjects(settings, tmp_path)[-1] == "S109"
    assert eegmmidb.files(settings, tmp_path, "S042") == []
    record = eegmmidb.prepare(settings, tmp_path, "S042", 1)
    assert asked == [(42, [4, 6, 8, 10, 12, 14], tmp_path / "eegmmidb", False)]
    assert [entry["recording"] for entry in record["files"]] == [
        f"R{run:02d}" for run in (4, 6, 8, 10, 12, 14)
    ]


@pytest.mark.parametrize(
    "error", [ConnectionError("no route to host"), ValueError("bad hash")]
)
def test_a_failed_download_says_what_to_do(tmp_path, monkeypatch, error):
    def load_data(*args, **kwargs):
        raise error

    monkeypatch.setattr(mne.datasets.eegbci, "load_data", load_data)
    with pytest.raises(
        InputError,
        match="subject S001: download failed.*check the network.*physionet",
    ):
        eegmmidb.prepare(SETTINGS | {"download": True}, tmp_path, "S001", 1)


def test_real_recordings(shared_data):
    folders = {path.parent.name for path in shared_data.rglob("S*R*.edf")}
    assert eegmmidb.subjects(SETTINGS, shared_data) == sorted(folders)
    record = eegmmidb.prepare(SETTINGS, shared_data, "S001", 1)
    by_name = {
        recording.name: recording.raw for recording in eegmmidb.read(record)
    }
    assert list(by_name) == ["R04", "R06", "R08", "R10", "R12", "R14"]
    for name, raw in by_name.items():
        words = (
            {"left", "right"}
            if name in ("R04", "R08", "R12")
            else {"fists", "feet"}
        )
        assert set(raw.annotations.description) == words | {"rest"}
        assert len(raw.ch_names) == 64
        assert set(raw.ch_names) <= set(LABRAM_NAMES)
        assert np.isfinite(
            [channel["loc"][:3] for channel in raw.info["chs"]]
        ).all()


def test_runs_can_be_excluded(data_root):
    entry = {"subject": 1, "recording": "R08", "reason": "noise"}
    settings = SETTINGS | {"exclude": [entry]}
    names = [path.name for path in eegmmidb.files(settings, data_root, "S001")]
    assert names == ["S001R04.edf", "S001R12.edf"]
    record = eegmmidb.prepare(settings, data_root, "S001", 1)
    assert record["counts"] == [["R08", "recording_excluded", "noise", 1]]
    entry["recording"] = "R03"
    with pytest.raises(InputError, match="S001, R03: no such recording"):
        eegmmidb.files(settings, data_root, "S001")


def test_subjects_can_be_excluded(data_root):
    exclude = [{"subject": "S002", "reason": "128 Hz"}]
    settings = SETTINGS | {"exclude": exclude}
    assert eegmmidb.subjects(settings, data_root) == ["S001"]
