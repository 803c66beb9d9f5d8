"""An EEGLAB recording whose samples are not all there, or that cannot be read, is refused."""

import numpy as np
import pytest
from scipy.io import savemat

from eeglrp.errors import InputError
from eeglrp.recordings.eeglab import check_eeglab


@pytest.fixture(params=["struct", "top"])
def write(tmp_path, request):
    """Function that writes 2 channels x 50 samples, in both layouts, and returns the path."""

    def write(data="rec.fdt"):
        path = tmp_path / "rec.set"
        fields = {"nbchan": 2.0, "pnts": 50.0, "trials": 1.0, "data": data}
        savemat(path, {"EEG": fields} if request.param == "struct" else fields)
        samples = np.zeros(100, np.float32)
        (tmp_path / "rec.fdt").write_bytes(samples.tobytes())
        return path

    return write


def test_a_whole_recording_passes(write):
    check_eeglab(write())
    check_eeglab(write("named-before-it-was-moved.fdt"))
    check_eeglab(write(np.zeros((2, 50))))


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (396, "rec.fdt: data: truncated: 396 bytes where rec.set says 400"),
        (0, "truncated: 0 bytes"),
        (404, "damaged: 404 bytes"),
    ],
)
def test_another_size_is_named(write, size, message):
    path = write()
    samples = path.with_suffix(".fdt")
    samples.write_bytes(bytes(size))
    with pytest.raises(InputError, match=message):
        check_eeglab(path)


def test_missing_samples_are_named(write, tmp_path):
    path = write("gone.fdt")
    path.with_suffix(".fdt").rename(tmp_path / "other.fdt")
    with pytest.raises(InputError, match="rec.set: data: gone.fdt is missing"):
        check_eeglab(path)


def test_a_cut_file_of_matlab_is_named(write):
    path = write()
    path.write_bytes(path.read_bytes()[:150])
    with pytest.raises(InputError, match="rec.set: MATLAB file: cannot be"):
        check_eeglab(path)


def test_matlab_7_3_is_named_with_the_remedy(tmp_path):
    path = tmp_path / "rec.set"
    path.write_bytes(b"MATLAB 7.3 MAT-file, Platform: GLNXA64" + bytes(600))
    with pytest.raises(InputError, match="MATLAB 7.3, .* 'version', '7'"):
        check_eeglab(path)
