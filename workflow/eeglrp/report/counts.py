"""Sizes of splits, and what was kept of the recordings and what was left out."""

from pathlib import Path

from eeglrp.files import read_table
from eeglrp.report.cells import number, word

COUNT_COLUMNS = ("subject", "recording", "item", "name", "count")
SPLIT_COLUMNS = ("sample", "subject", "split")
#: How the names of counts end that are no loss.
_USED = ("_found", "_kept", "_permuted")
_COLUMNS = ["task", "item", "name", "count", "subjects"]


def split_sizes(paths):
    """Windows and subjects in every split."""
    rows = []
    for path in map(Path, paths):
        frame = read_table(path, SPLIT_COLUMNS)
        for split, group in frame.groupby("split", sort=False):
            sizes = (len(group), group["subject"].nunique())
            rows.append([word(path.stem), (split, None), *map(number, sizes)])
    columns = ["task", "split", "windows", "subjects"]
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
    rows = [row for item, row in _counted(paths) if not item.endswith(_USED)]
    return {"columns": _COLUMNS, "rows": rows} if rows else None


def _counted(paths):
    """Item and row of every kind of count, over all subjects of a task."""
    import pandas as pd

    frames = [
        read_table(path, COUNT_COLUMNS).assign(task=Path(path).parent.name)
        for path in paths
    ]
    if not frames:
        return []
    frame = pd.concat(frames, ignore_index=True).fillna(
        {"name": "", "item": ""}
    )
    groups = frame[frame["count"] != 0].groupby(
        ["task", "item", "name"], sort=False
    )
    return [
        (
            item,
            [
                word(task),
                word(item),
                (name, None),
                number(group["count"].sum()),
                _subjects(group),
            ],
        )
        for (task, item, name), group in groups
    ]


def _subjects(group):
    return number(group["subject"].nunique())
