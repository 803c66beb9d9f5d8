"""Files that appear complete or not at all, and the tables a study writes."""

import hashlib
import json
import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

from eeglrp.errors import InputError

#: Columns of every metric table, in order; index columns of a table's own follow at the end.
METRIC_COLUMNS = (
    "study",
    "task",
    "regime",
    "seed",
    "method",
    "subject",
    "metric",
    "value",
    "ci_low",
    "ci_high",
    "chance",
    "n",
)
#: Columns that hold names even where they look like numbers (subject 01 is not subject 1).
NAMES = ("sample", "subject", "recording", "study", "task", "regime", "method", "metric")


@contextmanager
def atomic(path):
    """Yield a temporary path beside `path`, renamed to it when the block succeeds.

    The temporary name ends like the target, since writers look at the ending. When the block
    raises, the temporary file is removed and an earlier `path` stays as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    suffix = "".join(path.suffixes[-2:])
    handle, name = tempfile.mkstemp(prefix=".unfinished-", suffix=suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        _readable_like_any_file(temporary)
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def _readable_like_any_file(path):
    """Undo the private mode of `mkstemp`: colleagues read results too."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)


def write_table(frame, path):
    """Write a data frame as TSV, atomically, with 8 significant digits."""
    with atomic(path) as temporary:
        frame.to_csv(temporary, sep="\t", index=False, float_format="%.8g", lineterminator="\n")


def read_table(path, columns=()):
    """Read a TSV.

    Raises
    ------
    InputError
        If the file is empty or not a table, or one of `columns` is missing.
    """
    import pandas as pd

    try:
        names = dict.fromkeys(NAMES, str)
        blank = {"keep_default_na": False, "na_values": ["", "nan"]}
        frame = pd.read_csv(path, sep="	", dtype=names, **blank)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(
            path, "table", f"cannot be read ({error})", "delete it and rerun"
        ) from error
    missing = [column for column in columns if column not in frame]
    if missing:
        raise InputError(path, ", ".join(missing), "column missing", "delete the table and rerun")
    names = [name for name in NAMES if name in frame]
    frame[names] = frame[names].fillna("")
    return frame


def write_json(record, path):
    """Write a JSON file, atomically."""
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n")


def read_json(path):
    """Read a JSON file; `InputError` names a file that is not JSON."""
    try:
        return json.loads(Path(path).read_text())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            path, "JSON", f"cannot be read ({error})", "delete it and rerun"
        ) from error


def sha256(path):
    """SHA-256 of a file, as hexadecimal text."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
