"""Small decoders whose features are computed once, to be fitted many times."""

from typing import NamedTuple

import numpy as np

from eeglrp.affect.scores import (
    BALANCED,
    SPEARMAN,
    confusions,
    rank_correlations,
)
from eeglrp.baselines.body import discriminated, heart_rates, muscle_power
from eeglrp.baselines.covariance import (
    covariances,
    csp_decoder,
    tangent_decoder,
    tangent_vectors,
)
from eeglrp.baselines.linear import fit_scores
from eeglrp.baselines.ratings import (
    rating_scores,
    ratings_of,
    spoc_decoder,
    standard_ratings,
)
from eeglrp.baselines.registry import REGRESSORS


def _on_covariances(make):
    """Decoder of covariances whose first step needs no label and is taken once."""

    def prepared(data):
        decoder = make(data)
        first = decoder[:1]
        rest = decoder[1:]
        features = first.fit_transform(covariances(data))

        def scores(values, train):
            return fit_scores(rest, features, values, train)

        return scores

    return prepared


def _tangent(data):
    features = tangent_vectors(data)
    decoder = tangent_decoder(data)

    def scores(values, train):
        return fit_scores(decoder, features, values, train)

    return scores


def _spoc(data):
    decoder = spoc_decoder(data)
    first = decoder[:1]
    rest = decoder[1:]
    features = first.fit_transform(covariances(data))

    def scores(values, train):
        return rating_scores(rest, features, values, train)

    return scores


def _on_body(measure):
    """Discriminant on something of the body."""

    def prepared(data):
        features = measure(data)

        def scores(values, train):
            return discriminated(features, data, values, train)

        return scores

    return prepared


#: Baselines that are fitted within a second: from windows to a function of the labels (or ratings)
#: and of the windows that train, which gives the scores of all windows.
DECODERS = {
    "csp_lda": _on_covariances(csp_decoder),
    "tangent_lr": _tangent,
    "spoc_ridge": _spoc,
    "heart_rate": _on_body(heart_rates),
    "emg_lda": _on_body(muscle_power),
}


class Refit(NamedTuple):
    """A small decoder whose features are computed once.

    `target(train)` are the labels or ratings that it learns; `scores(target, train)`, of shape
    (n, 2), are those of all windows after a fit on the training windows. `metric` holds them
    against `truth`, the labels, or the ratings as they were given.
    """

    data: object
    metric: str
    truth: np.ndarray
    target: object
    scores: object


def prepare(name, data, target="classes"):
    """A decoder with its features.

    Parameters
    ----------
    name : str
        One of `DECODERS`.
    data : eeglrp.models.data.Windows
    target : str
        `classes` or `rating`, for regressions.

    Returns
    -------
    Refit
    """
    scores = DECODERS[name](data)
    if name not in REGRESSORS:
        return Refit(
            data, BALANCED, data.label, lambda train: data.label, scores
        )

    def ratings(train):
        return standard_ratings(data, train, target)

    if target == "rating":
        truth = ratings_of(data, target)
        return Refit(data, SPEARMAN, truth, ratings, scores)
    return Refit(data, BALANCED, data.label, ratings, scores)


def subject_scores(refit, scores, parts_of, order=None):
    """What the score of each subject is made of: confusion matrices or correlations.

    Parameters
    ----------
    refit : Refit
    scores : array, shape (n_windows, 2)
    parts_of : dict of str to array of int
        Windows of each subject that count.
    order : array of int, shape (n_windows,), optional
        Of the labels or ratings that the scores are held against.

    Returns
    -------
    array, shape (n_subjects, ...)
    """
    truth = refit.truth
    if order is not None:
        truth = truth[order]
    by_subject = []
    for windows in parts_of.values():
        as_they_are = np.arange(len(windows))[None]
        truth_of = truth[windows]
        scores_of = scores[windows]
        if refit.metric == SPEARMAN:
            second = scores_of[:, 1]
            values = rank_correlations(truth_of, second, as_they_are)
        else:
            prediction = scores_of.argmax(1)
            values = confusions(truth_of, prediction, as_they_are, 2)
        by_subject.append(values[0])
    return np.stack(by_subject)
