"""The sources of recordings by name, and what each of them yields."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from eeglrp.errors import InputError
from eeglrp.files import read_json, sha256
from eeglrp.recordings.folders import excluded_recordings

SOURCES = {
    "simulated": "eeglrp.recordings.simulated",
    "eegmmidb": "eeglrp.recordings.eegmmidb",
    "eegmat": "eeglrp.recordings.eegmat",
    "bids": "eeglrp.recordings.bids",
    "dasps": "eeglrp.recordings.dasps",
    "folder": "eeglrp.recordings.folder",
}


class Recording(NamedTuple):
    """One continuous recording of one subject.

    `raw` (mne.io.BaseRaw, perhaps not yet loaded) has canonical channel names, channel types, a
    standard montage, and annotations in this package's words: `left`, `right`, `fists`, `feet`,
    `rest`, `eyes_closed`, or `arousal=6.5 valence=3` over a rated segment.
    """

    name: str
    raw: Any
    #: `truth(sources)` gives the planted contribution of these sources as another raw object.
    truth: Callable | None = None
    #: Why the recording cannot serve; empty if it can.
    refused: str = ""
    #: Rows (item, name, count) for the table of counts.
    counts: tuple = ()
    #: Ratings that run through the recording: arousal or valence -> times (s from the first
    #: sample, ascending) and values, NaN where unknown.
    ratings: dict = {}


def load(source):
    """Module of a source: `subjects`, `files`, `prepare` and `read`.

    Raises
    ------
    InputError
        If there is no such source.
    """
    if source not in SOURCES:
        problem = f"{source} is not a source of recordings"
        remedy = f"choose one of {', '.join(SOURCES)}"
        raise InputError("config", "source", problem, remedy)
    return importlib.import_module(SOURCES[source])


def manifest(source, dataset, subject, files, counts=()):
    """Record what a subject's recordings are read from.

    Parameters
    ----------
    source, subject : str
    dataset : dict
        Settings of the dataset.
    files : list of (Path, str)
        File, and the name of the recording it holds.
    counts : list of (str, str, str, int)
        Recording, item, name and count of what was left out; excluded recordings come by
        themselves.

    Returns
    -------
    dict
        JSON-ready: source, dataset, subject, files (path, sha256, bytes, recording), counts.
    """
    excluded = excluded_recordings(dataset, subject)
    rows = [
        (name, "recording_excluded", reason, 1)
        for name, reason in excluded.items()
    ]
    entries = []
    for path, recording in files:
        entry = {
            "path": str(path),
            "sha256": sha256(path),
            "bytes": Path(path).stat().st_size,
            "recording": recording,
        }
        entries.append(entry)
    return {
        "source": source,
        "dataset": dict(dataset),
        "subject": subject,
        "files": entries,
        "counts": [list(row) for row in [*rows, *counts]],
    }


def checked_path(entry):
    """Path of a manifest's file, still there with the size it had.

    Raises
    ------
    InputError
        If the file is gone or has another size.
    """
    path = Path(entry["path"])
    remedy = "restore it, or prepare the recordings again"
    if not path.is_file():
        raise InputError(path, "file", "is gone", remedy)
    size = path.stat().st_size
    if size != entry["bytes"]:
        problem = f"has {size} bytes instead of {entry['bytes']}"
        raise InputError(path, "file", problem, remedy)
    return path


def read_manifest(path):
    """Read a manifest.

    Raises
    ------
    InputError
        If the file is not one.
    """
    record = read_json(path)
    missing = [
        key
        for key in ("source", "dataset", "subject", "files")
        if key not in record
    ]
    if missing:
        problem = "missing from the manifest"
        remedy = "delete it and prepare the recordings again"
        raise InputError(path, ", ".join(missing), problem, remedy)
    return record


def recordings(record):
    """Recordings of a manifest's subject, one at a time."""
    source = load(record["source"])
    return source.read(record)
