"""Any BIDS EEG dataset that MNE-BIDS reads: EDF, BDF, BrainVision, EEGLAB.

Pernet et al. 2019, Sci Data 6:103 (EEG-BIDS); Appelhoff et al. 2019, JOSS 4:1896 (MNE-BIDS).
"""

import math
from pathlib import Path

from eeglrp.errors import InputError
from eeglrp.recordings.event_table import absent_events, events_outside
from eeglrp.recordings.folders import (
    check_fetched,
    choose_subjects,
    existing_folder,
    without_excluded,
)
from eeglrp.recordings.joints import is_joint, joints_in_file, mark_joints
from eeglrp.recordings.ratings import (
    channel_ratings,
    rating_text,
    read_continuous,
    undescribed,
)
from eeglrp.recordings.registry import Recording, checked_path, manifest
from eeglrp.recordings.series import series_files
from eeglrp.recordings.sidecars import sidecars

#: Of a recording that is there in several, the first is read.
FORMATS = (".edf", ".bdf", ".vhdr", ".set")


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
    exclude = dataset.get("exclude", ())
    return choose_subjects(dataset["subjects"], available, root, exclude)


def _recordings(dataset, root, subject):
    """Files to open, of all sessions and runs of the task, and those that another format replaces.

    Returns
    -------
    chosen, unused : list of Path
    """
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
    by_name = {}
    for path in sorted(paths, key=lambda path: FORMATS.index(path.suffix)):
        by_name.setdefault(recording_name(path), []).append(path)
    in_order = {
        recording_name(path): by_name[recording_name(path)] for path in paths
    }
    kept = without_excluded(in_order, dataset, subject, root)
    chosen = [copies[0] for copies in kept.values()]
    unused = [path for copies in kept.values() for path in copies[1:]]
    return chosen, unused


def recording_name(path):
    """Entities that tell a subject's recordings apart: `ses-1_task-rest_run-2`."""
    without_subject = path.name.partition("_")[2]
    return without_subject.rpartition("_")[0]


def _companions(dataset, root, recordings, unused):
    """Files that go with recordings: samples, metadata beside or above, and what holds ratings."""
    siblings = set()
    for path in recordings:
        stem = path.name.rpartition("_")[0]
        siblings.update(path.parent.glob(f"{stem}_*"))
        siblings.update(sidecars(path, root))
        if dataset["ratings"]:
            for series, described in series_files(path, root).items():
                siblings.update([series, *described])
    companions = sorted(siblings - set(recordings) - set(unused))
    participants = root / "participants.tsv"
    if dataset["ratings"] and participants.is_file():
        companions.append(participants)
    return companions


def files(dataset, data_root, subject):
    """Files of a subject, companions included.

    Raises
    ------
    InputError
        If there is no recording, or a file is only git-annex's reference to it.
    """
    root = existing_folder(dataset, data_root)
    recordings, unused = _recordings(dataset, root, subject)
    companions = _companions(dataset, root, recordings, unused)
    paths = [*recordings, *companions]
    for path in paths:
        check_fetched(path)
    return paths


def prepare(dataset, data_root, subject, seed, edf=None, truth=None):
    """Find a subject's recordings and check that they are whole.

    Parameters
    ----------
    dataset : dict
        `folder`; `task` (None for all); `events` maps descriptions to this package's words;
        `ratings` maps arousal and valence to columns, or channels; `drop` lists channels to leave
        out, `exclude` recordings.
    data_root : Path or None
    subject : str
    seed, edf, truth : unused

    Returns
    -------
    dict
        Manifest; companions have an empty recording name. `channels`: electrodes of the first
        recording.

    Raises
    ------
    InputError
        If there is no recording, or one is not whole.
    """
    from eeglrp.recordings.whole import check_whole

    root = existing_folder(dataset, data_root)
    recordings, unused = _recordings(dataset, root, subject)
    companions = _companions(dataset, root, recordings, unused)
    for path in [*recordings, *companions]:
        check_fetched(path)
    for path in recordings:
        check_whole(path)
    entries = [(path, recording_name(path)) for path in recordings]
    entries += [(path, "") for path in companions]
    counts = [
        (recording_name(path), "format_unused", path.name, 1)
        for path in unused
    ]
    record = manifest("bids", dataset, subject, entries, counts)
    channels = _electrodes(recordings[0], dataset, root)
    return record | {"root": str(root), "channels": channels}


def _electrodes(path, dataset, root):
    """Names of a recording's electrodes, in its order."""
    from eeglrp.scalp.channels import eeg_channels, standardise

    raw = open_recording(path, root)
    rated = set(dataset["ratings"].values()) & set(raw.ch_names)
    raw.drop_channels(sorted(rated))
    raw, _ = standardise(raw, path, *channel_settings(dataset))
    return eeg_channels(raw)


def read(record):
    """Read a subject's recordings.

    Yields
    ------
    Recording
        Joints are marked, events outside the recording counted, descriptions translated by
        `events`; with `ratings`, those that run through the recording (a time series or a channel),
        one annotation a rated segment, or one over the whole recording where the ratings are the
        participant's.

    Raises
    ------
    InputError
        If a file changed or cannot be read, most events lie outside a recording, a key of `events`
        is misspelt, an electrode is unknown, or ratings are missing.
    """
    paths = [
        (checked_path(entry), entry["recording"]) for entry in record["files"]
    ]
    opened = []
    for path, name in paths:
        if name:
            raw, counts = _annotated(path, record)
            opened.append((path, name, raw, counts))
    absent = _absent(opened, record)
    for path, name, raw, counts in opened:
        recording = _recording(path, name, raw, record)
        counts = (*recording.counts, *counts, *absent)
        # Counted once a subject.
        absent = ()
        yield recording._replace(counts=counts)


def _annotated(path, record):
    """A recording whose joints are marked, and rows (item, name, count) of events left out."""
    raw = open_recording(path, record["root"])
    events = _sidecar(path, record["root"], "events")
    counts, others = [], []
    if events is not None:
        others = joints_in_file(path)
        outside = events_outside(raw, events)
        if outside:
            counts.append(("event_outside", "", outside))
    n_joints = mark_joints(raw, others)
    if n_joints:
        counts.append(("joints_found", "", n_joints))
    return raw, counts


def _absent(opened, record):
    """Rows for the keys of `events` that no recording of the subject has."""
    descriptions = set()
    for _, _, raw, _ in opened:
        descriptions.update(map(str, raw.annotations.description))
    events = {
        key: word
        for key, word in record["dataset"]["events"].items()
        if not is_joint(key)
    }
    place = Path(record["root"]) / f"sub-{record['subject']}"
    absent = absent_events(events, descriptions, place)
    return [("event_absent", key, 1) for key in absent]


def _recording(path, name, raw, record):
    from eeglrp.scalp.channels import standardise

    dataset = record["dataset"]
    columns, events = dataset["ratings"], dataset["events"]
    ratings = _continuous(raw, path, columns, record)
    raw, counts = standardise(raw, path, *channel_settings(dataset))
    present = set(raw.annotations.description) & set(events)
    raw.annotations.rename({old: events[old] for old in present})
    segments = _annotate_ratings(raw, path, columns, ratings, record)
    refused = ""
    if columns and not (ratings or segments):
        refused = "no ratings"
    return Recording(
        name, raw, refused=refused, counts=counts, ratings=ratings
    )


def channel_settings(dataset):
    """Arguments of `standardise`: channels to leave out, new names, types."""
    rename, types = dataset.get("rename"), dataset.get("types")
    return dataset["drop"], rename, types


def open_recording(path, root):
    """Open a recording with its events and channels, named as in the file.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    from mne_bids import get_bids_path_from_fname, read_raw_bids

    from eeglrp.recordings.edf import in_any_encoding

    def read(**options):
        bids_path = get_bids_path_from_fname(path, verbose="ERROR")
        return read_raw_bids(
            bids_path, extra_params=options or None, verbose="ERROR"
        )

    try:
        return in_any_encoding(read)
    except Exception as error:
        _check_text(path, root)
        problem = f"cannot be read ({type(error).__name__}: {error})"
        remedy = "check the file with the BIDS validator"
        raise InputError(path, "BIDS recording", problem, remedy) from error


def _check_text(path, root):
    """Check that a recording's metadata are UTF-8, as BIDS asks for."""
    for file in sidecars(path, root):
        _check_utf_8(file)


def _check_utf_8(file):
    try:
        file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 text ({error})"
        remedy = "save the file as UTF-8"
        raise InputError(file, "text", problem, remedy) from error


def _sidecar(path, root, suffix):
    """The table that MNE-BIDS reads of a recording, or None."""
    from mne_bids import get_bids_path_from_fname

    bids_path = get_bids_path_from_fname(path, verbose="ERROR")
    return bids_path.find_matching_sidecar(
        suffix=suffix, extension=".tsv", on_error="ignore"
    )


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
    events = _sidecar(path, record["root"], "events")
    if events is None:
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
        ratings = {name: row[column] for name, column in columns.items()}
        text = rating_text(ratings)
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
    rows = table[table["participant_id"] == subject]
    rows = rows.drop_duplicates(list(columns.values()))
    if len(rows) > 1:
        problem = f"is listed {len(rows)} times, with different ratings"
        remedy = "leave one row a participant"
        raise InputError(participants, subject, problem, remedy)
    return rows


def _ratings_table(path, columns):
    """Rows of a BIDS table with all ratings, or None if it lacks the columns."""
    if not path.is_file():
        return None
    import pandas as pd

    _check_utf_8(path)
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
    unknown = [math.inf, -math.inf]
    table[wanted] = table[wanted].replace(unknown, math.nan)
    return table.dropna(subset=wanted)
