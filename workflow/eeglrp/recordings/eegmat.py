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
        return choose_subjects(dataset["subjects"], SUBJECTS, URL)
    folder = existing_folder(dataset, data_root)
    names = [
        path.name
        for root in published_roots(folder, "eegmat")
        for path in root.iterdir()
    ]
    found = {
        name[:9]
        for name in names
        if re.fullmatch(r"Subject\d{2}_[12]\.edf", name)
    }
    return choose_subjects(dataset["subjects"], found, folder)


def files(dataset, data_root, subject):
    """EDF files of a subject; none if they are to be downloaded.

    Raises
    ------
    InputError
        If one is missing.
    """
    if dataset["download"]:
        return []
    return [
        path
        for path, _ in _find(
            dataset, existing_folder(dataset, data_root), subject
        )
    ]


def _names(dataset, subject):
    """File name and condition of each recording."""
    return [
        (f"{subject}_{CONDITIONS[name]}.edf", name)
        for name in dataset["recordings"]
    ]


def _find(dataset, folder, subject):
    roots = published_roots(folder, "eegmat")
    found = []
    for name, condition in _names(dataset, subject):
        path = next(
            (root / name for root in roots if (root / name).is_file()), None
        )
        if path is None:
            remedy = "check the folder's content, or ask for fewer recordings"
            raise InputError(
                folder, name, f"recording {condition} not found", remedy
            )
        found.append((path, condition))
    return found


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
        found = [
            (_download(folder, name), condition)
            for name, condition in _names(dataset, subject)
        ]
    else:
        found = _find(dataset, existing_folder(dataset, data_root), subject)
    for path, _ in found:
        check_edf(path)
    return manifest("eegmat", dataset, subject, found)


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
