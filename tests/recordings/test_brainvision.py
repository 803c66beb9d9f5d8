"""A BrainVision recording whose samples are not all there is refused before it is read."""

import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.recordings.brainvision import check_brainvision, marker_file

HEADER = """Brain Vision Data Exchange Header File Version 1.0
; a comment
[Common Infos]
Codepage=UTF-8
DataFile={data}
MarkerFile=rec.vmrk
DataFormat=BINARY
DataOrientation=MULTIPLEXED
NumberOfChannels=2
SamplingInterval=10000
{more}
[Binary Infos]
BinaryFormat=IEEE_FLOAT_32
[Channel Infos]
Ch1=Cz,,0.1,\xb5V
Ch2=Pz,,0.1,\xb5V
[Comment]
A line with = and [ in it
"""
MARKERS = """Brain Vision Data Exchange Marker File, Version 1.0
[Common Infos]
DataFile=rec.eeg
[Marker Infos]
Mk1=New Segment,,1,1,0,20200101000000000000
Mk2=Stimulus,S  1,{last},1,0
"""


@pytest.fixture
def write(tmp_path):
    """Function that writes 500 samples of two channels and returns the header's path."""

    def write(data="rec.eeg", more="", last=400):
        header = tmp_path / "rec.vhdr"
        text = HEADER.format(data=data, more=more)
        header.write_bytes(text.encode("latin-1"))
        (tmp_path / "rec.vmrk").write_text(MARKERS.format(last=last))
        samples = np.zeros(1000, np.float32)
        (tmp_path / "rec.eeg").write_bytes(samples.tobytes())
        return header

    return write


@pytest.mark.parametrize(
    "options", [{}, {"data": "$b.eeg"}, {"more": "DataPoints=500"}]
)
def test_a_whole_recording_passes(write, options):
    path = write(**options)
    check_brainvision(path)
    assert marker_file(path).name == "rec.vmrk"


@pytest.mark.parametrize(
    ("size", "more", "message"),
    [
        (3999, "", "rec.eeg: data: truncated: 3999 bytes are no whole"),
        (0, "", "rec.eeg: data: is empty"),
        (3200, "", "rec.eeg: data: .* at sample 400, but a marker .* 450"),
        (3992, "DataPoints=500", "499 samples where the header says 500"),
        (None, "", "rec.vhdr: DataFile: rec.eeg is missing"),
    ],
)
def test_missing_samples_are_named(write, size, more, message):
    path = write(more=more, last=450)
    data = path.with_suffix(".eeg")
    if size is None:
        data.unlink()
    else:
        data.write_bytes(data.read_bytes()[:size])
    with pytest.raises(InputError, match=message):
        check_brainvision(path)


@pytest.mark.parametrize("text", ["", "no header", "a\n[b\nc=", "x\nno=1"])
def test_what_is_no_header_is_left_to_the_reader(tmp_path, text):
    path = tmp_path / "rec.vhdr"
    path.write_text(text)
    check_brainvision(path)
    assert marker_file(path) is None
