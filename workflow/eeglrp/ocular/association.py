"""What the ocular share of relevance says of a trial's correctness, beyond what the eyes did.

A logistic regression of correctness on the ocular share of each window's relevance, on whether it
holds a saccade and on its cue-signed HEOG, with an intercept for each subject. All coefficients
have a normal prior of mean 0 and SD 2.5 (the scale of Gelman et al., 2008,
doi:10.1214/08-AOAS191, whose prior has longer tails): the intercepts are then those of a mixed
model, and a decoder that hardly errs, which separates the trials, does not send coefficients to
infinity.

Where fewer than five windows a predictor are wrong (or right), nothing is fitted (Vittinghoff &
McCulloch, 2007, doi:10.1093/aje/kwk052).
"""

import numpy as np

from eeglrp.statistics import percentile_interval, resampling_weights

#: SD of the coefficients' prior, in log odds.
PRIOR = 2.5
#: Least number of windows of the rarer outcome, for each predictor.
EVENTS = 5
#: Steps of Newton's method, at most, and the change that ends it.
_STEPS, _SMALL = 50, 1e-8


def ridge_logistic(design, outcome, weight=None, start=None):
    """Most probable coefficients of a logistic regression under the prior.

    Newton's method, since intervals and tests refit thousands of times, each close to `start`.

    Parameters
    ----------
    design : array, shape (n, k)
    outcome : array of bool, shape (n,)
    weight : array, shape (n,), optional
        How often each row counts.
    start : array, shape (k,), optional

    Returns
    -------
    array, shape (k,)
        In log odds.
    """
    weight = np.ones(len(design)) if weight is None else weight
    found = np.zeros(design.shape[1]) if start is None else start
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        slope = design.T @ (weight * (outcome - p)) - found / PRIOR**2
        bend = (design * (weight * p * (1 - p))[:, None]).T @ design
        step = np.linalg.solve(bend + np.eye(len(found)) / PRIOR**2, slope)
        before = _cost(found, design, outcome, weight)
        # Far from the optimum a full step may overshoot.
        while (
            np.abs(step).max() > _SMALL
            and _cost(found + step, design, outcome, weight) > before
        ):
            step = step / 2
        found = found + step
        if np.abs(step).max() < _SMALL:
            break
    return found


def _cost(found, design, outcome, weight):
    """Negative logarithm of the posterior density, but for a constant."""
    odds = design @ found
    return weight @ (
        np.logaddexp(0, odds) - outcome * odds
    ) + found @ found / (2 * PRIOR**2)


def within_subjects(values, subject):
    """Values less their subject's mean, in units of their SD; all 0 where they do not vary."""
    index = np.unique(subject, return_inverse=True)[1]
    mean = np.bincount(index, values) / np.bincount(index)
    centred = np.asarray(values, float) - mean[index]
    spread = centred.std()
    small = 1e-9 * np.abs(values).max(initial=0)
    return centred / spread if spread > small else np.zeros(len(centred))


def odds_ratios(predictors, correct, subject, statistics, rng):
    """Odds ratio of each predictor given the others, per SD within subjects.

    Parameters
    ----------
    predictors : dict of str to array, shape (n,)
        The first is the one that is tested.
    correct : array of bool, shape (n,)
    subject : array of str, shape (n,)
    statistics : dict
        `bootstrap`, `permutations`, `confidence`.
    rng : numpy.random.Generator

    Returns
    -------
    dict of str to dict
        For each predictor that varies: `value`, `ci_low`, `ci_high` (bootstrap over subjects; NaN
        for a single one), and for the first one `p` (see `residual_test`). Empty where too few
        windows are wrong, or right.
    """
    scaled = {
        name: within_subjects(one, subject) for name, one in predictors.items()
    }
    names = [name for name in scaled if scaled[name].any()]
    rarer = min(np.sum(correct), np.sum(~np.asarray(correct, bool)))
    if not names or rarer < EVENTS * len(names):
        return {}
    who, index = np.unique(subject, return_inverse=True)
    design = np.column_stack(
        [*(scaled[name] for name in names), np.eye(len(who))[index]]
    )
    best = ridge_logistic(design, correct)
    ends = np.full((2, len(best)), np.nan)
    if len(who) > 1:
        blocks = resampling_weights(len(who), statistics["bootstrap"], rng)
        draws = [
            ridge_logistic(design, correct, row[index], best)
            for block in blocks
            for row in block
        ]
        ends = percentile_interval(np.array(draws), statistics["confidence"])
    rows = {
        name: {
            "value": np.exp(best[k]),
            "ci_low": np.exp(ends[0, k]),
            "ci_high": np.exp(ends[1, k]),
        }
        for k, name in enumerate(names)
    }
    if names[0] == next(iter(predictors)):
        count = statistics["permutations"]
        rows[names[0]]["p"] = residual_test(design, correct, index, count, rng)
    return rows


def residual_test(design, outcome, unit, n_permutations, rng):
    """Two-sided p of the first column given the others, by permuting its residuals within units.

    What the other columns do not explain of the first stands in its place and is permuted (Potter,
    2005, doi:10.1002/sim.1931). Permuting the outcome would break its tie to the other columns as
    well, and so test all of them at once.

    Parameters
    ----------
    design : array, shape (n, k)
    outcome : array of bool, shape (n,)
    unit : array of int, shape (n,)
    n_permutations : int
    rng : numpy.random.Generator
    """
    others = design[:, 1:]
    rest = (
        design[:, 0]
        - others @ np.linalg.lstsq(others, design[:, 0], rcond=None)[0]
    )
    first = ridge_logistic(np.column_stack([rest, others]), outcome)
    null = np.empty(n_permutations)
    for k in range(n_permutations):
        shuffled = np.column_stack([permuted_within(rest, unit, rng), others])
        null[k] = ridge_logistic(shuffled, outcome, None, first)[0]
    exceeding = np.abs(null) >= abs(first[0]) - 1e-9
    return float((1 + exceeding.sum()) / (1 + n_permutations))


def permuted_within(values, unit, rng):
    """Values in random order within each unit."""
    result = np.empty(len(values))
    # By unit, then by a random key: the places of a unit meet its values in any order.
    result[np.argsort(unit, kind="stable")] = values[
        np.lexsort((rng.random(len(values)), unit))
    ]
    return result
