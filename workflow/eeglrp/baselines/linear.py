"""What the linear baselines share: which windows train, the discriminant, the shape of scores."""

import numpy as np


def fit_scores(decoder, features, label, train):
    """Fit a scikit-learn decoder on the training windows; scores of all windows.

    Parameters
    ----------
    decoder : estimator
        With `decision_function`.
    features : array, shape (n, ...)
    label : array of int, shape (n,)
    train : array of bool, shape (n,)

    Returns
    -------
    array, shape (n, n_classes)
    """
    decoder.fit(features[train], label[train])
    scores = decoder.decision_function(features)
    if scores.ndim > 1:
        return scores
    # Two classes have one score; half of it for each makes their difference.
    half = scores / 2
    return np.stack([-half, half], axis=1)


def discriminant(n_classes):
    """Linear discriminant with Ledoit-Wolf shrinkage; all classes count alike.

    Blankertz et al. (2011), doi:10.1016/j.neuroimage.2010.06.048.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    # Balanced accuracy counts classes alike, as does the loss of the networks.
    priors = np.full(n_classes, 1 / n_classes)
    return LinearDiscriminantAnalysis(
        solver="lsqr", shrinkage="auto", priors=priors
    )


def in_training(data):
    """Which windows train: array of bool, shape (n,)."""
    split = data.frame["split"]
    return (split == "train").to_numpy()
