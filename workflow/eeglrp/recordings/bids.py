"""Any BIDS EEG dataset that MNE-BIDS reads: EDF, BDF, BrainVision, EEGLAB.

Pernet et al. 2019, Sci Data 6:103 (EEG-BIDS); Appelhoff et al. 2019, JOSS 4:1896 (MNE-BIDS).
"""

from pathlib import Path

from eeglrp.errors import InputError
from eeglrp.recordings.folders import choose_subjects, existing_folder
from eeglrp.recordings.ratings import (
    channel_ratings,
    read_continuous,
    undescribed,
)
from eeglrp.recordings.registry import Recording, checked_path, manifest
from eeglrp.recordings.series import series_files

FORMATS = (".edf", ".bdf", ".vhdr", ".set")
_CHECKED = (".edf", ".bdf")


def subjects(dataset, data_root):
    """Subjects that a study uses, without `sub-`.

    Raises
    ------
    InputError
        If the folder is missing or is not BIDS, or a subject is unknown.
    """
    root = existing_folder(dataset, data_root)
    available = [
        path.name.removeprefix("sub-")
        for path in root.glob("sub-*")
        if path.is_dir()
    ]
    return choose_subjects(dataset["subjects"], available, root)


def _recordings(dataset, root, subject):
    """Files to open, of all sessions and runs of the task."""
    task = dataset["task"]
    paths = [
        path
        for path in sorted(root.glob(f"sub-{subject}/**/*_eeg.*"))
        if path.suffix in FORMATS
        and (task is None or f"_task-{task}_" in path.name)
    ]
    if not paths:
        formats = ", ".join(FORMATS)
        problem = f"no EEG recording of task {task or 'any'} ({formats})"
        remedy = "check the dataset's `task` and folder"
        raise InputError(root, f"subject {subject}", problem, remedy)
    return paths


def _name(path):
    """Entities that tell a subject's recordings apart: `ses-1_task-rest_run-2`."""
    without_subject = path.name.partition("_")[2]
    return without_subject.rpartition("_")[0]


def _companions(dataset, root, recordings):
    """Files that go with recordings: samples, events, channels, and what holds ratings."""
    siblings = set()
    for path in recordings:
        stem = path.name.rpartition("_")[0]
        siblings.update(path.parent.glob(f"{stem}_*"))
        if dataset["ratings"]:
            for series, described in series_files(path, root).items():
                siblings.update([series, *described])
    companions = sorted(siblings - set(recordings))
    participants = root / "participants.tsv"
    if dataset["ratings"] and participants.is_file():
        companions.append(participants)
    return companions


def files(dataset, data_root, subject):
    """Files of a subject, companions included.

    Raises
    ------
    InputError
        If there is no recording.
    """
    root = existing_folder(dataset, data_root)
    recordings = _recordings(dataset, root, subject)
    companions = _companions(dataset, root, recordings)
    return [*recordings, *companions]


def prepare(dataset, data_root, subject, seed, edf=None, truth=None):
    """Find a subject's recordings and check the EDF and BDF files among them.

    Parameters
    ----------
    dataset : dict
        `folder`; `task` (None for all); `events` maps descriptions to this package's words;
        `ratings` maps arousal and valence to columns, or channels; `drop` lists channels to leave
        out.
    data_root : Path or None
    subject : str
    seed, edf, truth : unused

    Returns
    -------
    dict
        Manifest; companions have an empty recording name.

    Raises
    ------
    InputError
        If there is no recording, or one is not whole.
    """
    from eeglrp.recordings.edf import check_edf

    root = existing_folder(dataset, data_root)
    recordings = _recordings(dataset, root, subject)
    for path in recordings:
        if path.suffix in _CHECKED:
            check_edf(path)
    companions = _companions(dataset, root, recordings)
    entries = [(path, _name(path)) for path in recordings]
    entries += [(path, "") for path in companions]
    record = manifest("bids", dataset, subject, entries)
    return record | {"root": str(root)}


def read(record):
    """Read a subject's recordings.

    Yields
    ------
    Recording
        Descriptions translated by `events`; with `ratings`, those that run through the recording
        (a time series or a channel), one annotation a rated segment, or one over the whole
        recording where the ratings are the participant's.

    Raises
    ------
    InputError
        If a file changed or cannot be read, an electrode is unknown, or ratings are missing.
    """
    from eeglrp.scalp.channels import standardise

    dataset = record["dataset"]
    columns, events = dataset["ratings"], dataset["events"]
    paths = [
        (checked_path(entry), entry["recording"]) for entry in record["files"]
    ]
    for path, name in paths:
        if not name:
            continue
        raw = _open(path)
        ratings = _continuous(raw, path, columns, record)
        raw, counts = standardise(raw, path, dataset["drop"])
        present = set(raw.annotations.description) & set(events)
        raw.annotations.rename({old: events[old] for old in present})
        segments = _annotate_ratings(raw, path, columns, ratings, record)
        refused = ""
        if columns and not (ratings or segments):
            refused = "no ratings"
        yield Recording(
            name, raw, refused=refused, counts=counts, ratings=ratings
        )


def _open(path):
    from mne_bids import get_bids_path_from_fname, read_raw_bids

    try:
        bids_path = get_bids_path_from_fname(path, verbose="ERROR")
        return read_raw_bids(bids_path, verbose="ERROR")
    except Exception as error:
        problem = f"cannot be read ({type(error).__name__}: {error})"
        remedy = "check the file with the BIDS validator"
        raise InputError(path, "BIDS recording", problem, remedy) from error


def _continuous(raw, path, columns, record):
    """Ratings that run through a recording; those that are channels of it are taken out of it."""
    duration = raw.n_times / raw.info["sfreq"]
    series = read_continuous(path, record["root"], columns, duration)
    recorded = channel_ratings(raw, columns)
    for rating in sorted(set(series) & set(recorded)):
        problem = "is a channel and a column of a series"
        remedy = "rename one of them"
        raise InputError(path, columns[rating], problem, remedy)
    return series | recorded


def _annotate_ratings(raw, path, columns, continuous, record):
    """Add ratings from the events, or else from the participants table; how many there are.

    Ratings that run through the recording need not be there.
    """
    events = path.with_name(f"{path.name.rpartition('_')[0]}_events.tsv")
    table = _ratings_table(events, columns) if columns else None
    if table is None:
        columns = {
            name: columns[name] for name in columns if name not in continuous
        }
        if not columns:
            return 0
        table = _ratings_table(events, columns)
    if table is None:
        duration = raw.n_times / raw.info["sfreq"]
        table = _participant(record, path, events, columns)
        table = table.assign(onset=0.0, duration=duration)
    elif not (table["duration"] > 0).all():
        problem = "missing for rated events"
        remedy = "write each rated segment's duration in s"
        raise InputError(events, "duration", problem, remedy)
    for row in table.to_dict("records"):
        text = " ".join(
            f"{name}={row[column]:g}"
            for name, column in sorted(columns.items())
        )
        raw.annotations.append(row["onset"], row["duration"], text)
    return len(table)


def _participant(record, path, events, columns):
    """Rows of the participants table for the subject, if it has the ratings."""
    root = record["root"]
    participants = Path(root) / "participants.tsv"
    table = _ratings_table(participants, columns)
    if table is None:
        problem = f"not a column of {events.name} nor of participants.tsv"
        problem += ", of no time series and no channel either"
        unknown = undescribed(path, root)
        if unknown:
            problem += f"; not described as time series: {', '.join(unknown)}"
        remedy = "correct the dataset's `ratings`, or describe the series in a JSON file"
        raise InputError(root, ", ".join(columns.values()), problem, remedy)
    subject = f"sub-{record['subject']}"
    return table[table["participant_id"] == subject]


def _ratings_table(path, columns):
    """Rows of a BIDS table with all ratings, or None if it lacks the columns."""
    if not path.is_file():
        return None
    import pandas as pd

    table = pd.read_csv(path, sep="\t", na_values=["n/a"])
    wanted = list(columns.values())
    if not set(wanted) <= set(table):
        return None
    try:
        table[wanted] = table[wanted].astype(float)
    except ValueError as error:
        problem, remedy = f"not a number ({error})", "write numbers or n/a"
        field = ", ".join(wanted)
        raise InputError(path, field, problem, remedy) from error
    return table.dropna(subset=wanted)
