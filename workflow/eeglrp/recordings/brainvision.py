"""BrainVision files, checked before anything is read: the samples must be all there.

Format: https://www.brainproducts.com/support-resources/brainvision-core-data-format-1-0/
"""

import configparser
import re

from eeglrp.errors import InputError

_WIDTHS = {"INT_16": 2, "INT_32": 4, "IEEE_FLOAT_32": 4}
_MARKER = re.compile(
    r"^Mk\d+=(?:Stimulus|Response),[^,]*,(\d+)", re.IGNORECASE | re.MULTILINE
)
_AGAIN = "export the recording again, or fetch the file again"


def check_brainvision(path):
    """Check that the file of samples is as long as header and markers say.

    A header that names neither channels nor a binary format is left to MNE, which says what it
    lacks.

    Parameters
    ----------
    path : Path
        The header, `.vhdr`.

    Raises
    ------
    InputError
        If the file of samples is missing, empty or cut short.
    """
    header = _header(path)
    common = _section(header, "Common Infos")
    width = _WIDTHS.get(_section(header, "Binary Infos").get("BinaryFormat"))
    n_channels = _integer(common.get("NumberOfChannels"))
    data = _beside(path, common.get("DataFile"))
    if data is None or width is None or not n_channels:
        return
    if not data.is_file():
        raise InputError(path, "DataFile", f"{data.name} is missing", _AGAIN)
    size, frame = data.stat().st_size, n_channels * width
    if not size:
        raise InputError(data, "data", "is empty", _AGAIN)
    if size % frame:
        problem = f"truncated: {size} bytes are no whole number of samples of {n_channels} channels"
        raise InputError(data, "data", problem, _AGAIN)
    n_times = size // frame
    expected = _integer(common.get("DataPoints")) or n_times
    if n_times != expected:
        problem = f"{n_times} samples where the header says {expected}"
        raise InputError(data, "data", problem, _AGAIN)
    last = _last_marker(path, common)
    if last > n_times + 1:
        problem = f"truncated: ends at sample {n_times}, but a marker stands at {last}"
        raise InputError(data, "data", problem, _AGAIN)


def marker_file(path):
    """File of markers that a header names, or None."""
    common = _section(_header(path), "Common Infos")
    return _beside(path, common.get("MarkerFile"))


def _last_marker(path, common):
    """Sample of the last stimulus or response; 0 where there is none."""
    markers = _beside(path, common.get("MarkerFile"))
    if markers is None or not markers.is_file():
        return 0
    text = markers.read_text(encoding="latin-1")
    return max(map(int, _MARKER.findall(text)), default=0)


def _header(path):
    """The header's sections; none where it is no such file."""
    # Any byte is a character of latin-1, and the keys are ASCII.
    lines = path.read_text(encoding="latin-1").splitlines()
    sections = "\n".join(lines[1:]).partition("[Comment]")[0]
    parser = configparser.ConfigParser(
        interpolation=None, strict=False, allow_no_value=True
    )
    parser.optionxform = str
    try:
        parser.read_string(sections)
    except configparser.Error:
        return {}
    return parser


def _section(header, name):
    return dict(header[name]) if name in header else {}


def _integer(text):
    return int(text) if text and text.strip().isdigit() else 0


def _beside(path, name):
    """A file that the header names; `$b` stands for the header's own name."""
    if not name:
        return None
    return path.with_name(name.strip().replace("$b", path.stem))
