"""Sizes of splits, and what was kept of the recordings and what was left out."""

from pathlib import Path

from eeglrp.files import read_table
from eeglrp.report.cells import number, word

COUNT_COLUMNS = ("subject", "recording", "item", "name", "count")
SPLIT_COLUMNS = ("sample", "subject", "split", "fold")
#: How the names of counts end that are no loss.
_USED = ("_found", "_kept", "_permuted")
_COLUMNS = ["task", "item", "name", "count", "subjects"]


def split_sizes(paths):
    """Windows and subjects in every split, over all folds and of one fold on average."""
    rows = []
    for path in map(Path, paths):
        frame = read_table(path, SPLIT_COLUMNS)
        for split, group in frame.groupby("split", sort=False):
            task = word(path.stem)
            n_folds = group["fold"].nunique()
            windows = number(group["sample"].nunique())
            of_fold = number(round(len(group) / n_folds))
            row = [windows, _subjects(group), number(n_folds), of_fold]
            rows.append([task, (split, None), *row])
    columns = [
        "task",
        "split",
        "windows",
        "subjects",
        "folds",
        "windows of a fold",
    ]
    return {
        "heading": "Splits",
        "columns": columns,
        "rows": rows,
        "folded": False,
    }


def window_counts(paths):
    """What was kept, refused and why, summed over subjects."""
    rows = [row for _, row in _counted(paths)]
    return {
        "heading": "Recordings and windows",
        "columns": _COLUMNS,
        "rows": rows,
        "folded": True,
    }


def left_out(paths):
    """What was found in the recordings and not used, with the reason; None if there is nothing."""
    counted = _counted(paths)
    rows = [row for item, row in counted if not item.endswith(_USED)]
    if not rows:
        return None
    return {"columns": _COLUMNS, "rows": rows}


def _counted(paths):
    """Item and row of every kind of count, over all subjects of a task."""
    import pandas as pd

    frames = []
    for path in paths:
        task = Path(path).parent.name
        frames.append(read_table(path, COUNT_COLUMNS).assign(task=task))
    if not frames:
        return []
    frame = pd.concat(frames, ignore_index=True)
    frame = frame.fillna({"name": "", "item": ""})
    counted = frame[frame["count"] != 0]
    rows = []
    for key, group in counted.groupby(["task", "item", "name"], sort=False):
        task, item, name = key
        row = [
            word(task),
            word(item),
            (name, None),
            number(group["count"].sum()),
            _subjects(group),
        ]
        rows.append((item, row))
    return rows


def _subjects(group):
    n_subjects = group["subject"].nunique()
    return number(n_subjects)
