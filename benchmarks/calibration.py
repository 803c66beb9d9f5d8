"""Whether intervals and tests over subjects hold without an effect, when models are draws too.

Scores of subjects are drawn as mean + fold + subject, without an effect; subjects of a fold share
its models. Counted is how often the test at 5 % rejects (the interval of 95 % covers in the other
draws), beside that of a t-test and of a sign-flip test that take subjects to be independent.

    python benchmarks/calibration.py
"""

import argparse

import numpy as np
import pandas as pd
from scipy.stats import ttest_1samp

from eeglrp.statistics import equivalence_p, mean_test, sign_flip_test

#: Subjects and folds.
DESIGNS = ((6, 3), (8, 4), (10, 5), (20, 5), (40, 5), (97, 5))
#: Standard deviation of folds in units of that of subjects.
FOLDS = (0.0, 0.25, 0.5, 1.0)
ALPHA = 0.05


def scores(n, n_folds, spread, shape, rng):
    """Scores without an effect and the fold of every subject."""
    fold = np.arange(n) % n_folds
    of_folds = spread * rng.standard_normal(n_folds)
    subject = rng.standard_normal(n)
    if shape == "bounded":
        # Accuracies of few windows: bounded, in steps, with many ties.
        subject = (rng.binomial(24, 0.5, n) - 12) / np.sqrt(6)
    return of_folds[fold] + subject, fold


def rejections(n, n_folds, spread, shape, draws, rng):
    """How often each test rejects, as one row of the table."""
    tests = {"mean_test": 0, "t-test": 0, "sign-flip": 0, "equivalence": 0}
    # At the margin itself an equivalence test may be wrong in 5 % as well.
    margin = 1.0
    for _ in range(draws):
        values, fold = scores(n, n_folds, spread, shape, rng)
        tests["mean_test"] += mean_test(values, fold, 1 - ALPHA).p < ALPHA
        tests["t-test"] += ttest_1samp(values, 0).pvalue < ALPHA
        if n <= 10:
            tests["sign-flip"] += sign_flip_test(values, rng).p < ALPHA
        shifted = mean_test(values + margin, fold, 1 - ALPHA)
        tests["equivalence"] += equivalence_p(shifted, margin) < ALPHA
    if n > 10:
        tests["sign-flip"] = np.nan
    rates = {name: count / draws for name, count in tests.items()}
    names = {"subjects": n, "folds": n_folds, "fold sd": spread}
    return names | {"scores": shape} | rates


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=4000)
    draws = parser.parse_args().draws
    rng = np.random.default_rng(0)
    rows = [
        rejections(n, n_folds, spread, shape, draws, rng)
        for shape in ("normal", "bounded")
        for n, n_folds in DESIGNS
        for spread in FOLDS
    ]
    table = pd.DataFrame(rows)
    print(
        table.to_string(index=False, float_format=lambda rate: f"{rate:.3f}")
    )
    error = 1.96 * np.sqrt(ALPHA * (1 - ALPHA) / draws)
    print(f"{draws} draws each: +- {error:.3f}")


if __name__ == "__main__":
    main()
