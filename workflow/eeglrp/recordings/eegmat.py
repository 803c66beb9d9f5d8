"""EEG During Mental Arithmetic Tasks of PhysioNet: 36 subjects, 19 electrodes and ECG, 500 Hz.

Zyma et al. 2019, Data 4:14; https://physionet.org/content/eegmat/1.0.0/. The published EEG was
cleaned by independent component analysis, heartbeat included: what is left of it is weak.
"""

import re

from eeglrp.errors import InputError
from eeglrp.recordings.folders import (
    choose_subjects,
    dataset_folder,
    existing_folder,
    published_roots,
    without_excluded,
)
from eeglrp.recordings.registry import Recording, checked_path, manifest

SUBJECTS = [f"Subject{number:02d}" for number in range(36)]
#: Number in the file's name, by condition: about 180 s at rest, 60 s of subtraction.
CONDITIONS = {"rest": 1, "arithmetic": 2}
URL = "https://physionet.org/files/eegmat/1.0.0/"


def subjects(dataset, data_root):
    """Subjects that a study uses: `Subject00` ... `Subject35`.

    Raises
    ------
    InputError
        If the folder is missing or holds none, or a subject is unknown.
    """
    if dataset["download"]:
        return choose_subjects(
            dataset["subjects"], SUBJECTS, URL, dataset.get("exclude", ())
        )
    folder = existing_folder(dataset, data_root)
    names = [
        path.name
        for root in published_roots(folder, "eegmat")
        for path in root.iterdir()
    ]
    available = {
        name[:9]
        for name in names
        if re.fullmatch(r"Subject\d{2}_[12]\.edf", name)
    }
    return choose_subjects(
        dataset["subjects"], available, folder, dataset.get("exclude", ())
    )


def files(dataset, data_root, subject):
    """EDF files of a subject; none if they are to be downloaded.

    Raises
    ------
    InputError
        If one is missing.
    """
    if dataset["download"]:
        return []
    folder = existing_folder(dataset, data_root)
    return [path for path, _ in _find(dataset, folder, subject)]


def _names(dataset, subject):
    """File name and condition of each recording."""
    files = {
        name: f"{subject}_{CONDITIONS[name]}.edf"
        for name in dataset["recordings"]
    }
    files = without_excluded(files, dataset, subject, "eegmat")
    return [(file, name) for name, file in files.items()]


def _find(dataset, folder, subject):
    roots = published_roots(folder, "eegmat")
    recordings = []
    for name, condition in _names(dataset, subject):
        candidates = [root / name for root in roots]
        paths = [path for path in candidates if path.is_file()]
        if not paths:
            problem = f"recording {condition} not found"
            remedy = "check the folder's content, or ask for fewer recordings"
            raise InputError(folder, name, problem, remedy)
        recordings.append((paths[0], condition))
    return recordings


def prepare(dataset, data_root, subject, seed, edf=None, truth=None):
    """Find or download a subject's recordings and check them.

    Parameters
    ----------
    dataset : dict
        `folder`, `download`, `recordings` (rest, arithmetic).
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
        If a file is missing, cannot be downloaded or is not a whole EDF file.
    """
    from eeglrp.recordings.edf import check_edf

    if dataset["download"]:
        folder = dataset_folder(dataset, data_root)
        recordings = [
            (_download(folder, name), condition)
            for name, condition in _names(dataset, subject)
        ]
    else:
        folder = existing_folder(dataset, data_root)
        recordings = _find(dataset, folder, subject)
    for path, _ in recordings:
        check_edf(path)
    return manifest("eegmat", dataset, subject, recordings)


def _download(folder, name):
    """Fetch one file unless it is there; EDF's own sizes tell whether it is whole."""
    import pooch

    try:
        return pooch.retrieve(
            URL + name, known_hash=None, fname=name, path=folder
        )
    except (OSError, ValueError) as error:
        problem = f"download failed ({type(error).__name__}: {error})"
        remedy = f"check the network, or fetch {URL} yourself and set download: false"
        raise InputError(folder, name, problem, remedy) from error


def read(record):
    """Read a subject's recordings.

    Yields
    ------
    Recording
        With an ECG channel; unannotated.

    Raises
    ------
    InputError
        If a file changed, is not a whole EDF file, or has an unknown electrode.
    """
    from eeglrp.recordings.edf import read_edf
    from eeglrp.scalp.channels import standardise

    for entry in record["files"]:
        path = checked_path(entry)
        raw, counts = standardise(read_edf(path), path)
        yield Recording(entry["recording"], raw, counts=counts)
