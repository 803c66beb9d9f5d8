"""EEG Motor Movement/Imagery Database of PhysioNet: 109 subjects, 64 electrodes, 160 Hz.

Schalk et al. 2004, IEEE Trans Biomed Eng 51:1034; https://physionet.org/content/eegmmidb/1.0.0/.
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

SUBJECTS = [f"S{number:03d}" for number in range(1, 110)]
HANDS = {"T0": "rest", "T1": "left", "T2": "right"}
LIMBS = {"T0": "rest", "T1": "fists", "T2": "feet"}
#: The two runs without trials, eyes open and eyes closed.
BASELINES = {1: {"T0": "rest"}, 2: {"T0": "eyes_closed"}}
#: What T0, T1 and T2 mean, by run.
RUNS = {
    "imagery": {4: HANDS, 6: LIMBS, 8: HANDS, 10: LIMBS, 12: HANDS, 14: LIMBS},
    "execution": {
        3: HANDS,
        5: LIMBS,
        7: HANDS,
        9: LIMBS,
        11: HANDS,
        13: LIMBS,
    },
}
RUNS["all"] = dict(
    sorted((BASELINES | RUNS["imagery"] | RUNS["execution"]).items())
)
#: Subjects 88, 92 and 100 were recorded at 128 Hz, with other trial lengths.
SAMPLING_RATE = 160.0
URL = "https://physionet.org/files/eegmmidb/1.0.0/"


def subjects(dataset, data_root):
    """Subjects that a study uses: `S001` ... `S109`.

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
        for root in published_roots(folder, "eegmmidb")
        for path in root.iterdir()
    ]
    available = {
        name[:4]
        for name in names
        if re.fullmatch(r"S\d{3}(R\d{2}\.edf)?", name)
    }
    return choose_subjects(
        dataset["subjects"], available, folder, dataset.get("exclude", ())
    )


def files(dataset, data_root, subject):
    """EDF files of a subject; none if they are to be downloaded.

    Raises
    ------
    InputError
        If the folder holds no run of the paradigm.
    """
    if dataset["download"]:
        return []
    folder = existing_folder(dataset, data_root)
    runs = _find_runs(dataset, folder, subject)
    return list(runs.values())


def _runs(dataset, subject):
    """Runs of the paradigm that are not excluded."""
    runs = {f"R{run:02d}": run for run in RUNS[dataset["runs"]]}
    return list(without_excluded(runs, dataset, subject, "eegmmidb").values())


def _find_runs(dataset, folder, subject):
    """Map run to file, for the runs that are there."""
    roots = published_roots(folder, "eegmmidb")
    places = [place for root in roots for place in (root / subject, root)]
    runs = _runs(dataset, subject)
    names = {run: f"{subject}R{run:02d}.edf" for run in runs}
    files = {}
    for run, name in names.items():
        for place in places:
            path = place / name
            if path.is_file():
                files[run] = path
    if not files:
        problem = f"none of {', '.join(names.values())} found"
        remedy = "check the folder's content"
        raise InputError(folder, f"subject {subject}", problem, remedy)
    return files


def prepare(dataset, data_root, subject, seed, edf=None, truth=None):
    """Find or download a subject's runs and check them.

    Parameters
    ----------
    dataset : dict
        `folder`, `download`, `runs` (imagery, execution or all).
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
        runs = _download(dataset, folder, subject)
    else:
        folder = existing_folder(dataset, data_root)
        runs = _find_runs(dataset, folder, subject)
    for path in runs.values():
        check_edf(path)
    names = [(path, f"R{run:02d}") for run, path in runs.items()]
    return manifest("eegmmidb", dataset, subject, names)


def _download(dataset, folder, subject):
    from mne.datasets import eegbci

    wanted = _runs(dataset, subject)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        paths = eegbci.load_data(
            int(subject[1:]),
            wanted,
            path=folder,
            update_path=False,
            verbose="ERROR",
        )
    except (OSError, ValueError) as error:
        problem = f"download failed ({type(error).__name__}: {error})"
        remedy = f"check the network, or fetch {URL} yourself and set download: false"
        raise InputError(
            folder, f"subject {subject}", problem, remedy
        ) from error
    return dict(zip(wanted, paths, strict=True))


def read(record):
    """Read a subject's runs.

    Yields
    ------
    Recording
        Annotated `rest`, `left`, `right`, `fists`, `feet`, `eyes_closed`; refused at another
        sampling rate.

    Raises
    ------
    InputError
        If a file changed, is not a whole EDF file, or has an unknown electrode.
    """
    from eeglrp.recordings.edf import read_edf
    from eeglrp.scalp.channels import standardise

    meanings = RUNS[record["dataset"]["runs"]]
    for entry in record["files"]:
        path = checked_path(entry)
        raw, counts = standardise(read_edf(path), path)
        run = int(entry["recording"][1:])
        if run in BASELINES and not len(raw.annotations):
            raw.annotations.append(0, raw.duration, "T0")
        present = set(raw.annotations.description)
        words = {
            old: new for old, new in meanings[run].items() if old in present
        }
        raw.annotations.rename(words)
        rate = raw.info["sfreq"]
        refused = ""
        if rate != SAMPLING_RATE:
            refused = f"sampling rate {rate:g} Hz instead of 160 Hz"
        yield Recording(
            entry["recording"], raw, refused=refused, counts=counts
        )
