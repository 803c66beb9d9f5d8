"""Where a dataset lies, and which of its subjects a study asks for."""

import re
from pathlib import Path

from eeglrp.errors import InputError


def dataset_folder(dataset, data_root):
    """Folder of a dataset below the study's data root; `~` is the home directory.

    A dataset to be downloaded goes to the user's cache when the study has no data root.
    """
    if data_root is None and dataset.get("download"):
        import pooch

        return Path(pooch.os_cache("eeglrp")) / dataset["folder"]
    root = Path(data_root or ".").expanduser()
    return root / Path(dataset["folder"]).expanduser()


def existing_folder(dataset, data_root):
    """Folder of a dataset that must be there.

    Raises
    ------
    InputError
        Naming the folder.
    """
    folder = dataset_folder(dataset, data_root)
    if not folder.is_dir():
        remedy = "set data_root to the folder that holds it (--config data_root=FOLDER)"
        if "download" in dataset:
            remedy += ", or download: true"
        raise InputError(folder, "folder", "does not exist", remedy)
    return folder


def published_roots(folder, name, version="1.0.0"):
    """Places below `folder` where a PhysioNet dataset may lie, by how it was fetched."""
    inner = Path("files", name, version)
    places = (
        ".",
        inner,
        Path(name, version),
        version,
        Path("MNE-eegbci-data") / inner,
    )
    roots = [folder / place for place in places]
    return [root for root in roots if root.is_dir()]


def choose_subjects(asked, available, place):
    """Subjects of a study, in the dataset's own order and spelling.

    Parameters
    ----------
    asked : "all" or list of str or int
        A number stands for the subject with that number: 4 is `S004`.
    available : iterable of str
    place : Path or str
        Named in errors.

    Returns
    -------
    list of str

    Raises
    ------
    InputError
        If there are no subjects, or one is unknown.
    """
    available = sorted(available)
    if not available:
        problem, remedy = "no recordings found", "check the folder's content"
        raise InputError(place, "subjects", problem, remedy)
    if asked == "all":
        return available
    chosen = {find_subject(subject, available, place) for subject in asked}
    return [subject for subject in available if subject in chosen]


def find_subject(subject, available, place):
    """The dataset's spelling of a subject's name or number.

    Raises
    ------
    InputError
        If it is none of the available ones.
    """
    text = str(subject).removeprefix("sub-")
    if text in available:
        return text
    matches = [
        name
        for name in available
        if text.isdigit() and _number(name) == int(text)
    ]
    if len(matches) == 1:
        return matches[0]
    listed = f"{available[0]} ... {available[-1]}, {len(available)} in all"
    remedy = f"choose from {listed}"
    raise InputError(place, f"subject {subject}", "not found", remedy)


def _number(name):
    digits = re.search(r"\d+$", name)
    if digits is None:
        return None
    return int(digits.group())
