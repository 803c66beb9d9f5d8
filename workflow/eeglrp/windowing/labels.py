"""From ratings of segments to two classes."""

import re

import numpy as np

_RATING = re.compile(r"(\w+)=(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)")


def parse_ratings(description):
    """Ratings in an annotation: `arousal=6.5 valence=3` is {arousal: 6.5, valence: 3.0}."""
    ratings = {}
    for name, value in _RATING.findall(description):
        ratings[name] = float(value)
    return ratings


def rating_rule(ratings, threshold):
    """Rule that gives a rating its class, 0 (low) or 1 (high), or None to leave it out.

    Parameters
    ----------
    ratings : sequence of float
        All of one subject's segments.
    threshold : "median", "tercile" or float
        median: within the subject; ratings equal to it go to the side that makes the classes more
        equal in number. tercile: up to the first and from the second tercile within the subject,
        the middle left out. A number: above it is high.

    Returns
    -------
    callable
        Of a subject with one rating only, median and tercile leave every segment out.
    """
    ratings = np.asarray(ratings, float)
    if threshold not in ("median", "tercile"):
        return lambda rating: int(rating > threshold)
    if len(ratings) == 0 or ratings.min() == ratings.max():
        return lambda rating: None
    if threshold == "median":
        return _median_rule(ratings)
    return _tercile_rule(ratings)


def _median_rule(ratings):
    median = np.median(ratings)
    share_above = np.mean(ratings > median)
    share_from = np.mean(ratings >= median)
    if abs(share_from - 0.5) < abs(share_above - 0.5):
        return lambda rating: int(rating >= median)
    return lambda rating: int(rating > median)


def _tercile_rule(ratings):
    low, high = np.quantile(ratings, [1 / 3, 2 / 3])

    def rule(rating):
        # Where more than a third of the ratings are equal, these are the middle.
        if low == high == rating:
            return None
        if rating <= low:
            return 0
        if rating >= high:
            return 1
        return None

    return rule
