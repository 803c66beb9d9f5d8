"""A plain folder of recordings in any format that MNE reads: EDF, BDF, GDF, BrainVision, FIF ...

Events are the files' annotations, a trigger channel, or a table. Gramfort et al. 2013, Front
Neurosci 7:267 (MNE).
"""

import re

from eeglrp.errors import InputError
from eeglrp.recordings.folders import (
    check_fetched,
    choose_subjects,
    existing_folder,
    without_excluded,
)
from eeglrp.recordings.joints import is_joint, mark_joints
from eeglrp.recordings.registry import Recording, checked_path, manifest

_COLUMNS = ("file", "onset", "duration", "label")


def subjects(dataset, data_root):
    """Subjects that a study uses, as the names of their files say.

    Raises
    ------
    InputError
        If the folder is missing, no file fits the pattern, or a subject is unknown.
    """
    folder = existing_folder(dataset, data_root)
    available = {subject for subject, _ in _matches(dataset, folder)}
    if not available:
        problem = "no file fits"
        remedy = "write the names below the folder, as in {subject}/*.edf"
        raise InputError(folder, f"files: {dataset['files']}", problem, remedy)
    exclude = dataset.get("exclude", ())
    return choose_subjects(dataset["subjects"], available, folder, exclude)


def _matches(dataset, folder):
    """Pairs (subject, file), in the order of names."""
    pattern = file_pattern(dataset["files"])
    matches = []
    for path in sorted(folder.rglob("*")):
        match = pattern.fullmatch(path.relative_to(folder).as_posix())
        if match and path.is_file():
            matches.append((match["subject"], path))
    return matches


def file_pattern(text):
    """Regular expression of a pattern of files, with the group `subject`.

    `*` is anything within a name, `**/` any folders.

    Raises
    ------
    InputError
        If the pattern does not have `{subject}` once.
    """
    if text.count("{subject}") != 1:
        problem = f"{text} does not say which part is the subject"
        remedy = "write {subject} once, as in {subject}_run*.gdf"
        raise InputError("config", "files", problem, remedy)
    parts = {
        "{subject}": "(?P<subject>[^/]+?)",
        "**/": "(?:.*/)?",
        "*": "[^/]*",
    }
    tokens = re.split(r"(\{subject\}|\*\*/|\*)", text)
    return re.compile(
        "".join(parts.get(token) or re.escape(token) for token in tokens)
    )


def files(dataset, data_root, subject):
    """Files of a subject: recordings, what lies beside them by the same name, the table of events.

    Raises
    ------
    InputError
        If there is no recording, or no table.
    """
    folder = existing_folder(dataset, data_root)
    recordings = _recordings(dataset, folder, subject)
    return [*recordings, *_companions(dataset, folder, recordings)]


def _recordings(dataset, folder, subject):
    paths = [
        path for name, path in _matches(dataset, folder) if name == subject
    ]
    if not paths:
        problem = f"no file fits {dataset['files']}"
        remedy = "check the folder's content"
        raise InputError(folder, f"subject {subject}", problem, remedy)
    by_name = {_name(path, folder): path for path in paths}
    return list(without_excluded(by_name, dataset, subject, folder).values())


def _name(path, folder):
    """Name of a recording: where it lies, without its ending."""
    below = path.relative_to(folder).with_suffix("")
    return below.as_posix().replace("/", "_")


def _companions(dataset, folder, recordings):
    siblings = set()
    for path in recordings:
        siblings.update(path.parent.glob(f"{path.stem}.*"))
    companions = sorted(siblings - set(recordings))
    if dataset["table"]:
        table = folder / dataset["table"]
        if not table.is_file():
            remedy = "name it from the dataset's folder on"
            raise InputError(table, "table", "does not exist", remedy)
        companions.append(table)
    return companions


def prepare(dataset, data_root, subject, seed, edf=None, truth=None):
    """Find a subject's recordings and check that they are whole.

    Parameters
    ----------
    dataset : dict
        `folder`; `files`, their names with `{subject}`; `events` maps descriptions, or patterns
        with `*`, to classes; `trigger` names a channel, `table` a CSV file of events; `rename`,
        `types` and `drop` for channels.
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
        If there is no recording, one is not whole, or events come from two places.
    """
    from eeglrp.recordings.whole import check_whole
    from eeglrp.scalp.channels import eeg_channels

    if dataset["table"] and dataset["trigger"]:
        problem = (
            "cannot stand beside table: events would come from two places"
        )
        raise InputError("config", "trigger", problem, "leave one of them out")
    folder = existing_folder(dataset, data_root)
    recordings = _recordings(dataset, folder, subject)
    companions = _companions(dataset, folder, recordings)
    for path in [*recordings, *companions]:
        check_fetched(path)
    for path in recordings:
        check_whole(path)
    entries = [(path, _name(path, folder)) for path in recordings]
    entries += [(path, "") for path in companions]
    record = manifest("folder", dataset, subject, entries)
    raw, _ = _standard(open_recording(recordings[0]), recordings[0], dataset)
    electrodes = eeg_channels(raw)
    return record | {"root": str(folder), "channels": electrodes}


def open_recording(path):
    """Open a recording in any format that MNE reads, its samples not yet loaded.

    Raises
    ------
    InputError
        If MNE cannot read it.
    """
    import mne

    try:
        return mne.io.read_raw(path, verbose="ERROR")
    except Exception as error:
        problem = f"cannot be read ({type(error).__name__}: {error})"
        remedy = "export it as EDF, or narrow `files`"
        raise InputError(path, "recording", problem, remedy) from error


def _standard(raw, path, dataset):
    from eeglrp.scalp.channels import standardise

    settings = dataset["drop"], dataset["rename"], dataset["types"]
    return standardise(raw, path, *settings)


def read(record):
    """Read a subject's recordings.

    Yields
    ------
    Recording
        Its annotations are the events, named by class.

    Raises
    ------
    InputError
        If a file changed or cannot be read, an electrode is unknown, or events are not where the
        configuration says.
    """
    dataset = record["dataset"]
    for entry in record["files"]:
        path = checked_path(entry)
        if not entry["recording"]:
            continue
        raw = open_recording(path)
        joints = _joints(raw) if dataset["trigger"] or dataset["table"] else []
        if dataset["trigger"]:
            raw.set_annotations(_from_trigger(raw, path, dataset["trigger"]))
        if dataset["table"]:
            raw.set_annotations(_from_table(raw, path, record))
        n_joints = mark_joints(raw, joints)
        raw, counts = _standard(raw, path, dataset)
        if n_joints:
            counts = (*counts, ("joints_found", "", n_joints))
        _name_events(raw, dataset["events"])
        yield Recording(entry["recording"], raw, counts=counts)


def _joints(raw):
    """Times of the joints among the file's annotations, which others take the place of."""
    onsets = raw.annotations.onset - raw.first_time
    texts = map(str, raw.annotations.description)
    rows = zip(onsets, texts, strict=True)
    return [float(onset) for onset, text in rows if is_joint(text)]


def _name_events(raw, events):
    from eeglrp.scalp.renaming import new_names

    texts = sorted(set(map(str, raw.annotations.description)))
    raw.annotations.rename(new_names(texts, events, "events"))


def _from_trigger(raw, path, channel):
    """Annotations from the steps up of a trigger channel, described by its values."""
    import mne

    if channel not in raw.ch_names:
        stim = [
            name
            for name, kind in zip(
                raw.ch_names, raw.get_channel_types(), strict=True
            )
            if kind == "stim"
        ]
        remedy = f"choose from {', '.join(stim or raw.ch_names)}"
        field = f"trigger: {channel}"
        raise InputError(path, field, "no such channel", remedy)
    steps = mne.find_events(
        raw,
        channel,
        shortest_event=1,
        initial_event=True,
        verbose="ERROR",
    )
    onsets = (steps[:, 0] - raw.first_samp) / raw.info["sfreq"]
    values = [str(value) for value in steps[:, 2]]
    return _annotations(onsets, [0.0] * len(steps), values)


def _from_table(raw, path, record):
    """Annotations from the rows of the table that name this file."""
    table, place = _table(record)
    root = place.parent
    rows = table[
        [path == root / name or path.name == name for name in table["file"]]
    ]
    if rows.empty:
        problem = f"has no row for {path.name}"
        raise InputError(
            place, "file", problem, "add its events, or narrow `files`"
        )
    return _annotations(rows["onset"], rows["duration"], rows["label"])


def _table(record):
    """The table of events, checked, and where it lies."""
    from pathlib import Path

    import pandas as pd

    place = Path(record["root"]) / record["dataset"]["table"]
    try:
        table = pd.read_csv(place, sep=None, engine="python", dtype=str)
    except (OSError, ValueError) as error:
        problem = f"cannot be read ({type(error).__name__}: {error})"
        raise InputError(place, "table", problem, "write it as CSV") from error
    missing = [name for name in _COLUMNS if name not in table]
    if missing:
        remedy = f"name the columns {', '.join(_COLUMNS)}"
        raise InputError(place, ", ".join(missing), "no such column", remedy)
    for name in ("onset", "duration"):
        numbers = pd.to_numeric(table[name], errors="coerce")
        bad = table.index[numbers.isna() | (numbers < 0)]
        if len(bad):
            problem = f"{table[name][bad[0]]!r} in row {bad[0] + 1} is no time"
            raise InputError(place, name, problem, "write s, 0 or more")
        table[name] = numbers
    table["label"] = table["label"].fillna("")
    table["file"] = table["file"].fillna("")
    return table, place


def _annotations(onsets, durations, labels):
    """Annotations at times in s from the first sample."""
    import mne

    # Without a time of origin they count from the first sample.
    return mne.Annotations(
        list(onsets), list(durations), list(map(str, labels))
    )
