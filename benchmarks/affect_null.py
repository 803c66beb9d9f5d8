"""False positives of nulls for decoding a slow rating, on data without any effect.

Every draw has new subjects, whose ratings and features are slow and know nothing of each other. A
discriminant trained on half of the subjects is tested on the others, and its accuracy held against
labels that are permuted freely, shifted, or moved in blocks, in the evaluation or in the training;
or the subjects are the sample. Ratings and features come and go over `--slow` windows, or walk away
over the whole recording. Last, the accuracy within subjects with folds at random and in blocks.

    python benchmarks/affect_null.py --draws 300
"""

import argparse

import numpy as np
from scipy.stats import binomtest

from eeglrp.affect.nulls import KINDS, NEAREST, null_orders, null_p
from eeglrp.affect.scores import (
    BALANCED,
    confusions,
    p_subjects,
    pooled,
    values_of,
)

LEVEL = 0.05
N_FEATURES, N_FOLDS = 10, 5


def slow(shape, width, rng):
    """Courses along the first axis that forget themselves within about `width` windows."""
    noise = rng.normal(size=(shape[0] + 4 * width, *shape[1:]))
    decay = np.exp(-1 / width)
    for i in range(1, len(noise)):
        noise[i] += decay * noise[i - 1]
    return noise[4 * width :]


def walks(shape, width, rng):
    """Courses along the first axis that never forget."""
    return np.cumsum(rng.normal(size=shape), 0)


def subjects_of(course, options, rng):
    """Standardised features (n_windows, n_features) and labels of every subject."""
    n = options.windows
    for _ in range(options.subjects):
        rating, features = (
            course((n,), options.slow, rng),
            course((n, N_FEATURES), options.slow, rng),
        )
        yield (
            (features - features.mean(0)) / features.std(0),
            (rating > np.median(rating)).astype(int),
        )


def decide(features, label, tested):
    """Fit a linear discriminant by least squares; predicted classes of other windows."""
    both = np.c_[features, np.ones(len(features))]
    weights = np.linalg.solve(
        both.T @ both + np.eye(both.shape[1]), both.T @ (2 * label - 1.0)
    )
    return (np.c_[tested, np.ones(len(tested))] @ weights > 0).astype(int)


def orders_of(kind, label, options, rng):
    """Orders of one subject's labels."""
    if kind == "free":
        return rng.permuted(
            np.tile(np.arange(len(label)), (options.orders, 1)), axis=1
        )
    group, onset = np.zeros(len(label), int), np.arange(len(label))
    # In the place of the rating, which changes with every window.
    shared = onset, group, onset, kind, options.orders, rng
    return null_orders(*shared, nearest=options.nearest)


def p_values(subjects, options, rng):
    """Of one cohort, p by name of the null."""
    half = len(subjects) // 2
    features, label = (
        np.concatenate(parts) for parts in zip(*subjects[:half], strict=True)
    )
    tested = subjects[half:]
    decided = [decide(features, label, other) for other, _ in tested]
    found, own = {}, np.arange(len(tested[0][1]))[None]
    observed = np.stack(
        [
            confusions(y, d, own, 2)[0]
            for (_, y), d in zip(tested, decided, strict=True)
        ]
    )
    score = float(pooled(BALANCED, observed, 0))
    for kind in ("free", *KINDS):
        drawn = [orders_of(kind, y, options, rng) for _, y in tested]
        parts = zip(tested, decided, drawn, strict=True)
        null = np.stack(
            [confusions(y, d, order, 2) for (_, y), d, order in parts]
        )
        found[f"{kind}, evaluation"] = null_p(score, pooled(BALANCED, null, 0))
        if kind == "shift":
            found["subjects"] = p_subjects(
                values_of(BALANCED, observed), values_of(BALANCED, null), rng
            )
    for kind in ("free", *KINDS):
        drawn = [y[orders_of(kind, y, options, rng)] for _, y in subjects]
        null = [refitted(subjects, each) for each in zip(*drawn, strict=True)]
        found[f"{kind}, training"] = null_p(score, np.array(null))
    return found


def refitted(subjects, labels):
    """Accuracy over the subjects that test, with other labels for everyone."""
    half, own = len(subjects) // 2, np.arange(len(labels[0]))[None]
    features = np.concatenate([features for features, _ in subjects[:half]])
    label = np.concatenate(labels[:half])
    counts = [
        confusions(y, decide(features, label, tested), own, 2)[0]
        for (tested, _), y in zip(subjects[half:], labels[half:], strict=True)
    ]
    return float(pooled(BALANCED, np.stack(counts), 0))


def cross_validated(subjects, rng):
    """Accuracy within subjects with folds at random and in blocks with a gap."""
    scores = {"at random": [], "in blocks": []}
    for features, label in subjects:
        blocks = np.arange(len(label)) * N_FOLDS // len(label)
        for name, fold in (
            ("at random", rng.permutation(blocks)),
            ("in blocks", blocks),
        ):
            decided = np.empty_like(label)
            for number in range(N_FOLDS):
                test = fold == number
                decided[test] = decide(
                    features[~test], label[~test], features[test]
                )
            counts = confusions(label, decided, np.arange(len(label))[None], 2)
            scores[name].append(values_of(BALANCED, counts)[0])
    return {name: np.mean(values) for name, values in scores.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument("--subjects", type=int, default=16)
    parser.add_argument("--windows", type=int, default=200)
    parser.add_argument("--slow", type=int, default=10)
    parser.add_argument("--orders", type=int, default=99)
    parser.add_argument("--nearest", type=float, default=NEAREST)
    options = parser.parse_args()
    for words, course in (("come and go", slow), ("walk away", walks)):
        rng = np.random.default_rng(0)
        found, accuracies = [], []
        for _ in range(options.draws):
            subjects = list(subjects_of(course, options, rng))
            found.append(p_values(subjects, options, rng))
            accuracies.append(cross_validated(subjects, rng))
        print(
            f"\nratings and features {words}: share of {options.draws} draws with p <= {LEVEL}"
        )
        for name in found[0]:
            hits = sum(one[name] <= LEVEL for one in found)
            low, high = binomtest(hits, options.draws).proportion_ci(
                method="exact"
            )
            print(
                f"{name:20}{hits / options.draws:.3f} [{low:.3f}, {high:.3f}]"
            )
        for name in accuracies[0]:
            mean = np.mean([one[name] for one in accuracies])
            print(
                f"accuracy within subjects, folds {name}: {mean:.3f} (chance 0.5)"
            )


if __name__ == "__main__":
    main()
