"""Where a dataset lies, and which of its subjects a study asks for."""

import re
from pathlib import Path

from eeglrp.errors import InputError

#: Largest size of git-annex's pointer to a file, in bytes.
_POINTER = 1024


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


def check_fetched(path):
    """Check that a file is there, and not only git-annex's (DataLad's) reference to it.

    Raises
    ------
    InputError
        Naming the file.
    """
    is_link = path.is_symlink() and not path.exists()
    if is_link or _is_pointer(path):
        problem = "is a reference of git-annex, whose content is not here"
        remedy = "fetch it (datalad get, or git annex get), or exclude the recording"
        raise InputError(path, "file", problem, remedy)


def _is_pointer(path):
    if not path.is_file() or path.stat().st_size > _POINTER:
        return False
    return path.read_bytes().startswith(b"/annex/objects/")


def excluded_subjects(exclude, available, place):
    """Subjects that a study leaves out, and why.

    Parameters
    ----------
    exclude : list of dict
        `subject`, `reason`, and `recording` where not all of them are meant.
    available : iterable of str
    place : Path or str
        Named in errors.

    Returns
    -------
    dict
        Subject -> reason.

    Raises
    ------
    InputError
        If one is unknown.
    """
    available = sorted(available)
    excluded = {}
    for entry in exclude:
        subject = find_subject(entry["subject"], available, place)
        if "recording" not in entry:
            excluded[subject] = entry["reason"]
    return excluded


def excluded_recordings(dataset, subject):
    """Recordings of a subject that a study leaves out: name -> reason."""
    return {
        entry["recording"]: entry["reason"]
        for entry in dataset.get("exclude", ())
        if "recording" in entry and is_subject(entry["subject"], subject)
    }


def without_excluded(names, dataset, subject, place):
    """Recordings of a subject that are not excluded.

    Parameters
    ----------
    names : dict
        Name of the recording -> anything.
    dataset : dict
    subject : str
    place : Path
        Named in errors.

    Raises
    ------
    InputError
        If an excluded one is unknown, or none is left.
    """
    excluded = excluded_recordings(dataset, subject)
    for name in excluded:
        if name not in names:
            field = f"exclude: {subject}, {name}"
            remedy = f"choose from {', '.join(names)}"
            raise InputError(place, field, "no such recording", remedy)
    kept = {name: names[name] for name in names if name not in excluded}
    if not kept:
        problem = "all recordings are excluded"
        remedy = "exclude the subject, without `recording`"
        raise InputError(place, f"exclude: {subject}", problem, remedy)
    return kept


def choose_subjects(asked, available, place, exclude=()):
    """Subjects of a study, in the dataset's own order and spelling.

    Parameters
    ----------
    asked : "all" or list of str or int
        A number stands for the subject with that number: 4 is `S004`.
    available : iterable of str
    place : Path or str
        Named in errors.
    exclude : list of dict
        As in `excluded_subjects`.

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
        asked = available
    chosen = {find_subject(subject, available, place) for subject in asked}
    chosen -= set(excluded_subjects(exclude, available, place))
    if not chosen:
        problem, remedy = "all are excluded", "exclude fewer"
        raise InputError(place, "subjects", problem, remedy)
    return [subject for subject in available if subject in chosen]


def is_subject(asked, name):
    """Whether a name or number asked for is that of a subject."""
    text = str(asked).removeprefix("sub-")
    return text == name or (text.isdigit() and _number(name) == int(text))


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
    matches = [name for name in available if is_subject(text, name)]
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
