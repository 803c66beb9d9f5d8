"""EDF files, checked byte by byte before anything is read from them.

Format: Kemp and Olivan 2003 (EDF+), https://www.edfplus.info/specs/; BDF differs in its first byte
and in 3 bytes a sample.
"""

from pathlib import Path
from typing import NamedTuple

from eeglrp.errors import InputError

_FIXED = 256
_PER_SIGNAL = 256
#: Bytes a signal before its number of samples a record, summed over all preceding fields.
_BEFORE_SAMPLES = 216
_MAGIC = {b"0       ": 2, b"\xffBIOSEMI": 3}
_AGAIN = "fetch the file again, in binary mode"
_CLOSE = "close the recording in the program that recorded it and export it again, or "


class EdfHeader(NamedTuple):
    """What the header says about the file's size."""

    n_signals: int
    n_records: int
    record_duration: float
    bytes_expected: int


def check_edf(path):
    """Check that a file is EDF, EDF+C or BDF and exactly as long as its header says.

    Parameters
    ----------
    path : Path

    Returns
    -------
    EdfHeader

    Raises
    ------
    InputError
        If the file is missing, is not EDF, is cut short or has bytes too many, holds no data, or
        is discontinuous (EDF+D).
    """
    path = Path(path)
    if not path.is_file():
        remedy = "check the folder and the subject"
        raise InputError(path, "file", "does not exist", remedy)
    size = path.stat().st_size
    with path.open("rb") as stream:
        fixed = stream.read(_FIXED)
        header, signals = _parse(path, fixed, stream)
    header_size = _FIXED + header.n_signals * _PER_SIGNAL
    if len(fixed) + len(signals) < header_size:
        raise InputError(path, "header", f"cut short at {size} bytes", _AGAIN)
    if fixed[192:197] in (b"EDF+D", b"BDF+D"):
        problem = "discontinuous recording (EDF+D), whose gaps would be closed silently"
        remedy = "export the recording as EDF+C"
        raise InputError(path, "header", problem, remedy)
    if size != header.bytes_expected:
        _refuse_size(path, size, header_size, header)
    return header


def _refuse_size(path, size, header_size, header):
    how = "truncated" if size < header.bytes_expected else "damaged"
    problem = (
        f"{how}: {size} bytes where the header says {header.bytes_expected}"
    )
    data = max(1, header.bytes_expected - header_size)
    records = header.n_records * (size - header_size) / data
    problem += f" ({records:.4g} of {header.n_records} data records)"
    remedy = _AGAIN
    if size < header.bytes_expected:
        problem += "; was the recording closed?"
        remedy = _CLOSE + _AGAIN
    raise InputError(path, "data", problem, remedy)


def _parse(path, fixed, stream):
    width = _MAGIC.get(fixed[:8])
    if width is None:
        problem = "not an EDF or BDF file (its first 8 bytes are neither's)"
        remedy = "name an EDF file, or fetch it again"
        raise InputError(path, "header", problem, remedy)
    n_records = _number(path, fixed[236:244], "number of data records")
    duration = _number(
        path, fixed[244:252], "duration of a data record", float
    )
    n_signals = _number(path, fixed[252:256], "number of signals")
    if n_records < 1 or n_signals < 1:
        problem = f"{n_records} data records of {n_signals} signals"
        if n_records == -1:
            problem += " (unknown: the recording was not closed)"
        raise InputError(path, "header", problem, _CLOSE + _AGAIN)
    signals = stream.read(n_signals * _PER_SIGNAL)
    fields = signals[n_signals * _BEFORE_SAMPLES :]
    fields = fields[: n_signals * 8]
    samples = [
        _number(path, fields[i : i + 8], "samples of a record")
        for i in range(0, len(fields), 8)
    ]
    header_bytes = _number(
        path, fixed[184:192], "number of bytes in the header"
    )
    expected = header_bytes + n_records * sum(samples) * width
    return EdfHeader(n_signals, n_records, duration, expected), signals


def _number(path, field, name, kind=int):
    try:
        return kind(field.decode("ascii").strip())
    except ValueError as error:
        problem = f"{name} is {field!r}, not a number"
        raise InputError(path, "header", problem, _AGAIN) from error


def read_edf(path):
    """Check and open an EDF file, its samples not yet loaded.

    Parameters
    ----------
    path : Path

    Returns
    -------
    mne.io.BaseRaw

    Raises
    ------
    InputError
        As `check_edf`, and if MNE cannot read the file.
    """
    check_edf(path)
    import mne

    def read(**encoding):
        return mne.io.read_raw_edf(path, **encoding, verbose="ERROR")

    try:
        return in_any_encoding(read)
    except Exception as error:
        problem = f"cannot be read ({type(error).__name__}: {error})"
        raise InputError(path, "EDF", problem, _AGAIN) from error


def in_any_encoding(read):
    """What a reader gives for EDF annotations in UTF-8, or else in latin-1, of older programs.

    Parameters
    ----------
    read : callable
        Perhaps with an argument `encoding`.
    """
    try:
        return read()
    except Exception as error:
        # MNE says so in words only.
        if "latin1" not in str(error):
            raise
    return read(encoding="latin1")
