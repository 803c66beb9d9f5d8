"""Which windows train, validate and test the models of each fold, without leakage between them.

Every fold tests once, and those after it validate, so that every window is tested by a model that
never saw it. Where the configuration names the subjects that test, there is one fold.

Neighbouring windows of one recording resemble each other, so a random split would measure memory.
Whole subjects are kept together, or the time line of every subject is cut into blocks with a gap.
Random splits are there all the same: to show by how much they would have inflated an accuracy.
"""

import numpy as np

from eeglrp.errors import InputError
from eeglrp.files import write_table
from eeglrp.jobs import logger
from eeglrp.seeds import generator

SPLITS = ("train", "validation", "test")
COLUMNS = ("sample", "subject", "split", "fold")
#: Group of subjects that the configuration lets train in every fold.
ONLY_TRAINS = -1


def split_task(windows, task, split, classes, seed, folds, out):
    """Split the windows of a task once a fold, and write the tables.

    Parameters
    ----------
    windows : sequence of Path
        Windows stores, one a subject.
    task : str
    split : dict
        `by` (`subject`, `block` or `random`), `folds`, `validation_folds`, `gap` (s), `test`,
        `validation` and `train`.
    classes : sequence of str
    seed : int
    folds : sequence of Path
        Table of each fold, with columns sample, subject, split, fold (the same in all rows).
    out : Path
        Those of all folds, one after another: every window once in the split `test`.

    Raises
    ------
    InputError
        As `make_splits`.
    """
    import pandas as pd

    samples = read_samples(windows)
    tables = make_splits(samples, split, classes, seed, task)
    for table, path in zip(tables, folds, strict=True):
        write_table(table, path)
    write_table(pd.concat(tables), out)


def read_samples(windows):
    """Table of all windows: sample, subject, recording, onset (s), length (s), label.

    Raises
    ------
    InputError
        If no store has a window.
    """
    import pandas as pd

    from eeglrp.store import open_windows

    frames = []
    for path in windows:
        dataset = open_windows(path)
        if not dataset.sizes["sample"]:
            continue
        length = dataset.sizes["time"] / dataset.attrs["sampling_rate"]
        columns = {
            "sample": dataset["sample"].values.astype(str),
            "subject": dataset["subject"].values.astype(str),
            "recording": dataset["recording"].values.astype(str),
            "onset": dataset["onset"].values,
            "label": dataset["label"].values,
            "length": length,
        }
        frames.append(pd.DataFrame(columns))
    if not frames:
        problem = "no subject has a window"
        remedy = "see the window counts for the reasons"
        raise InputError("splits", "windows", problem, remedy)
    return pd.concat(frames, ignore_index=True)


def make_splits(samples, split, classes, seed, task):
    """Assign every window to a group, and the groups to the splits of each fold.

    In fold k, group k tests, the `validation_folds` after it validate, in turn, the rest train. By
    subject, groups are subjects drawn by the seed; or, where `test` names subjects, those test,
    those in `validation` validate and the others train; those in `train` train in every fold. By
    block, they are stretches of each
    subject's time line, in order, and a window within `gap` seconds of an earlier one of another
    split in the same recording belongs to no split. At random, each subject's windows are shuffled
    by the seed: neighbours stand on both sides, which inflates what they seem to show.

    Parameters
    ----------
    samples : DataFrame
        Columns sample, subject, recording, onset, length, label.
    split : dict
    classes : sequence of str
    seed : int
    task : str
        For messages.

    Returns
    -------
    list of DataFrame
        One a fold. Columns sample, subject, split, fold; subjects, then time, in order.

    Raises
    ------
    InputError
        If there are fewer subjects or windows than folds, a subject that `test` or `validation`
        names has no windows, or a class is absent from a split of a fold.
    """
    ordered = samples.sort_values(
        ["subject", "recording", "onset", "sample"], ignore_index=True
    )
    if split["by"] == "subject" and split["test"]:
        named = _named_splits(ordered["subject"], split, task)
        return [_of_fold(ordered, 0, named, split, classes, task)]
    if split["by"] == "subject":
        group = _subject_groups(ordered, split, seed, task)
    else:
        group = _groups_within(ordered, split, seed, task)
    tables = []
    for fold in range(split["folds"]):
        splits = [_split_of(number, fold, split) for number in group]
        tables.append(_of_fold(ordered, fold, splits, split, classes, task))
    return tables


def _of_fold(ordered, fold, splits, split, classes, task):
    """The table of one fold."""
    table = ordered.assign(split=splits, fold=fold)
    if split["by"] == "block":
        table = _leave_gaps(table, split["gap"], task)
    _check_classes(table, split, classes, task, fold)
    return table[list(COLUMNS)]


def _split_of(group, fold, split):
    """Split of a group of windows in a fold."""
    if group == ONLY_TRAINS:
        return "train"
    after = (group - fold) % split["folds"]
    if after == 0:
        return "test"
    return "validation" if after <= split["validation_folds"] else "train"


def _subject_groups(samples, split, seed, task):
    subjects = set(samples["subject"])
    rotating = np.array(sorted(subjects - set(split["train"])))
    if len(rotating) < split["folds"]:
        problem = f"{len(rotating)} subjects with windows are fewer than {split['folds']} folds"
        remedy = "lower folds, use more subjects, or split by: block"
        key = f"tasks.{task}.split.folds"
        raise InputError("config", key, problem, remedy)
    rng = generator(seed, "splits", task)
    shuffled = enumerate(rng.permutation(rotating))
    group_of = dict.fromkeys(split["train"], ONLY_TRAINS)
    group_of |= {name: place % split["folds"] for place, name in shuffled}
    return samples["subject"].map(group_of)


def _named_splits(subject, split, task):
    """Split of every window by the subjects that the configuration names; all others train."""
    subjects = set(subject)
    for name in ("test", "validation"):
        if not subjects & set(split[name]):
            problem = "none of these subjects has windows"
            remedy = "use names of the dataset's subjects"
            key = f"tasks.{task}.split.{name}"
            raise InputError("config", key, problem, remedy)
    named = dict.fromkeys(split["validation"], "validation")
    named |= dict.fromkeys(split["test"], "test")
    return [named.get(name, "train") for name in subject]


def _groups_within(samples, split, seed, task):
    """Nearly equal numbers of windows a group, in each subject's order of time or at random."""
    group = np.empty(len(samples), int)
    of_subjects = samples.groupby("subject").indices
    for subject, rows in of_subjects.items():
        if len(rows) < split["folds"]:
            problem = f"subject {subject} has {len(rows)} windows for {split['folds']} folds"
            remedy = "lower folds, leave the subject out, or split by: subject"
            key = f"tasks.{task}.split.folds"
            raise InputError("config", key, problem, remedy)
        rows = np.sort(rows)
        if split["by"] == "random":
            rng = generator(seed, "splits", task, subject)
            rows = rng.permutation(rows)
        stretches = np.array_split(rows, split["folds"])
        for number, stretch in enumerate(stretches):
            group[stretch] = number
    return group


def _leave_gaps(samples, gap, task):
    """Drop windows that begin less than `gap` seconds after one of another split ends."""
    is_kept = np.ones(len(samples), bool)
    onset = samples["onset"].to_numpy(float)
    end = onset + samples["length"].to_numpy(float)
    name = samples["split"].to_numpy(str)
    of_recordings = samples.groupby(["subject", "recording"]).indices
    for rows in of_recordings.values():
        last_end = dict.fromkeys(SPLITS, -np.inf)
        for row in np.sort(rows):
            others = [
                last_end[split] for split in SPLITS if split != name[row]
            ]
            is_kept[row] = onset[row] - max(others) >= gap
            if is_kept[row]:
                last_end[name[row]] = max(last_end[name[row]], end[row])
    logger.info(
        "%s: %d windows between splits left out (gap %g s)",
        task,
        (~is_kept).sum(),
        gap,
    )
    return samples[is_kept]


def _check_classes(samples, split, classes, task, fold):
    remedies = {
        "subject": "use more subjects or fewer folds, or split by: block",
        "block": "use fewer folds or a smaller gap, or split by: subject",
        "random": "use fewer folds, or split by: subject",
    }
    remedy = remedies[split["by"]]
    for name in SPLITS:
        is_inside = samples["split"] == name
        present = set(samples.loc[is_inside, "label"])
        for number, label in enumerate(classes):
            if number not in present:
                place = f"task {task}, fold {fold}, split {name}"
                problem = f"has no window of class {label}"
                raise InputError("splits", place, problem, remedy)
