"""Regression of the rating itself, from the power of sources that follow it."""

import numpy as np

from eeglrp.baselines.covariance import covariances
from eeglrp.baselines.linear import in_training
from eeglrp.errors import InputError

#: Spatial filters, how far covariances are shrunk to find them, and the ridge penalty.
_FILTERS, _SHRINKAGE, _PENALTY = 6, 0.05, 1.0


def spoc_ridge(data, target="classes"):
    """Source power comodulation, log variances of six filters, ridge regression of the rating.

    Dähne et al. (2014), doi:10.1016/j.neuroimage.2013.07.079. Ratings are standardised within
    subject, over the training windows: people use a scale differently.

    Parameters
    ----------
    data : Windows
        With two classes.
    target : str
        `rating`, the column of this name, or `classes`, whose numbers then stand for ratings.

    Returns
    -------
    array, shape (n, 2)
        The second minus the first is the estimate of the standardised rating.

    Raises
    ------
    InputError
        If a training window has no rating.
    """
    features = covariances(data)
    train = in_training(data)
    decoder = spoc_decoder(data)
    rating = standard_ratings(data, train, target)
    return rating_scores(decoder, features, rating, train)


def spoc_decoder(data):
    """The steps of `spoc_ridge` after the covariances, not yet fitted."""
    from pyriemann.estimation import Shrinkage
    from pyriemann.spatialfilters import SPoC
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    n_filters = min(_FILTERS, len(data.channels))
    return make_pipeline(
        Shrinkage(_SHRINKAGE),
        SPoC(nfilter=n_filters),
        StandardScaler(),
        Ridge(_PENALTY),
    )


def rating_scores(decoder, features, rating, train):
    """Fit a regression on the training windows; scores of all windows, array of shape (n, 2)."""
    decoder.fit(features[train], rating[train])
    estimate = decoder.predict(features)
    half = estimate / 2
    return np.stack([-half, half], axis=1)


def standard_ratings(data, train, target):
    """Ratings in standard deviations from the mean of the subject's training windows.

    Parameters
    ----------
    data : Windows
    train : array of bool, shape (n,)
    target : str
        As of `spoc_ridge`.

    Returns
    -------
    array, shape (n,)
        NaN for subjects without training windows.

    Raises
    ------
    InputError
        If a training window has no rating.
    """
    rating = ratings_of(data, target)
    if not np.isfinite(rating[train]).all():
        problem = "training windows have none"
        remedy = "choose target: classes"
        raise InputError("windows", "rating", problem, remedy)
    result = np.full(len(rating), np.nan)
    of_subjects = data.frame.groupby("subject").indices
    for rows in of_subjects.values():
        in_training_split = rows[train[rows]]
        known = rating[in_training_split]
        if len(known):
            spread = known.std() or 1.0
            result[rows] = (rating[rows] - known.mean()) / spread
    return result


def ratings_of(data, target):
    """Ratings as they were given, NaN where unknown; class numbers where these are the target."""
    if target == "classes":
        return data.label.astype(float)
    if "rating" not in data.frame:
        return np.full(len(data.frame), np.nan)
    return data.frame["rating"].to_numpy(float)
