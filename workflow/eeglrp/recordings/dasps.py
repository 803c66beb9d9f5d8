"""DASPS: affect ratings under anxiety stimulation, 14 Emotiv EPOC electrodes, 128 Hz.

Baghdadi et al. 2020, J Ambient Intell Humaniz Comput (arXiv:1901.02942). One MATLAB 7.3 (HDF5) file
a subject: `data` holds 12 segments x 15 s x 14 electrodes, `labels` 2 x 12 ratings from 1 to 9. The
files say neither the unit nor the order of electrodes and ratings; what is assumed here:

- microvolt: the median standard deviation is 5-10, blinks reach some hundreds, and the spectrum
  is cut to 4-45 Hz;
- the headset's own order of electrodes: correlations peak between its neighbours;
- row 0 valence, row 1 arousal: anxiety gives low values in row 0 with high ones in row 1.

Segments 2i and 2i + 1 share one rating (one situation, two phases), so that they must not fall into
different splits. Segments do not join: the signal jumps between them.
"""

import re

from eeglrp.errors import InputError
from eeglrp.recordings.folders import (
    choose_subjects,
    existing_folder,
    without_excluded,
)
from eeglrp.recordings.registry import Recording, checked_path, manifest

#: Emotiv EPOC, in the headset's order.
_ELECTRODES = "AF3 F7 F3 FC5 T7 P7 O1 O2 P8 T8 FC6 F4 F8 AF4"
CHANNELS = _ELECTRODES.split()
SAMPLING_RATE = 128.0
MICROVOLT = 1e-6
RATINGS = (1, 9)
_REMEDY = "use the preprocessed .mat files of DASPS"


def _files(folder):
    """Map subject to file."""
    files = {}
    for path in sorted(folder.rglob("S*.mat")):
        subject = re.match(r"S\d{2}(?!\d)", path.name)
        if subject:
            files[subject.group()] = path
    return files


def subjects(dataset, data_root):
    """Subjects that a study uses: `S01` ... `S23`.

    Raises
    ------
    InputError
        If the folder is missing or holds none, or a subject is unknown.
    """
    folder = existing_folder(dataset, data_root)
    available = _files(folder)
    return choose_subjects(
        dataset["subjects"], available, folder, dataset.get("exclude", ())
    )


def files(dataset, data_root, subject):
    """The subject's file.

    Raises
    ------
    InputError
        If there is none.
    """
    folder = existing_folder(dataset, data_root)
    available = _files(folder)
    if subject not in available:
        problem, remedy = "has no .mat file", "check the folder's content"
        raise InputError(folder, f"subject {subject}", problem, remedy)
    recordings = {"segments": available[subject]}
    return list(
        without_excluded(recordings, dataset, subject, folder).values()
    )


def prepare(dataset, data_root, subject, seed, edf=None, truth=None):
    """Find a subject's file and check it.

    Parameters
    ----------
    dataset : dict
        `folder`.
    data_root : Path or None
    subject : str
    seed, edf, truth : unused

    Returns
    -------
    dict
        Manifest.

    Raises
    ------
    InputError
        If the file is missing or is not as published.
    """
    (path,) = files(dataset, data_root, subject)
    load_segments(path)
    return manifest("dasps", dataset, subject, [(path, "segments")])


def load_segments(path):
    """Load segments and ratings.

    Parameters
    ----------
    path : Path

    Returns
    -------
    data : array, shape (n_segments, n_times, n_channels)
        In microvolt.
    ratings : array, shape (2, n_segments)
        Valence and arousal.

    Raises
    ------
    InputError
        If the file is not HDF5, or holds other shapes or ratings outside 1-9.
    """
    import h5py

    try:
        with h5py.File(path) as file:
            data = file["data"][:]
            ratings = file["labels"][:]
    except (OSError, KeyError) as error:
        problem = f"cannot be read as MATLAB 7.3 ({error})"
        raise InputError(path, "data, labels", problem, _REMEDY) from error
    if (
        data.ndim != 3
        or data.shape[2] != len(CHANNELS)
        or ratings.shape != (2, len(data))
    ):
        problem = f"shapes {data.shape} and {ratings.shape}; expected (n, time, 14) and (2, n)"
        raise InputError(path, "data, labels", problem, _REMEDY)
    lowest, highest = RATINGS
    on_scale = (ratings >= lowest) & (ratings <= highest)
    if not on_scale.all():
        raise InputError(path, "labels", f"ratings outside {RATINGS}", _REMEDY)
    return data, ratings


def read(record):
    """Read a subject's segments as one recording.

    Yields
    ------
    Recording
        Joints are annotated, so that filters stop there; one rating annotation a segment.

    Raises
    ------
    InputError
        If the file changed or is not as published.
    """
    import mne

    from eeglrp.scalp.channels import standardise

    for entry in record["files"]:
        path = checked_path(entry)
        data, ratings = load_segments(path)
        info = mne.create_info(CHANNELS, SAMPLING_RATE, "eeg")
        segments = [
            mne.io.RawArray(segment.T * MICROVOLT, info, verbose="ERROR")
            for segment in data
        ]
        raw = mne.concatenate_raws(segments, verbose="ERROR")
        length = data.shape[1] / SAMPLING_RATE
        for number, (valence, arousal) in enumerate(ratings.T):
            text = f"arousal={arousal:g} valence={valence:g}"
            raw.annotations.append(number * length, length, text)
        raw, counts = standardise(raw, path)
        yield Recording(entry["recording"], raw, counts=counts)
