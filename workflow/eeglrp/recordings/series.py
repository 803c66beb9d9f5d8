"""Time series beside a BIDS recording, `_physio`, `_stim` or `_beh`, and what describes them.

A series is a table with a column a quantity, whose JSON says when its rows were sampled (BIDS,
"Physiological recordings": `Columns`, `SamplingFrequency` in Hz, and `StartTime` in s from the
recording's first sample). A JSON file holds for all files below its folder whose names have all
parts of its own; nearer ones win. A `_beh` table without `SamplingFrequency` is no time series.
The module is imported while the graph of jobs is built, so it imports nothing heavy.
"""

import zlib
from pathlib import Path
from typing import NamedTuple

from eeglrp.errors import InputError
from eeglrp.files import read_json

#: What to do about a table that cannot be read.
AGAIN = "write the file again"
_SUFFIXES = ("physio", "stim", "beh")


class Series(NamedTuple):
    """A table and its description; `names` of its columns, empty where they are not known."""

    path: Path
    description: Path
    header: dict
    names: list


def series_files(eeg, root):
    """Time series that go with a recording, and the JSON files that describe them.

    Parameters
    ----------
    eeg : Path
        The recording, such as `sub-1/ses-2/eeg/sub-1_ses-2_task-film_eeg.edf`.
    root : Path
        The dataset's folder.

    Returns
    -------
    dict
        Series, beside the recording or in sibling folders such as `beh` -> its JSON files, the
        farthest first.
    """
    stem = eeg.name.rpartition("_")[0]
    session = eeg.parent.parent
    tables = set()
    for suffix in _SUFFIXES:
        for name in (f"{stem}_{suffix}", f"{stem}_recording-*_{suffix}"):
            tables.update(session.glob(f"*/{name}.tsv"))
            tables.update(session.glob(f"*/{name}.tsv.gz"))
    return {path: _descriptions(path, Path(root)) for path in sorted(tables)}


def _descriptions(series, root):
    """JSON files whose parts are all among those of the series, from the root down."""
    *entities, suffix = _bare(series).split("_")
    folders = [
        folder
        for folder in series.parents
        if folder == root or root in folder.parents
    ]
    descriptions = []
    for folder in reversed(folders):
        names = [path.stem.split("_") for path in folder.glob("*.json")]
        fitting = [
            name
            for name in names
            if name[-1] == suffix and set(name[:-1]) <= set(entities)
        ]
        for name in sorted(fitting, key=len):
            descriptions.append(folder / f"{'_'.join(name)}.json")
    return descriptions


def _bare(path):
    return path.name.partition(".")[0]


def find_series(eeg, root):
    """Series that go with a recording, as `series_files` finds them, with their descriptions.

    Raises
    ------
    InputError
        If a description cannot be read, or its `Columns` are no list.
    """
    series = []
    for path, descriptions in series_files(eeg, root).items():
        series.append(_series(path, descriptions))
    return series


def _series(path, descriptions):
    header = {}
    description = path.with_name(f"{_bare(path)}.json")
    for file in descriptions:
        header |= _described(file)
        description = file
    names = header.get("Columns", [])
    if not isinstance(names, list) or len(set(map(str, names))) < len(names):
        problem = f"{names!r} is no list of columns"
        remedy = "name every column of the table, once"
        raise InputError(description, "Columns", problem, remedy)
    if _bare(path).endswith("_beh") and "SamplingFrequency" not in header:
        return Series(path, description, header, [])
    # Some tables carry their header, whatever the JSON says.
    return Series(path, description, header, names or _first_row(path))


def _described(file):
    remedy = "correct the file"
    try:
        header = read_json(file)
    except InputError as error:
        raise InputError(file, "JSON", error.problem, remedy) from error
    if not isinstance(header, dict):
        problem = "is not a table of keys"
        raise InputError(file, "JSON", problem, remedy)
    return header


def _first_row(path):
    """Names of the columns in a table that begins with them; empty if it begins with numbers."""
    rows = read_rows(path, 1)
    if rows.empty:
        return []
    names = rows.iloc[0].astype(str).tolist()
    if any(_is_number(name) for name in names):
        return []
    return names


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def read_rows(path, n_rows=None):
    """Data frame of a table as text, whose first row may be its header.

    Raises
    ------
    InputError
        If the table cannot be read.
    """
    import pandas as pd

    options = {
        "sep": "\t",
        "header": None,
        "dtype": str,
        "na_values": ["n/a"],
        "nrows": n_rows,
    }
    try:
        return pd.read_csv(path, **options)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    except (OSError, EOFError, zlib.error, ValueError) as error:
        problem = f"cannot be read ({type(error).__name__}: {error})"
        raise InputError(path, "table", problem, AGAIN) from error
