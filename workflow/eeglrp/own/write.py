"""A configuration for a BIDS folder that runs, with what was seen as comments."""

import re
from pathlib import Path

from eeglrp.errors import InputError
from eeglrp.own.events import (
    counts_by_subject,
    propose_classes,
    propose_length,
)
from eeglrp.own.naming import propose_names
from eeglrp.own.page import dataset_lines, look
from eeglrp.own.survey import main_task, survey
from eeglrp.recordings.bids import recording_name

_SEED = 1
_DATASET = "own"
#: Settings of a data set that a new configuration leaves alone.
_EMPTY = {
    "subjects": "all",
    "events": {},
    "ratings": {},
    "drop": [],
    "exclude": [],
}
#: Subjects of which each is a fold of its own; more are grouped into five folds.
_MAX_ALONE = 5
#: Sizes that train on a CPU in minutes, those of config/real-small.yaml.
_SMALL = {
    "model": {"layers": 2, "spatial_init": 0.2},
    "weights": {
        "source": "pretrain",
        "pretraining": {
            "epochs": 4,
            "max_windows": 600,
            "batch_size": 32,
            "learning_rate": 0.003,
        },
    },
    "training": {
        "seeds": [0],
        "epochs": 6,
        "batch_size": 32,
        "learning_rate": 0.001,
        "layer_decay": 1.0,
    },
    "attribution": {"max_windows": 64},
    "evaluate": {"faithfulness": {"max_windows": 2, "random_orders": 2}},
}


def configuration(folder):
    """Text of a configuration for a BIDS folder.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    str

    Raises
    ------
    InputError
        If nothing in the folder can be read, or nothing tells classes apart.
    """
    folder = Path(folder).resolve()
    surveyed = survey(folder)
    task = main_task(surveyed)
    chosen = [row for row in surveyed if row.task == task]
    counts = counts_by_subject(chosen)
    classes = propose_classes(counts)
    dataset = _dataset(folder, task, classes, chosen)
    looked = _refusing(dataset)
    if not looked:
        worst = dataset["exclude"][0]
        remedy = "mend the recordings"
        field = f"subject {worst['subject']}, as all others"
        raise InputError(folder, field, worst["reason"], remedy)
    if not classes and not _has_ecg(looked):
        _nothing_to_decode(folder, task, counts)
    settings = _task(chosen, classes, looked)
    return _text(folder, task, surveyed, dataset, settings, looked)


def _nothing_to_decode(folder, task, counts):
    seen = sorted(set().union(*counts.values()))
    listed = ", ".join(seen[:10]) or "none at all"
    problem = f"no two events that most subjects have 5 times, and no ECG; there are: {listed}"
    remedy = "write trial_type in events.tsv, or a configuration by hand"
    raise InputError(folder, f"events of task {task}", problem, remedy)


def _has_ecg(usable):
    return all("ecg" in one.channels.values() for one in usable)


def _dataset(folder, task, classes, chosen):
    channels = {}
    for row in chosen:
        channels |= row.channels
    rename, types, drop = propose_names(channels)
    eeg = [name for name, kind in channels.items() if kind == "eeg"]
    if len(types) + len(drop) == len(eeg):
        problem = "no electrode has such a name"
        remedy = "write a configuration whose `rename` says which electrodes they are"
        listed = ", ".join(eeg[:10]) or "no channel of type EEG"
        raise InputError(folder, f"channels: {listed}", problem, remedy)
    dataset = {"source": "bids", "folder": str(folder), "task": task or None}
    optional = {
        "events": {old: new for old, new in classes.items() if old != new},
        "rename": rename,
        "types": types,
        "drop": drop,
    }
    return dataset | {key: optional[key] for key in optional if optional[key]}


def _refusing(dataset):
    """Look at the subjects; `exclude` gets what would stop the study, in place."""
    complete = _EMPTY | dataset
    looked = {one.subject: one for one in look(complete, None, _SEED)}
    exclude = []
    stopping = _stopping(looked)
    while stopping:
        exclude = [*exclude, *map(_excluded, stopping)]
        whole = {row["subject"] for row in exclude if "recording" not in row}
        partly = [one.subject for one in stopping if one.subject not in whole]
        for subject in whole:
            looked.pop(subject, None)
        if partly:
            again = complete | {"subjects": partly, "exclude": exclude}
            looked |= {one.subject: one for one in look(again, None, _SEED)}
        stopping = _stopping(looked)
    if exclude:
        dataset["exclude"] = exclude
    return list(looked.values())


def _stopping(looked):
    return [one for one in looked.values() if one.problem is not None]


def _excluded(one):
    """Entry of `exclude`: the recording at fault, or the subject where it is not one alone."""
    path = Path(one.problem.file)
    reason = f"{one.problem.field}: {one.problem.problem}"
    entry = {"subject": one.subject}
    folders = [
        parent
        for parent in path.parents
        if parent.name == f"sub-{one.subject}"
    ]
    if folders and path.stem.endswith("_eeg"):
        recordings = folders[0].rglob(f"*_eeg{path.suffix}")
        if len(list(recordings)) > 1:
            entry["recording"] = recording_name(path)
    return entry | {"reason": reason}


def _task(chosen, classes, usable):
    """Name and settings of the task."""
    windows = {"reference": "average"}
    mains = {row.mains for row in chosen} - {None}
    if len(mains) == 1:
        windows["notch"] = float(mains.pop())
    electrodes = _common(usable)
    if electrodes:
        windows["channels"] = electrodes
    split = _split(len(usable))
    rest = {"split": split, "windows": windows}
    if not classes:
        ecg = {"kind": "r_peak", "classes": ["between", "r_peak"]}
        return "r_peak", {"dataset": _DATASET, **ecg, "length": 1.0, **rest}
    length = float(propose_length(chosen, classes))
    names = list(classes.values())
    rest = {"classes": names, "start": 0.0, "length": length, **rest}
    rest["training"] = {"baselines": ["csp_lda", "tangent_lr"]}
    return "cues", {"kind": "cued", "dataset": _DATASET, **rest}


def _common(usable):
    """Electrodes of all subjects where not all have the same; else None."""
    sets = [
        {name for name, kind in one.channels.items() if kind == "eeg"}
        for one in usable
    ]
    common = set.intersection(*sets)
    if all(electrodes == common for electrodes in sets):
        return None
    return [name for name in usable[0].channels if name in common]


def _split(n_subjects):
    if n_subjects < 3:
        return {"by": "block", "folds": 3, "gap": 1.0}
    folds = n_subjects if n_subjects <= _MAX_ALONE else 5
    return {"by": "subject", "folds": folds}


def _text(folder, task, surveyed, dataset, settings, looked):
    name, task_settings = settings
    others = sorted({row.task for row in surveyed} - {task})
    study = re.sub(r"[^a-z0-9]+", "-", f"own-{folder.name}".lower()).strip("-")
    parts = [
        f"# Written from {folder}. Read it before it runs; it is a guess wherever it chooses.",
        "# See again what it will read: python -m eeglrp.own --check FILE",
        "#",
        *[f"# {line}" for line in dataset_lines(looked)],
        *_excluded_comments(dataset),
        _yaml({"study": study, "seed": _SEED, "jobs": "models"}),
        "# Channels of type misc, and the excluded, are not used.",
    ]
    if others:
        parts.append(f"# Other values of `task` here: {', '.join(others)}")
    parts.append(_yaml({"datasets": {_DATASET: dataset}}))
    parts += _task_comments(task_settings)
    parts.append(_yaml({"tasks": {name: task_settings}}))
    parts.append(
        "# Small enough for a CPU. For a GPU: leave out model, and weights: {source: hub}"
    )
    parts.append(_yaml(_SMALL))
    return "\n".join(part.rstrip() for part in parts) + "\n"


def _excluded_comments(dataset):
    comments = []
    for row in dataset.get("exclude", ()):
        what = row.get("recording", "all recordings")
        comments.append(
            f"#   excluded: {row['subject']}, {what}: {row['reason']}"
        )
    return comments


def _task_comments(task):
    comments = [
        "# classes: left and right, or the two events that are most equal in number.",
        "# length: up to the next event, in whole seconds; start: s after the cue.",
    ]
    if task["classes"] == ["left", "right"]:
        comments.append(
            "# If this is motor imagery, kind: motor_imagery asks about gaze too."
        )
    if task["kind"] == "r_peak":
        comments = ["# No events, but an ECG: are R-peaks decoded?"]
    if task["split"]["by"] == "block":
        comments.append(
            "# Too few subjects to test on others: blocks of time within each."
        )
    return comments


def _yaml(mapping):
    """Block style, but for lists of words and numbers."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    def represent(dumper, items):
        flat = not any(isinstance(item, dict) for item in items)
        tag = "tag:yaml.org,2002:seq"
        return dumper.represent_sequence(tag, items, flow_style=flat)

    Dumper.add_representer(list, represent)
    return yaml.dump(mapping, Dumper=Dumper, sort_keys=False, width=110)
