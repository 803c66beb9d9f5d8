"""How often the test of the central cluster finds one, with and without a planted effect.

Every draw is a study of two tasks, two regimes and two seeds on made-up shares of electrodes
(`tests/affect/made_up.py`): each model has a map of its own that all its subjects share, and models
of permuted labels differ from the trained ones by the planted effect alone. A study finds a cluster
if any regime of any task does, mean over seeds, after the correction. Beside the whole procedure
stands what a test over subjects against one reference alone would find.

    python benchmarks/affect_cluster.py --draws 300
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

from eeglrp.affect.table import corrected, regimes_rows

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.affect.made_up import CENTRAL, made_up

LEVEL = 0.05
SETTINGS = {"statistics": {"bootstrap": 100, "confidence": 0.95}, "seed": 1}
ALONE = ("chance", "signal", "untrained", "permuted")


def study(rng, planted, n_subjects, permuted):
    """Whether the whole procedure, and each reference alone, finds a cluster in any regime."""
    rows = []
    for task in ("arousal", "valence"):
        maps = made_up(rng, planted, n_subjects=n_subjects, permuted=permuted)
        rows += regimes_rows(
            maps, CENTRAL, {"study": "x", "task": task}, SETTINGS
        )
    rows = corrected([row for row in rows if row["subject"] == "all"])
    return {
        null: any(
            row["p"] < LEVEL and row["value"] > row["chance"]
            for row in rows
            if row["null"] == null
        )
        for null in ("all", *ALONE)
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument(
        "--subjects", type=int, nargs="+", default=[6, 8, 9, 10, 12]
    )
    parser.add_argument(
        "--permuted", type=int, nargs="+", default=[0, 2, 3, 5, 10]
    )
    parser.add_argument(
        "--planted", type=float, nargs="+", default=[0.0, 0.6, 1.0]
    )
    options = parser.parse_args()
    print(f"part of {options.draws} studies with a finding (p < {LEVEL})")
    print(
        "planted  subjects  permuted   whole procedure        over subjects alone, against:"
    )
    print(" " * 52 + "".join(f"{name:>11}" for name in ALONE))
    for planted in options.planted:
        for n_subjects in options.subjects:
            for permuted in options.permuted:
                rng = np.random.default_rng(0)
                setting = planted, n_subjects, permuted
                found = [study(rng, *setting) for _ in range(options.draws)]
                print_row(setting, found, options.draws)


def print_row(setting, found, draws):
    """One line of the table."""
    rates = {name: np.mean([one[name] for one in found]) for name in found[0]}
    low, high = binomtest(
        sum(one["all"] for one in found), draws
    ).proportion_ci(method="exact")
    planted, n_subjects, permuted = setting
    whole = f"{rates['all']:.3f} [{low:.3f}, {high:.3f}]"
    words = f"{planted:7.1f}{n_subjects:10d}{permuted:10d}   {whole:22}"
    print(
        words + " " * 7 + "".join(f"{rates[name]:11.3f}" for name in ALONE),
        flush=True,
    )


if __name__ == "__main__":
    main()
