"""What every job of a study needs: a log, a number of threads, progress a person can follow."""

import logging
import os
import signal
import sys
import tempfile
import traceback
from contextlib import contextmanager

from eeglrp.errors import InputError
from eeglrp.files import why_unwritable
from eeglrp.machine import RUNS_ON, in_words, machine
from eeglrp.temporary import job_folder

logger = logging.getLogger("eeglrp")


def progress(iterable, desc, total=None):
    """Show a progress bar on a terminal; stay quiet elsewhere."""
    from tqdm.auto import tqdm

    return tqdm(
        iterable, desc=desc, total=total, disable=not sys.stderr.isatty()
    )


def share_package(folder):
    """Let the processes that this one starts import the package from `folder` too."""
    paths = [str(folder)]
    before = os.environ.get("PYTHONPATH")
    if before:
        paths.append(before)
    distinct = dict.fromkeys(paths)
    os.environ["PYTHONPATH"] = os.pathsep.join(distinct)


def megabytes(files):
    """Size of the input that Snakemake hands to the resources of a job.

    It asks for the size of every file, which takes a second a thousand jobs, and knows nothing when
    one is missing; so the first is looked for before.

    Raises
    ------
    FileNotFoundError
        If the first file is missing: Snakemake shows the resource as to be determined.
    """
    first = next(iter(files), None)
    if first is not None and not getattr(first, "is_storage", False):
        os.stat(first)
    return files.size_mb


def limit_threads(threads):
    """Fix the threads of numerical libraries that are imported later.

    The number is the study's, not the machine's: sums that are split among another number of
    threads differ in their last bits. Without `MKL_DYNAMIC`, the machine's cores would bound it.
    OpenBLAS keeps to one thread, since it never takes more than there are cores.
    """
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)
    os.environ |= {
        "MKL_DYNAMIC": "FALSE",
        "OMP_DYNAMIC": "FALSE",
        "OPENBLAS_NUM_THREADS": "1",
    }


@contextmanager
def job(log, threads=1):
    """Run a job with its messages in `log` and with `threads` threads.

    An `InputError` ends the job with its message alone, in the log and on standard error, and so
    does a disk that is full or cannot be written to; any other exception leaves its traceback in
    the log and goes on. SIGTERM, by which schedulers end a job, ends it like any exception:
    nothing half-written stays, and no temporary folder.
    """
    limit_threads(threads)
    with _messages_in(log), _ended_by_sigterm():
        logger.info("%s%s", RUNS_ON, in_words(machine()))
        try:
            with job_folder():
                yield
            logger.info("done")
        except SystemExit:
            logger.error("ended by a signal")
            raise
        except InputError as error:
            _end(error)
        except Exception as error:
            reason = why_unwritable(error)
            if reason:
                _end(_disk_error(error, reason))
            logger.error("%s", traceback.format_exc())
            raise
        except BaseException:
            logger.error("%s", traceback.format_exc())
            raise


def _end(error):
    logger.error("%s", error)
    print(f"Error: {error}", file=sys.stderr)
    sys.exit(1)


def _disk_error(error, reason):
    """What is written outside `eeglrp.files.atomic` lies in the temporary folder, as a rule."""
    file = getattr(error, "filename", None) or tempfile.gettempdir()
    remedy = "make room there, or set TMPDIR to a folder with room, then run the same command again"
    problem = f"cannot be written to ({reason})"
    return InputError(file, "temporary folder", problem, remedy)


@contextmanager
def _messages_in(log):
    handler = logging.FileHandler(log, mode="w")
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    )
    logging.captureWarnings(True)
    listeners = (logger, logging.getLogger("py.warnings"))
    for listener in listeners:
        listener.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logging.captureWarnings(False)
        for listener in listeners:
            listener.removeHandler(handler)
        handler.close()


@contextmanager
def _ended_by_sigterm():
    """Turn SIGTERM into `SystemExit`, so that everything open is closed and removed."""

    def end(number, _frame):
        # Once: a second signal must not interrupt the clearing up.
        signal.signal(number, signal.SIG_IGN)
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
