"""A temporary folder for each job, which no way of ending leaves behind for long."""

import fcntl
import logging
import os
import platform
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

logger = logging.getLogger(__name__)

#: Seconds within which a folder may be without its lock, since its job has just begun.
YOUNG = 60
_LOCK = "in-use"


@contextmanager
def job_folder():
    """Yield a folder in which everything that `tempfile` makes lies, removed in the end.

    Nothing runs at the end of a job that is killed (SIGKILL): what such jobs on this machine left,
    the next job removes. A lock, which ends with its process, tells them from those at work.
    """
    base = Path(tempfile.gettempdir())
    wanted = os.environ.get("TMPDIR")
    if wanted and Path(wanted).resolve() != base.resolve():
        logger.warning(
            "TMPDIR is %s, which cannot be written to: using %s", wanted, base
        )
    prefix = f"eeglrp-{platform.node()}-"
    _remove_abandoned(base, prefix)
    before = tempfile.tempdir
    with (
        tempfile.TemporaryDirectory(prefix=prefix, dir=base) as folder,
        (Path(folder) / _LOCK).open("w") as lock,
    ):
        # Some network file systems have no locks.
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        tempfile.tempdir = folder
        try:
            yield Path(folder)
        finally:
            tempfile.tempdir = before


def _remove_abandoned(base, prefix):
    for lock in base.glob(f"{prefix}*/{_LOCK}"):
        # Another user's, still locked, or gone since: none of ours to remove.
        with suppress(OSError), lock.open("r+") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            age = time.time() - lock.stat().st_mtime
            if age > YOUNG:
                shutil.rmtree(lock.parent, ignore_errors=True)
