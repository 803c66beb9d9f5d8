"""Which windows train, validate and test a model, without leakage between the three.

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


def split_task(windows, task, split, classes, seed, out):
    """Split the windows of a task and write the table.

    Parameters
    ----------
    windows : sequence of Path
        Windows stores, one a subject.
    task : str
    split : dict
        `by` (`subject`, `block` or `random`), `folds`, `validation_folds`, `test_folds`, `gap` (s).
    classes : sequence of str
    seed : int
    out : Path
        Table with columns sample, subject, split, fold.

    Raises
    ------
    InputError
        As `make_splits`.
    """
    write_table(
        make_splits(read_samples(windows), split, classes, seed, task), out
    )


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
        names = ("sample", "subject", "recording", "onset", "label")
        columns = {name: dataset[name].values for name in names}
        columns |= {name: columns[name].astype(str) for name in names[:3]}
        frames.append(pd.DataFrame(columns | {"length": length}))
    if not frames:
        problem, remedy = (
            "no subject has a window",
            "see the window counts for the reasons",
        )
        raise InputError("splits", "windows", problem, remedy)
    return pd.concat(frames, ignore_index=True)


def make_splits(samples, split, classes, seed, task):
    """Assign every window to a fold, and the folds to the splits.

    The last `test_folds` folds test, the `validation_folds` before them validate, the rest train.
    By subject, folds are groups of subjects drawn by the seed; or, where `test` names subjects,
    those test, those in `validation` validate and the others train. By block, they are stretches
    of each subject's time line, in order, and a window within `gap` seconds of an earlier one of
    another split in the same recording belongs to no split. At random, each subject's windows are
    shuffled by the seed: neighbours stand on both sides, which inflates what they seem to show.

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
    DataFrame
        Columns sample, subject, split, fold; subjects, then time, in order.

    Raises
    ------
    InputError
        If there are fewer subjects or windows than folds, or a class is absent from a split.
    """
    ordered = samples.sort_values(
        ["subject", "recording", "onset", "sample"], ignore_index=True
    )
    if split["by"] == "subject":
        ordered["fold"] = _subject_folds(ordered, split, seed, task)
    else:
        ordered["fold"] = _folds_within(ordered, split, seed, task)
    ordered["split"] = [_split_of(fold, split) for fold in ordered["fold"]]
    if split["by"] == "block":
        ordered = _leave_gaps(ordered, split["gap"], task)
    _check_classes(ordered, split, classes, task)
    return ordered[list(COLUMNS)]


def _split_of(fold, split):
    first_test = split["folds"] - split["test_folds"]
    if fold >= first_test:
        return "test"
    return (
        "validation"
        if fold >= first_test - split["validation_folds"]
        else "train"
    )


def _subject_folds(samples, split, seed, task):
    subjects = np.unique(samples["subject"].to_numpy(str))
    if split["test"]:
        return samples["subject"].map(_named_folds(subjects, split, task))
    if len(subjects) < split["folds"]:
        problem = f"{len(subjects)} subjects with windows are fewer than {split['folds']} folds"
        remedy = "lower folds, use more subjects, or split by: block"
        raise InputError(
            "config", f"tasks.{task}.split.folds", problem, remedy
        )
    shuffled = generator(seed, "splits", task).permutation(subjects)
    fold = {subject: i % split["folds"] for i, subject in enumerate(shuffled)}
    return samples["subject"].map(fold)


def _named_folds(subjects, split, task):
    """Folds of subjects that the configuration names; a named one may have no windows."""
    both = sorted(set(split["test"]) & set(split["validation"]))
    key = f"tasks.{task}.split.test"
    if both:
        raise InputError(
            "config", key, f"{both[0]} validates too", "name it once"
        )
    if not set(split["test"]) & set(subjects):
        problem, remedy = (
            "none of these subjects has windows",
            "use names of the dataset's subjects",
        )
        raise InputError("config", key, problem, remedy)
    first_test = split["folds"] - split["test_folds"]
    named = dict.fromkeys(split["validation"], first_test - 1)
    named |= dict.fromkeys(split["test"], first_test)
    return {subject: named.get(subject, 0) for subject in subjects}


def _folds_within(samples, split, seed, task):
    """Nearly equal numbers of windows a fold, in each subject's order of time or at random."""
    fold = np.empty(len(samples), int)
    for subject, rows in samples.groupby("subject").indices.items():
        if len(rows) < split["folds"]:
            problem = f"subject {subject} has {len(rows)} windows for {split['folds']} folds"
            remedy = "lower folds, leave the subject out, or split by: subject"
            raise InputError(
                "config", f"tasks.{task}.split.folds", problem, remedy
            )
        rows = np.sort(rows)
        if split["by"] == "random":
            rows = generator(seed, "splits", task, subject).permutation(rows)
        for number, part in enumerate(np.array_split(rows, split["folds"])):
            fold[part] = number
    return fold


def _leave_gaps(samples, gap, task):
    """Drop windows that begin less than `gap` seconds after one of an earlier split ends."""
    keep = np.ones(len(samples), bool)
    onset, length = (
        samples["onset"].to_numpy(float),
        samples["length"].to_numpy(float),
    )
    for rows in samples.groupby(["subject", "recording"]).indices.values():
        last_end = -np.inf
        for _, block in samples.iloc[np.sort(rows)].groupby(
            "split", sort=False
        ):
            inside = block.index.to_numpy()
            keep[inside] = onset[inside] - last_end >= gap
            kept = inside[keep[inside]]
            last_end = max(
                last_end, (onset[kept] + length[kept]).max(initial=-np.inf)
            )
    logger.info(
        "%s: %d windows between splits left out (gap %g s)",
        task,
        (~keep).sum(),
        gap,
    )
    return samples[keep]


def _check_classes(samples, split, classes, task):
    remedies = {
        "subject": "use more subjects, fewer test_folds or validation_folds, or split by: block",
        "block": "use fewer folds or a smaller gap, or split by: subject",
        "random": "use fewer folds, or split by: subject",
    }
    for name in SPLITS:
        present = set(samples.loc[samples["split"] == name, "label"])
        for number, label in enumerate(classes):
            if number not in present:
                place, problem = (
                    f"task {task}, split {name}",
                    f"has no window of class {label}",
                )
                raise InputError(
                    "splits", place, problem, remedies[split["by"]]
                )
