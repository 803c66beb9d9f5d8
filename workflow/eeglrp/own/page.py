"""What a configuration will read: channels, rates, events, what is refused and why, splits.

The sources themselves are asked, so that what stands here is what the jobs will find.
"""

from collections import Counter
from typing import NamedTuple

from eeglrp import config as settings
from eeglrp.errors import InputError
from eeglrp.jobs import progress
from eeglrp.recordings import registry

#: So many subjects or names are listed.
_LISTED = 12


class Looked(NamedTuple):
    """One subject of a data set: `problem` says why it stops, or is None."""

    subject: str
    #: (name, sampling rate in Hz, duration in s, reason of refusal or empty).
    recordings: list
    #: Name -> type.
    channels: dict
    #: Old name to new, as the table of counts has it.
    renamed: set
    events: Counter
    problem: InputError | None


def look(dataset, data_root, seed):
    """Read the headers and events of a data set's subjects, as the jobs will.

    Parameters
    ----------
    dataset : dict
    data_root : Path or None
    seed : int

    Returns
    -------
    list of Looked

    Raises
    ------
    InputError
        If the folder is missing, or no such subject is there.
    """
    source = registry.load(dataset["source"])
    subjects = source.subjects(dataset, data_root)
    return [
        _look(source, dataset, data_root, subject, seed)
        for subject in progress(subjects, "check")
    ]


def _look(source, dataset, data_root, subject, seed):
    looked = Looked(subject, [], {}, set(), Counter(), None)
    try:
        record = source.prepare(dataset, data_root, subject, seed)
        for recording in source.read(record):
            _add(looked, recording)
    except InputError as error:
        return looked._replace(problem=error)
    return looked


def _add(looked, recording):
    raw = recording.raw
    rate = raw.info["sfreq"]
    row = recording.name, rate, raw.n_times / rate, recording.refused
    looked.recordings.append(row)
    types = raw.get_channel_types()
    looked.channels.update(zip(raw.ch_names, types, strict=True))
    looked.events.update(map(str, raw.annotations.description))
    for item, name, _ in recording.counts:
        if item == "channel_renamed":
            looked.renamed.add(name)


def page(config):
    """The page of a configuration, in lines.

    Parameters
    ----------
    config : dict
        Complete, as `eeglrp.plan.planned.read_config` gives it.

    Returns
    -------
    lines : list of str
    n_faults : int
        Subjects that stop the study, data sets that cannot be read, tasks that cannot be split.
    """
    lines, n_faults, looks = [], 0, {}
    for name, dataset in config["datasets"].items():
        lines.append(f"Data set {name} ({dataset['source']})")
        if dataset["source"] == "simulated":
            lines.append("  is simulated: nothing to check")
            continue
        try:
            looks[name] = look(dataset, config["data_root"], config["seed"])
        except InputError as error:
            lines.append(f"  STOPS: {error}")
            n_faults += 1
            continue
        lines += dataset_lines(looks[name])
        n_faults += sum(one.problem is not None for one in looks[name])
    for name, task in settings.main_tasks(config).items():
        if task["dataset"] in looks:
            of_task, faults = _task_lines(config, name, looks[task["dataset"]])
            lines += [f"Task {name}", *of_task]
            n_faults += faults
    return lines, n_faults


def dataset_lines(looked):
    """Lines on a data set."""
    usable = [one for one in looked if one.problem is None]
    recordings = [row for one in usable for row in one.recordings]
    minutes = sum(duration for _, _, duration, _ in recordings) / 60
    rates = Counter(f"{rate:g} Hz" for _, rate, _, _ in recordings)
    lines = [
        f"  {len(usable)} of {len(looked)} subjects can be read: "
        f"{len(recordings)} recordings, {minutes:.1f} min",
        f"  sampling rates: {_counted(rates)}",
        *_channel_lines(usable),
        *_event_lines(usable),
    ]
    for one in looked:
        if one.problem is not None:
            lines.append(f"  STOPS at subject {one.subject}: {one.problem}")
        for name, _, _, reason in one.recordings:
            if reason:
                lines.append(f"  refused: {one.subject}, {name}: {reason}")
    return lines


def _channel_lines(usable):
    if not usable:
        return []
    kinds = {}
    for one in usable:
        for name, kind in one.channels.items():
            kinds.setdefault(kind, Counter())[name] += 1
    lines = []
    for kind, names in kinds.items():
        everywhere = [name for name in names if names[name] == len(usable)]
        lines.append(f"  {kind}: {len(everywhere)}: {' '.join(everywhere)}")
        for name in names:
            if name not in everywhere:
                lines.append(
                    f"  {kind} {name}: in {names[name]} of {len(usable)} subjects only"
                )
    renamed = sorted(set().union(*(one.renamed for one in usable)))
    if renamed:
        lines.append(f"  renamed: {'; '.join(renamed)}")
    return lines


def _event_lines(usable):
    names = sorted(set().union(*(one.events for one in usable)))
    if not names:
        return ["  events: none"]
    lines = ["  events, from the fewest in a subject to the most:"]
    for name in names[: 4 * _LISTED]:
        numbers = [one.events[name] for one in usable]
        lines.append(f"    {name}: {min(numbers)} to {max(numbers)}")
        without = [one.subject for one in usable if not one.events[name]]
        if without and len(without) < len(usable):
            lines[-1] += f"; none in {_listed(without)}"
    return lines


def _task_lines(config, name, looked):
    task = config["tasks"][name]
    usable = [one for one in looked if one.problem is None]
    lines, faults = [], 0
    if settings.task_kind(config, name) in settings.CUED:
        for word in task["classes"]:
            total = sum(one.events[word] for one in usable)
            lines.append(f"  class {word}: {total} events")
            if not total:
                faults += 1
                lines.append(
                    "  STOPS: no such event; correct classes, or the data set's `events`"
                )
    split = task["split"]
    needed = split["folds"] if split["by"] == "subject" else 1
    text = f"  split by {split['by']}, {split['folds']} folds, {len(usable)} subjects"
    if not split["test"] and len(usable) < needed:
        faults += 1
        text += ": STOPS, fewer subjects than folds; lower folds, or split by: block"
    return [*lines, text], faults


def _counted(numbers):
    return ", ".join(f"{name} ({count})" for name, count in numbers.items())


def _listed(names):
    rest = len(names) - _LISTED
    listed = ", ".join(names[:_LISTED])
    return f"{listed} and {rest} more" if rest > 0 else listed
