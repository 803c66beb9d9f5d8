"""What every job of a study needs: a log, a number of threads, progress a person can follow."""

import logging
import os
import sys
import traceback
from contextlib import contextmanager

from eeglrp.errors import InputError

logger = logging.getLogger("eeglrp")


def progress(iterable, desc, total=None):
    """Show a progress bar on a terminal; stay quiet elsewhere."""
    from tqdm.auto import tqdm

    return tqdm(iterable, desc=desc, total=total, disable=not sys.stderr.isatty())


def share_package(folder):
    """Let the processes that this one starts import the package from `folder` too."""
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))


def limit_threads(threads):
    """Bound the threads of numerical libraries that are imported later."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(threads)


@contextmanager
def job(log, threads=1):
    """Run a job with its messages in `log` and at most `threads` threads.

    An `InputError` ends the job with its message alone, in the log and on standard error;
    any other exception leaves its traceback in the log and goes on.
    """
    limit_threads(threads)
    handler = logging.FileHandler(log, mode="w")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.captureWarnings(True)
    listeners = (logger, logging.getLogger("py.warnings"))
    for listener in listeners:
        listener.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
        logger.info("done")
    except InputError as error:
        logger.error("%s", error)
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1)
    except BaseException:
        logger.error("%s", traceback.format_exc())
        raise
    finally:
        for listener in listeners:
            listener.removeHandler(handler)
        handler.close()
