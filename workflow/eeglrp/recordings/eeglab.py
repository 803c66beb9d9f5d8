"""EEGLAB files, checked before anything is read: a version that is read, and all samples there."""

from eeglrp.errors import InputError

_AGAIN = "save the data set again, or fetch both files again"
_BYTES = 4


def check_eeglab(path):
    """Check a `.set`, and that its `.fdt` is as long as the `.set` says.

    Parameters
    ----------
    path : Path

    Raises
    ------
    InputError
        If the file is of MATLAB 7.3 or no MATLAB file, or the `.fdt` is missing or cut short.
    """
    with path.open("rb") as stream:
        start = stream.read(10)
    if start == b"MATLAB 7.3":
        problem = "is a file of MATLAB 7.3, for which there is no reader here"
        remedy = "save it in EEGLAB as version 6 or 7: pop_saveset(EEG, ..., 'version', '7')"
        raise InputError(path, "MATLAB file", problem, remedy)
    if not any(path.parent.glob("*.fdt")):
        return
    eeg = _header(path)
    if not isinstance(eeg.get("data"), str):
        return
    _check_samples(path, eeg)


def _check_samples(path, eeg):
    places = (path.with_name(eeg["data"]), path.with_suffix(".fdt"))
    files = [place for place in places if place.is_file()]
    if not files:
        problem = f"{eeg['data']} is missing"
        raise InputError(path, "data", problem, _AGAIN)
    size = files[0].stat().st_size
    expected = _BYTES
    for name in ("nbchan", "pnts", "trials"):
        expected *= int(eeg[name])
    if size != expected:
        how = "truncated" if size < expected else "damaged"
        problem = f"{how}: {size} bytes where {path.name} says {expected}"
        raise InputError(files[0], "data", problem, _AGAIN)


def _header(path):
    """Fields of the data set, which lie in `EEG` or, in newer files, at the top."""
    from scipy.io import loadmat

    names = ["EEG", "data", "nbchan", "pnts", "trials"]
    try:
        fields = loadmat(path, variable_names=names, simplify_cells=True)
    except Exception as error:
        problem = f"cannot be read ({type(error).__name__}: {error})"
        raise InputError(path, "MATLAB file", problem, _AGAIN) from error
    return fields.get("EEG", fields)
