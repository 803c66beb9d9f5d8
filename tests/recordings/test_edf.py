import mne
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.recordings.edf import check_edf, read_edf


@pytest.fixture
def edf(tmp_path, write_edf):
    return write_edf(
        tmp_path / "a.edf", ["EEG Cz", "ECG"], 100, 4, [(1.0, 2.0, "T1")]
    )


def test_a_whole_file_is_read_without_loading(edf):
    header = check_edf(edf)
    assert header.n_signals == 3
    assert header.bytes_expected == edf.stat().st_size
    raw = read_edf(edf)
    assert not raw.preload
    assert raw.n_times == 400
    assert list(raw.annotations.description) == ["T1"]


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_cut_anywhere_is_refused_by_name(edf, tmp_path, share):
    whole = edf.read_bytes()
    cut = tmp_path / "cut.edf"
    cut.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(
        InputError,
        match="cut.edf: (header|data): .*(truncated|cut short|not )",
    ):
        check_edf(cut)


def test_a_truncated_file_says_how_many_bytes(edf):
    edf.write_bytes(edf.read_bytes()[:-100])
    size = edf.stat().st_size
    with pytest.raises(
        InputError,
        match=f"truncated: {size} bytes where the header says {size + 100}",
    ):
        read_edf(edf)


def test_more_records_in_the_header_than_in_the_file(edf):
    header = check_edf(edf)
    n_records = header.n_records
    content = bytearray(edf.read_bytes())
    content[236:244] = f"{2 * n_records:<8}".encode()
    edf.write_bytes(content)
    message = rf"\({n_records} of {2 * n_records} data records\); was the rec"
    with pytest.raises(InputError, match=message):
        check_edf(edf)


def test_annotations_in_latin_1_are_read(edf):
    edf.write_bytes(edf.read_bytes().replace(b"T1", b"\xe9h"))
    assert list(read_edf(edf).annotations.description) == ["éh"]


def test_bytes_too_many_are_damage(edf):
    edf.write_bytes(edf.read_bytes() + b"\r\n")
    with pytest.raises(
        InputError,
        match="damaged.*Remedy: fetch the file again, in binary mode",
    ):
        check_edf(edf)


@pytest.mark.parametrize(
    "content", [b"", b"<html>not found</html>", b"\x89HDF" * 200]
)
def test_not_an_edf_file(tmp_path, content):
    path = tmp_path / "a.edf"
    path.write_bytes(content)
    with pytest.raises(
        InputError, match="a.edf: header: not an EDF or BDF file"
    ):
        check_edf(path)


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match="b.edf: file: does not exist"):
        check_edf(tmp_path / "b.edf")


@pytest.mark.parametrize(
    ("place", "field", "message"),
    [
        (
            236,
            b"abc     ",
            "number of data records is b'abc     ', not a number",
        ),
        (236, b"-1      ", "-1 data records .*not closed.*Remedy: close"),
        (252, b"0   ", "0 signals"),
        (184, b"        ", "number of bytes in the header"),
        (192, b"EDF+D", "discontinuous"),
    ],
)
def test_a_header_that_makes_no_sense(edf, place, field, message):
    content = bytearray(edf.read_bytes())
    content[place : place + len(field)] = field
    edf.write_bytes(content)
    with pytest.raises(InputError, match=message):
        check_edf(edf)


def test_what_mne_cannot_read_is_named(edf, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("bad digital range")

    monkeypatch.setattr(mne.io, "read_raw_edf", fail)
    with pytest.raises(
        InputError,
        match=r"a.edf: EDF: cannot be read \(RuntimeError: bad digital",
    ):
        read_edf(edf)
