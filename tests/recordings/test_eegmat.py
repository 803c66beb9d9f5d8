import pooch
import pytest

from eeglrp.errors import InputError
from eeglrp.recordings import eegmat

SETTINGS = {
    "folder": "eegmat",
    "download": False,
    "subjects": "all",
    "recordings": ["rest", "arithmetic"],
}
NAMES = ["EEG Fp1", "EEG T3", "EEG Cz", "EEG A2-A1", "ECG ECG"]


@pytest.fixture
def data_root(tmp_path, write_edf):
    for name in ("Subject00_1", "Subject00_2", "Subject35_1"):
        write_edf(tmp_path / "eegmat" / f"{name}.edf", NAMES, 500)
    return tmp_path


def test_subjects_are_those_in_the_folder(data_root):
    assert eegmat.subjects(SETTINGS, data_root) == ["Subject00", "Subject35"]
    assert eegmat.subjects(SETTINGS | {"subjects": [35]}, data_root) == [
        "Subject35"
    ]


def test_conditions_are_files(data_root):
    names = [
        path.name for path in eegmat.files(SETTINGS, data_root, "Subject00")
    ]
    assert names == ["Subject00_1.edf", "Subject00_2.edf"]
    rest = SETTINGS | {"recordings": ["rest"]}
    assert [
        path.name for path in eegmat.files(rest, data_root, "Subject35")
    ] == ["Subject35_1.edf"]


def test_a_missing_condition_is_named(data_root):
    with pytest.raises(
        InputError, match="Subject35_2.edf: recording arithmetic not found"
    ):
        eegmat.files(SETTINGS, data_root, "Subject35")


def test_channels_are_cleaned_and_typed(data_root):
    record = eegmat.prepare(SETTINGS, data_root, "Subject00", 1)
    rest, arithmetic = eegmat.read(record)
    assert (rest.name, arithmetic.name) == ("rest", "arithmetic")
    assert rest.raw.ch_names == ["FP1", "T7", "CZ", "EEG A2-A1", "ECG ECG"]
    assert rest.raw.get_channel_types() == ["eeg", "eeg", "eeg", "misc", "ecg"]


def test_not_an_edf_is_found_when_prepared(data_root):
    path = data_root / "eegmat" / "Subject00_2.edf"
    path.write_text("<html>404</html>")
    with pytest.raises(
        InputError, match="Subject00_2.edf: header: not an EDF"
    ):
        eegmat.prepare(SETTINGS, data_root, "Subject00", 1)


def test_downloads(tmp_path, write_edf, monkeypatch):
    settings = SETTINGS | {"download": True}
    asked = []

    def retrieve(url, known_hash, fname, path):
        asked.append(url)
        return str(write_edf(path / fname, NAMES))

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    assert len(eegmat.subjects(settings, tmp_path)) == 36
    assert eegmat.files(settings, tmp_path, "Subject03") == []
    record = eegmat.prepare(settings, tmp_path, "Subject03", 1)
    assert asked == [
        f"{eegmat.URL}Subject03_1.edf",
        f"{eegmat.URL}Subject03_2.edf",
    ]
    assert record["files"][0]["path"] == str(
        tmp_path / "eegmat" / "Subject03_1.edf"
    )


def test_a_failed_download_says_what_to_do(tmp_path, monkeypatch):
    def retrieve(*args, **kwargs):
        raise ConnectionError("name resolution failed")

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    with pytest.raises(
        InputError, match="Subject00_1.edf: download failed.*check the network"
    ):
        eegmat.prepare(SETTINGS | {"download": True}, tmp_path, "Subject00", 1)


def test_a_download_cut_short_is_refused(tmp_path, write_edf, monkeypatch):
    def retrieve(url, known_hash, fname, path):
        file = write_edf(path / fname, NAMES)
        file.write_bytes(file.read_bytes()[:-1])
        return str(file)

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    with pytest.raises(
        InputError,
        match="Subject00_1.edf: data: truncated.*fetch the file again",
    ):
        eegmat.prepare(SETTINGS | {"download": True}, tmp_path, "Subject00", 1)


def test_real_recordings(shared_data):
    assert len(eegmat.subjects(SETTINGS, shared_data)) == 20
    record = eegmat.prepare(SETTINGS, shared_data, "Subject04", 1)
    for recording in eegmat.read(record):
        kinds = recording.raw.get_channel_types()
        assert (kinds.count("eeg"), kinds.count("ecg")) == (19, 1)
        assert recording.raw.info["sfreq"] == 500
        assert "T7" in recording.raw.ch_names
