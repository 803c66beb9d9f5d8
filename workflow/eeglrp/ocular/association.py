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
    n, k = design.shape
    if weight is None:
        weight = np.ones(n)
    if start is None:
        start = np.zeros(k)
    coefficients = start
    for _ in range(_STEPS):
        step = _newton_step(coefficients, design, outcome, weight)
        before = _cost(coefficients, design, outcome, weight)
        # Far from the optimum a full step may overshoot.
        while np.abs(step).max() > _SMALL:
            there = coefficients + step
            if not _cost(there, design, outcome, weight) > before:
                break
            step = step / 2
        coefficients = coefficients + step
        if np.abs(step).max() < _SMALL:
            break
    return coefficients


def _newton_step(coefficients, design, outcome, weight):
    """Step to the optimum of the parabola that touches the posterior here."""
    odds = design @ coefficients
    odds = np.clip(odds, -30, 30)
    p = 1 / (1 + np.exp(-odds))
    error = weight * (outcome - p)
    pull = coefficients / PRIOR**2
    slope = design.T @ error - pull
    variance = weight * p * (1 - p)
    weighted = design * variance[:, None]
    bend = weighted.T @ design
    prior = np.eye(len(coefficients))
    bend = bend + prior / PRIOR**2
    return np.linalg.solve(bend, slope)


def _cost(coefficients, design, outcome, weight):
    """Negative logarithm of the posterior density, but for a constant."""
    odds = design @ coefficients
    agreement = outcome * odds
    surprise = np.logaddexp(0, odds) - agreement
    size = coefficients @ coefficients
    penalty = size / (2 * PRIOR**2)
    return weight @ surprise + penalty


def within_subjects(values, subject):
    """Values less their subject's mean, in units of their SD; all 0 where they do not vary."""
    _, index = np.unique(subject, return_inverse=True)
    total = np.bincount(index, values)
    mean = total / np.bincount(index)
    values = np.asarray(values, float)
    centred = values - mean[index]
    spread = centred.std()
    largest = np.abs(values).max(initial=0)
    if not spread > 1e-9 * largest:
        return np.zeros(len(centred))
    return centred / spread


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
    scaled = {}
    for name, values in predictors.items():
        scaled[name] = within_subjects(values, subject)
    names = [name for name, values in scaled.items() if values.any()]
    wrong = ~np.asarray(correct, bool)
    rarer = min(np.sum(correct), np.sum(wrong))
    if not names or rarer < EVENTS * len(names):
        return {}
    subjects, index = np.unique(subject, return_inverse=True)
    intercepts = np.eye(len(subjects))[index]
    columns = [scaled[name] for name in names]
    design = np.column_stack([*columns, intercepts])
    best = ridge_logistic(design, correct)
    low, high = _interval(design, correct, index, best, statistics, rng)
    ratios = {}
    for k, name in enumerate(names):
        ratios[name] = {
            "value": np.exp(best[k]),
            "ci_low": np.exp(low[k]),
            "ci_high": np.exp(high[k]),
        }
    tested = next(iter(predictors))
    if names[0] == tested:
        count = statistics["permutations"]
        p = residual_test(design, correct, index, count, rng)
        ratios[tested]["p"] = p
    return ratios


def _interval(design, correct, index, best, statistics, rng):
    """Ends of the coefficients' intervals over subjects; NaN for a single subject."""
    n_subjects = index.max() + 1
    if n_subjects < 2:
        shape = 2, len(best)
        return np.full(shape, np.nan)
    draws = []
    n_bootstrap = statistics["bootstrap"]
    blocks = resampling_weights(n_subjects, n_bootstrap, rng)
    for block in blocks:
        for weights in block:
            row = ridge_logistic(design, correct, weights[index], best)
            draws.append(row)
    confidence = statistics["confidence"]
    return percentile_interval(np.array(draws), confidence)


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
    tested = design[:, 0]
    others = design[:, 1:]
    explaining, *_ = np.linalg.lstsq(others, tested, rcond=None)
    rest = tested - others @ explaining
    columns = np.column_stack([rest, others])
    observed = ridge_logistic(columns, outcome)
    null = np.empty(n_permutations)
    for k in range(n_permutations):
        shuffled = permuted_within(rest, unit, rng)
        columns = np.column_stack([shuffled, others])
        coefficients = ridge_logistic(columns, outcome, None, observed)
        null[k] = coefficients[0]
    size = abs(observed[0]) - 1e-9
    exceeding = np.abs(null) >= size
    n_exceeding = exceeding.sum()
    return float((1 + n_exceeding) / (1 + n_permutations))


def permuted_within(values, unit, rng):
    """Values in random order within each unit."""
    result = np.empty(len(values))
    by_unit = np.argsort(unit, kind="stable")
    # By unit, then by a random key: the places of a unit meet its values in any order.
    key = rng.random(len(values))
    shuffled = np.lexsort((key, unit))
    result[by_unit] = values[shuffled]
    return result
