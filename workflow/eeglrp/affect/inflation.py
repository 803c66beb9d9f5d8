"""By how much random splits inflate accuracy, where windows resemble their neighbours in time.

Every window is predicted once, by a decoder fitted on the other folds: on those of the task, which
keep subjects or blocks of time apart, and on folds of the same sizes drawn at random.
"""

import numpy as np

from eeglrp.affect.decoders import subject_scores
from eeglrp.affect.scores import INFLATION, values_of
from eeglrp.files import read_table
from eeglrp.models.data import load_windows
from eeglrp.statistics import mean_interval, sign_flip_test
from eeglrp.tables import metric_row

#: Names of the two scores that the inflation is the difference of.
OWN, RANDOM = "out of fold", "out of random fold"


def inflation_rows(refit, fold, gap, statistics, rng, **ids):
    """Scores of every subject and their mean with either kind of folds, and the difference.

    Parameters
    ----------
    refit : eeglrp.affect.decoders.Refit
    fold : array of int, shape (n_windows,)
        The task's, of `windows_by_fold`.
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
    n_times = refit.data.signal.shape[2]
    length = n_times / refit.data.sampling_rate

    def far_away(tested):
        return apart(frame, tested, length, gap)

    of_task = out_of_fold(refit, fold, far_away)
    random_fold = rng.permutation(fold)
    at_random = out_of_fold(refit, random_fold, np.logical_not)
    values = {
        f"{refit.metric} {OWN}": of_task,
        f"{refit.metric} {RANDOM}": at_random,
        INFLATION: at_random - of_task,
    }
    subjects = _subjects(frame)
    windows = {name: len(indices) for name, indices in subjects.items()}
    ids |= {"null": "none", "stage": "training"}
    rows = []
    for metric, scores in values.items():
        rows += _subject_rows(metric, scores, windows, ids)
        mean = _mean_row(metric, scores, windows, statistics, rng, ids)
        rows.append(mean)
    return rows


def windows_by_fold(windows, splits, folder):
    """Windows that a task's folds test, and the fold of each.

    Of a task with one fold, whose subjects are named, all windows: its splits are the folds. With
    several no window trains more than another, so that all are marked as training: what a decoder
    takes without labels, such as a mean covariance, it takes from all.

    Parameters
    ----------
    windows : sequence of Path
    splits : Path
        Table of the splits of all folds.
    folder : Path
        Empty; for the signals, as long as they are needed.

    Returns
    -------
    Windows
    array of int, shape (n_windows,)
    """
    table = read_table(splits, ("sample", "split", "fold"))
    if table["fold"].nunique() == 1:
        data = load_windows(windows, splits, None, folder)
        _, fold = np.unique(data.frame["split"], return_inverse=True)
        return data, fold
    data = load_windows(windows, splits, "test", folder)
    table = table[table["split"] == "test"]
    fold_of = dict(zip(table["sample"], table["fold"], strict=True))
    fold = data.frame["sample"].map(fold_of).to_numpy(int)
    return data._replace(frame=data.frame.assign(split="train")), fold


def _subject_rows(metric, scores, windows, ids):
    """One row a subject; `windows`: their number by subject."""
    rows = []
    for subject, score in zip(windows, scores, strict=True):
        row = metric_row(
            metric=metric,
            subject=subject,
            value=score,
            n=windows[subject],
            **ids,
        )
        rows.append(row)
    return rows


def _mean_row(metric, scores, windows, statistics, rng, ids):
    """Mean over subjects with its interval; `p` of the inflation alone."""
    known = scores[np.isfinite(scores)]
    sizes = statistics["bootstrap"], statistics["confidence"]
    column = known[:, None]
    low, high = mean_interval(column, *sizes, rng)
    mean = {
        "value": known.mean() if len(known) else np.nan,
        "ci_low": float(low[0]),
        "ci_high": float(high[0]),
    }
    if metric == INFLATION and len(known):
        mean["p"] = sign_flip_test(known, rng).p
    n = sum(windows.values())
    names = ids | {"metric": metric, "subject": "all"}
    return metric_row(**names, **mean, n=n)


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
        target = refit.target(train)
        of_all = refit.scores(target, train)
        scores[tested] = of_all[tested]
    subjects = _subjects(refit.data.frame)
    by_subject = subject_scores(refit, scores, subjects)
    return values_of(refit.metric, by_subject)


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
    recordings = frame.groupby(["subject", "recording"]).indices
    for rows in recordings.values():
        is_tested = tested[rows]
        tested_onset = onset[rows[is_tested]]
        # Axes: windows of the recording, those of them that are tested.
        every_onset = onset[rows][:, None]
        distance = np.abs(every_onset - tested_onset)
        # A gap of 0 leaves out none but windows that overlap.
        near = distance < length + gap - 1e-9
        train[rows[near.any(1)]] = False
    return train


def _subjects(frame):
    return frame.groupby("subject").indices
