import h5py
import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.recordings import dasps

SETTINGS = {"folder": "dasps", "subjects": "all"}


def write_mat(path, data=None, labels=None):
    rng = np.random.default_rng(0)
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file["data"] = rng.normal(0, 8, (4, 256, 14)) if data is None else data
        file["labels"] = (
            np.array([[1, 1, 3, 3], [8, 8, 5.5, 5]])
            if labels is None
            else labels
        )
    return path


@pytest.fixture
def data_root(tmp_path):
    write_mat(tmp_path / "dasps" / "S01.mat")
    write_mat(tmp_path / "dasps" / "S02preprocessed.mat")
    return tmp_path


def test_subjects_and_files(data_root):
    assert dasps.subjects(SETTINGS, data_root) == ["S01", "S02"]
    (path,) = dasps.files(SETTINGS, data_root, "S02")
    assert path.name == "S02preprocessed.mat"
    with pytest.raises(
        InputError, match="dasps: subject S03: has no .mat file"
    ):
        dasps.files(SETTINGS, data_root, "S03")


def test_segments_become_rated_pieces_that_do_not_join(data_root):
    record = dasps.prepare(SETTINGS, data_root, "S01", 1)
    (recording,) = dasps.read(record)
    raw = recording.raw
    assert (raw.info["sfreq"], raw.n_times, len(raw.ch_names)) == (
        128,
        4 * 256,
        14,
    )
    notes = list(
        zip(
            raw.annotations.onset,
            raw.annotations.duration,
            raw.annotations.description,
            strict=True,
        )
    )
    rated = [note for note in notes if "=" in note[2]]
    assert rated == [
        (0, 2, "arousal=8 valence=1"),
        (2, 2, "arousal=8 valence=1"),
        (4, 2, "arousal=5.5 valence=3"),
        (6, 2, "arousal=5 valence=3"),
    ]
    assert [note[0] for note in notes if note[2] == "EDGE boundary"] == [
        2,
        4,
        6,
    ]


def test_values_are_microvolt(data_root):
    (recording,) = dasps.read(dasps.prepare(SETTINGS, data_root, "S01", 1))
    with h5py.File(data_root / "dasps" / "S01.mat") as file:
        expected = file["data"][1, :, 3] * 1e-6
    np.testing.assert_allclose(recording.raw.get_data()[3, 256:512], expected)


@pytest.mark.parametrize(
    ("data", "labels", "message"),
    [
        (np.zeros((4, 256, 13)), None, r"shapes \(4, 256, 13\)"),
        (np.zeros((3, 256, 14)), None, r"and \(2, 4\)"),
        (None, np.full((2, 4), 10.0), "ratings outside"),
        (None, np.full((2, 4), np.nan), "ratings outside"),
    ],
)
def test_other_shapes_or_ratings_are_refused(tmp_path, data, labels, message):
    path = write_mat(tmp_path / "dasps" / "S01.mat", data, labels)
    with pytest.raises(InputError, match=f"S01.mat: .*{message}"):
        dasps.load_segments(path)


def test_what_is_not_hdf5_is_refused(tmp_path):
    path = tmp_path / "S01.mat"
    path.write_bytes(b"MATLAB 5.0 MAT-file")
    with pytest.raises(
        InputError, match="S01.mat: data, labels: cannot be read as MATLAB 7.3"
    ):
        dasps.load_segments(path)
    with h5py.File(path, "w") as file:
        file["data"] = np.zeros((1, 2, 14))
    with pytest.raises(
        InputError, match="cannot be read as MATLAB 7.3.*labels"
    ):
        dasps.load_segments(path)


def test_real_segments(shared_data):
    assert len(dasps.subjects(SETTINGS, shared_data)) == 16
    (path,) = dasps.files(SETTINGS, shared_data, "S05")
    data, ratings = dasps.load_segments(path)
    assert data.shape == (12, 1920, 14)
    assert 2 < np.median(data.std(axis=1)) < 30
    assert (ratings[:, ::2] == ratings[:, 1::2]).all()


def test_the_assumed_order_of_electrodes_fits_the_correlations(shared_data):
    """Each of these electrodes resembles its neighbour more than the other hemisphere's T."""
    data, _ = dasps.load_segments(dasps.files(SETTINGS, shared_data, "S03")[0])
    correlation = np.median(
        [np.corrcoef(segment.T) for segment in data], axis=0
    )
    place = {name: index for index, name in enumerate(dasps.CHANNELS)}
    for electrode, neighbour in (
        ("O1", "P7"),
        ("O2", "P8"),
        ("F8", "FC6"),
        ("F7", "FC5"),
    ):
        for far in ("T7", "T8"):
            if far[1] not in neighbour:
                near = correlation[place[electrode], place[neighbour]]
                assert near > correlation[place[electrode], place[far]]
