"""Explanations of braindecode's models against finite differences, model by model.

What `python -m eeglrp.lrp.check` says of each class that can be built offline (as `zoo.py` builds
it) and has at most 30 million parameters.

    python benchmarks/zoo_check.py            # all
    python benchmarks/zoo_check.py Labram BIOT
"""

import argparse
import tempfile
import warnings

import mne
import zoo

from eeglrp.errors import InputError
from eeglrp.lrp.check import check

LARGEST = 3e7


def examine(name, model_class, rules):
    """Check of a model, or why there is none, in a line."""
    try:
        model, signal = zoo.build(name, model_class)
    except Exception as error:
        return f"cannot be built: {zoo.first_line(error)}"
    if sum(p.numel() for p in model.parameters()) > LARGEST:
        return "too large"
    calls = zoo.CALLS.get(name)
    try:
        found = check(model, signal[:1], zoo.score, rules, calls, 2)
    except InputError as error:
        return f"refused: {zoo.first_line(error)}"
    verdict = "as it should be" if found.passed else "NOT as it should be"
    if found.agreement is None:
        return f"{verdict}; not tested: {', '.join(found.untested)}"
    missing = f", without a rule: {found.missing[0]}" if found.missing else ""
    gaps = f"closes to {found.closure:.1e}, agrees to {found.agreement:.1e}"
    return f"{verdict}; {gaps}{missing}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", help="classes; all if left out")
    parser.add_argument("--rules", default="attn_lrp")
    options = parser.parse_args()
    mne.set_log_level("ERROR")
    warnings.simplefilter("ignore")
    known = zoo.classes()
    with tempfile.TemporaryDirectory() as folder:
        zoo.offer_position_bank(folder)
        for name in options.models or known:
            said = examine(name, known[name], options.rules)
            print(f"{name:24} {said}", flush=True)


if __name__ == "__main__":
    main()
