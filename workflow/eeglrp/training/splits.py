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
    samples = read_samples(windows)
    table = make_splits(samples, split, classes, seed, task)
    write_table(table, out)


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
    first_validation = first_test - split["validation_folds"]
    if fold >= first_test:
        return "test"
    return "validation" if fold >= first_validation else "train"


def _subject_folds(samples, split, seed, task):
    subjects = np.unique(samples["subject"].to_numpy(str))
    if split["test"]:
        fold_of = _named_folds(subjects, split, task)
        return samples["subject"].map(fold_of)
    if len(subjects) < split["folds"]:
        problem = f"{len(subjects)} subjects with windows are fewer than {split['folds']} folds"
        remedy = "lower folds, use more subjects, or split by: block"
        key = f"tasks.{task}.split.folds"
        raise InputError("config", key, problem, remedy)
    rng = generator(seed, "splits", task)
    shuffled = enumerate(rng.permutation(subjects))
    fold_of = {subject: place % split["folds"] for place, subject in shuffled}
    return samples["subject"].map(fold_of)


def _named_folds(subjects, split, task):
    """Folds of subjects that the configuration names; a named one may have no windows."""
    in_test = set(split["test"])
    in_both = sorted(in_test & set(split["validation"]))
    key = f"tasks.{task}.split.test"
    if in_both:
        problem = f"{in_both[0]} validates too"
        raise InputError("config", key, problem, "name it once")
    if not in_test & set(subjects):
        problem = "none of these subjects has windows"
        remedy = "use names of the dataset's subjects"
        raise InputError("config", key, problem, remedy)
    first_test = split["folds"] - split["test_folds"]
    named = dict.fromkeys(split["validation"], first_test - 1)
    named |= dict.fromkeys(split["test"], first_test)
    # All others train.
    return {subject: named.get(subject, 0) for subject in subjects}


def _folds_within(samples, split, seed, task):
    """Nearly equal numbers of windows a fold, in each subject's order of time or at random."""
    fold = np.empty(len(samples), int)
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
            fold[stretch] = number
    return fold


def _leave_gaps(samples, gap, task):
    """Drop windows that begin less than `gap` seconds after one of an earlier split ends."""
    is_kept = np.ones(len(samples), bool)
    onset = samples["onset"].to_numpy(float)
    end = onset + samples["length"].to_numpy(float)
    of_recordings = samples.groupby(["subject", "recording"]).indices
    for rows in of_recordings.values():
        recording = samples.iloc[np.sort(rows)]
        last_end = -np.inf
        for _, block in recording.groupby("split", sort=False):
            inside = block.index.to_numpy()
            is_kept[inside] = onset[inside] - last_end >= gap
            kept = inside[is_kept[inside]]
            last_end = max(last_end, end[kept].max(initial=-np.inf))
    logger.info(
        "%s: %d windows between splits left out (gap %g s)",
        task,
        (~is_kept).sum(),
        gap,
    )
    return samples[is_kept]


def _check_classes(samples, split, classes, task):
    remedies = {
        "subject": "use more subjects, fewer test_folds or validation_folds, or split by: block",
        "block": "use fewer folds or a smaller gap, or split by: subject",
        "random": "use fewer folds, or split by: subject",
    }
    remedy = remedies[split["by"]]
    for name in SPLITS:
        is_inside = samples["split"] == name
        present = set(samples.loc[is_inside, "label"])
        for number, label in enumerate(classes):
            if number not in present:
                place = f"task {task}, split {name}"
                problem = f"has no window of class {label}"
                raise InputError("splits", place, problem, remedy)
