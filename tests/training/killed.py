"""Train one model and be killed on the way: at the n-th call of a function, before it runs.

python killed.py JOB.json MODULE FUNCTION N
"""

import importlib
import json
import os
import signal
import sys


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
    with open(sys.argv[1]) as stream:
        inputs, options = json.load(stream)
    from eeglrp.training.loop import train_model

    kill_at_call(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    train_model(*inputs, **options)


if __name__ == "__main__":
    main()
