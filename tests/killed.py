"""Run a job of the package and kill it on the way: at the n-th call of a function, before it runs.

python killed.py JOB.json MODULE FUNCTION N

The job: which function (`module:name`), its positional arguments, its keywords.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from eeglrp.optional import without_compiler

PACKAGE = Path(__file__).parents[1] / "workflow"


def kill(job, folder, module, name, number):
    """Run the job in a process of its own that dies by SIGKILL."""
    file = folder / "job.json"
    file.write_text(json.dumps(job))
    done = subprocess.run(
        [sys.executable, __file__, file, module, name, str(number)],
        env=os.environ | {"PYTHONPATH": str(PACKAGE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def kill_at_call(module, name, number):
    owner = importlib.import_module(module)
    *parents, name = name.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    original, calls = getattr(owner, name), []

    def counted(*arguments, **keywords):
        calls.append(1)
        if len(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **keywords)

    setattr(owner, name, counted)


def main():
    function, inputs, options = json.loads(Path(sys.argv[1]).read_text())
    module, name = function.split(":")
    work = getattr(importlib.import_module(module), name)
    kill_at_call(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    with without_compiler():
        work(*inputs, **options)


if __name__ == "__main__":
    main()
