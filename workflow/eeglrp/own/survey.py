"""What lies in a BIDS folder, by its headers and events alone."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from eeglrp.errors import InputError
from eeglrp.jobs import progress
from eeglrp.recordings import bids

#: Settings that take everything in a folder.
_ALL = {
    "subjects": "all",
    "task": None,
    "events": {},
    "ratings": {},
    "drop": [],
}


class Surveyed(NamedTuple):
    """One recording as its file has it."""

    subject: str
    path: Path
    task: str
    sampling_rate: float
    #: In Hz, or None where nothing says it.
    mains: float | None
    #: Name in the file -> MNE's type.
    channels: dict
    #: (onset, duration, description), in s.
    events: list


def survey(folder):
    """Look at every recording of a BIDS folder.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    list of Surveyed
        Recordings that cannot be opened are left out: the check names them.

    Raises
    ------
    InputError
        If the folder is missing or holds no recording that opens.
    """
    folder = Path(folder).resolve()
    dataset = _ALL | {"folder": str(folder)}
    surveyed, problems = [], []
    for subject in progress(bids.subjects(dataset, None), "look"):
        try:
            paths = bids.files(dataset, None, subject)
        except InputError as error:
            problems.append(error)
            continue
        for path in paths:
            if path.suffix in bids.FORMATS and path.stem.endswith("_eeg"):
                try:
                    surveyed.append(_surveyed(subject, path, folder))
                except InputError as error:
                    problems.append(error)
    if not surveyed:
        raise problems[0]
    return surveyed


def _surveyed(subject, path, folder):
    raw = bids.open_recording(path, folder)
    types = raw.get_channel_types()
    notes = raw.annotations
    events = zip(
        notes.onset, notes.duration, map(str, notes.description), strict=True
    )
    return Surveyed(
        subject,
        path,
        path.name.partition("_task-")[2].partition("_")[0],
        raw.info["sfreq"],
        raw.info["line_freq"],
        dict(zip(raw.ch_names, types, strict=True)),
        list(events),
    )


def main_task(surveyed):
    """The task entity with most events, or else with most recordings."""
    counts = Counter()
    for row in surveyed:
        counts[row.task] += 1 + 1000 * len(row.events)
    return counts.most_common(1)[0][0]
