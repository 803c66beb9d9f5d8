"""By how much random splits inflate accuracy, where windows resemble their neighbours in time.

Every window is predicted once, by a decoder fitted on the other folds: on those of the task, which
keep subjects or blocks of time apart, and on folds of the same sizes drawn at random.
"""

import numpy as np

from eeglrp.affect.decoders import subject_scores
from eeglrp.affect.scores import INFLATION, values_of
from eeglrp.files import read_table
from eeglrp.statistics import mean_interval, sign_flip_test
from eeglrp.tables import metric_row

#: Names of the two scores that the inflation is the difference of.
OWN, RANDOM = "out of fold", "out of random fold"


def inflation_rows(refit, splits, gap, statistics, rng, **ids):
    """Scores of every subject and their mean with either kind of folds, and the difference.

    Parameters
    ----------
    refit : eeglrp.affect.decoders.Refit
    splits : Path
        Table with the task's folds.
    gap : float
        Windows less than so many s from a tested one of the same recording do not train. Folds that
        are subjects have none; random folds are used as one would who knows nothing of it.
    statistics : dict
        `bootstrap`, `confidence`.
    rng : numpy.random.Generator
    **ids
        study, task, regime, seed.

    Returns
    -------
    list of dict
        Of every metric the subjects, then `all`, the mean over subjects. `p` of the difference is
        that of a sign-flip test over subjects.
    """
    frame = refit.data.frame
    table = read_table(splits, ("sample", "fold"))
    fold = (
        frame["sample"]
        .map(dict(zip(table["sample"], table["fold"], strict=True)))
        .to_numpy(int)
    )
    length = refit.data.signal.shape[2] / refit.data.sampling_rate
    own = out_of_fold(
        refit, fold, lambda tested: apart(frame, tested, length, gap)
    )
    drawn = out_of_fold(refit, rng.permutation(fold), np.logical_not)
    values = {f"{refit.metric} {OWN}": own, f"{refit.metric} {RANDOM}": drawn}
    values[INFLATION] = drawn - own
    subjects, n = zip(
        *((name, len(rows)) for name, rows in _subjects(frame).items()),
        strict=True,
    )
    ids |= {"null": "none", "stage": "training"}
    rows = []
    for metric, found in values.items():
        each = zip(subjects, found, n, strict=True)
        rows += [
            metric_row(metric=metric, subject=s, value=v, n=k, **ids)
            for s, v, k in each
        ]
        known = found[np.isfinite(found)]
        interval = statistics["bootstrap"], statistics["confidence"], rng
        low, high = (
            float(end[0]) for end in mean_interval(known[:, None], *interval)
        )
        mean = {
            "value": known.mean() if len(known) else np.nan,
            "ci_low": low,
            "ci_high": high,
        }
        mean |= (
            {"p": sign_flip_test(known, rng).p}
            if metric == INFLATION and len(known)
            else {}
        )
        rows.append(
            metric_row(metric=metric, subject="all", n=sum(n), **mean, **ids)
        )
    return rows


def out_of_fold(refit, fold, training):
    """Score of every subject, of windows that were predicted without their fold.

    Parameters
    ----------
    refit : Refit
    fold : array of int, shape (n_windows,)
    training : callable
        Which windows may train, from those that are tested.

    Returns
    -------
    array, shape (n_subjects,)
    """
    scores = np.empty((len(fold), 2))
    for number in np.unique(fold):
        tested = fold == number
        train = training(tested)
        scores[tested] = refit.scores(refit.target(train), train)[tested]
    return values_of(
        refit.metric,
        subject_scores(refit, scores, _subjects(refit.data.frame)),
    )


def apart(frame, tested, length, gap):
    """Windows that are not tested, and not near one that is.

    Parameters
    ----------
    frame : DataFrame
        Columns subject, recording, onset (s).
    tested : array of bool, shape (n_windows,)
    length, gap : float
        In s.

    Returns
    -------
    array of bool, shape (n_windows,)
    """
    train = ~tested
    onset = frame["onset"].to_numpy(float)
    for rows in frame.groupby(["subject", "recording"]).indices.values():
        near = np.abs(onset[rows][:, None] - onset[rows[tested[rows]]])
        # A gap of 0 leaves out none but windows that overlap.
        train[rows[(near < length + gap - 1e-9).any(1)]] = False
    return train


def _subjects(frame):
    return frame.groupby("subject").indices
