"""Files that appear complete or not at all, and the tables a study writes."""

import errno
import glob
import hashlib
import json
import os
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path

from eeglrp.errors import InputError

#: Columns of every metric table, in order; index columns of a table's own follow at the end.
METRIC_COLUMNS = (
    "study",
    "task",
    "regime",
    "seed",
    "fold",
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
NAMES = (
    "sample",
    "subject",
    "recording",
    "study",
    "task",
    "regime",
    "method",
    "metric",
)

#: Errors of the system that a disk causes, not the program.
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


@contextmanager
def atomic(path):
    """Yield a temporary path beside `path`, renamed to it when the block succeeds.

    The temporary name ends like the target, since writers look at the ending. When the block
    raises, the temporary file is removed and an earlier `path` stays as it was. What a job that
    was killed left of the same target is removed too.

    Raises
    ------
    InputError
        If the disk is full or cannot be written to.
    """
    path = Path(path)
    with unwritable_named(path):
        temporary = _beside(path)
        try:
            yield temporary
            _readable_like_any_file(temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _beside(path):
    """Make an empty file in the folder of `path`, in place of any that a killed job left."""
    prefix = f".unfinished-{path.name}-"
    suffix = "".join(path.suffixes[-2:])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for abandoned in path.parent.glob(f"{glob.escape(prefix)}*"):
            abandoned.unlink(missing_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=prefix, suffix=suffix, dir=path.parent
        )
    except PermissionError as error:
        raise _unwritable(path, error.strerror) from error
    os.close(handle)
    return Path(name)


@contextmanager
def unwritable_named(path):
    """Name the file that a block writes when the disk is full or cannot be written to.

    Raises
    ------
    InputError
        In place of whatever error the writer had for that.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        reason = why_unwritable(error)
        if reason:
            raise _unwritable(path, reason) from error
        raise


def _unwritable(path, reason):
    folder = Path(path).parent
    remedy = f"make room in {folder} or let it be written to, then run the same command again"
    return InputError(path, "file", f"cannot be written ({reason})", remedy)


def why_unwritable(error):
    """Say why, if an error comes from a disk that is full or cannot be written to.

    Some libraries wrap the system's error in one of their own, or have only its number in a text.
    """
    while error is not None:
        in_text = re.search(r"os error (\d+)", str(error))
        number = getattr(error, "errno", None)
        if in_text:
            number = int(in_text[1])
        if number in _DISK:
            return os.strerror(number)
        error = error.__cause__ or error.__context__
    return None


def _readable_like_any_file(path):
    """Undo the private mode of `mkstemp`: colleagues read results too."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)


def memory_map(file, shape):
    """Make an array of zeros (float32) in a file, for what memory should not hold.

    Its room on the disk is taken now: a disk that were full later would end the process by a
    signal (SIGBUS), without a word.
    """
    import numpy as np

    array = np.lib.format.open_memmap(
        file, mode="w+", dtype=np.float32, shape=shape
    )
    if hasattr(os, "posix_fallocate"):
        with Path(file).open("r+b") as stream:
            size = Path(file).stat().st_size
            os.posix_fallocate(stream.fileno(), 0, size)
    return array


def write_table(frame, path):
    """Write a data frame as TSV, atomically, with 8 significant digits."""
    with atomic(path) as temporary:
        frame.to_csv(
            temporary,
            sep="\t",
            index=False,
            float_format="%.8g",
            lineterminator="\n",
        )


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
    except (
        pd.errors.ParserError,
        pd.errors.EmptyDataError,
        UnicodeDecodeError,
    ) as error:
        problem, remedy = f"cannot be read ({error})", "delete it and rerun"
        raise InputError(path, "table", problem, remedy) from error
    missing = [column for column in columns if column not in frame]
    if missing:
        field, remedy = ", ".join(missing), "delete the table and rerun"
        raise InputError(path, field, "column missing", remedy)
    names = [name for name in NAMES if name in frame]
    frame[names] = frame[names].fillna("")
    return frame


def write_json(record, path):
    """Write a JSON file, atomically."""
    with atomic(path) as temporary:
        text = json.dumps(record, indent=2, sort_keys=True)
        temporary.write_text(f"{text}\n")


def read_json(path):
    """Read a JSON file; `InputError` names a file that is not JSON."""
    try:
        return json.loads(Path(path).read_text())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        problem, remedy = f"cannot be read ({error})", "delete it and rerun"
        raise InputError(path, "JSON", problem, remedy) from error


def sha256(path):
    """SHA-256 of a file, as hexadecimal text."""
    with Path(path).open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    return digest.hexdigest()
