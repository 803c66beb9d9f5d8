import mne
import numpy as np
import pytest
from scipy.stats import spearmanr

from eeglrp.baselines.ratings import spoc_decoder, spoc_ridge, standard_ratings
from eeglrp.errors import InputError


def rated(planted, n=240):
    """A 20-Hz source whose power follows the rating, mixed with five others."""
    rng = np.random.default_rng(0)
    rating = rng.normal(size=n)
    time = np.arange(200) / 200
    sources = rng.standard_normal((n, 6, 200)) * 0.1
    phase = rng.uniform(0, 2 * np.pi, (n, 1))
    sources[:, 0] += np.exp(0.5 * rating)[:, None] * np.sin(
        2 * np.pi * 20 * time + phase
    )
    mixing = np.random.default_rng(5).standard_normal((6, 6))
    signal = np.einsum("ij,njt->nit", mixing, sources) * 0.1
    data = planted.windows(signal, (rating > 0).astype(int), planted.shares(n))
    return data._replace(
        frame=data.frame.assign(rating=3 * rating + 10)
    ), rating


@pytest.mark.slow
def test_the_rating_is_estimated_and_with_it_the_class(planted):
    data, rating = rated(planted)
    scores = spoc_ridge(data, "rating")
    test = (data.frame["split"] == "test").to_numpy()
    estimate = scores[:, 1] - scores[:, 0]
    assert spearmanr(estimate[test], rating[test]).statistic > 0.9
    # In standard deviations of the rating.
    assert np.std(estimate[test]) == pytest.approx(1, abs=0.3)
    assert planted.accuracy(scores, data) > 0.85
    assert planted.accuracy(spoc_ridge(data, "classes"), data) > 0.85


def test_filters_are_those_of_mne(planted):
    from mne.decoding import SPoC
    from pyriemann.estimation import Covariances

    data, rating = rated(planted, 120)
    matrices = Covariances("scm").transform(np.asarray(data.signal, float))
    own = spoc_decoder(data)["spoc"].fit(matrices, rating).filters_[0]
    with mne.use_log_level("ERROR"):
        theirs = (
            SPoC(n_components=6)
            .fit(np.asarray(data.signal, float), rating)
            .filters_[0]
        )
    cosine = own @ theirs / np.linalg.norm(own) / np.linalg.norm(theirs)
    assert abs(cosine) > 0.9999


def test_ratings_are_standardised_within_subject_over_training_windows(
    planted,
):
    data = planted.noise(8, 2, np.random.default_rng(0))
    train = np.array([1, 1, 0, 0, 1, 1, 0, 0], bool)
    frame = data.frame.assign(
        subject=list("aaaabbcc"), rating=[1.0, 3, 5, 1, 20, 20, 7, 8]
    )
    found = standard_ratings(data._replace(frame=frame), train, "rating")
    np.testing.assert_allclose(found[:6], [-1, 1, 3, -1, 0, 0])
    assert np.isnan(found[6:]).all()


@pytest.mark.parametrize("missing", [False, True])
def test_a_rating_that_is_unknown_is_refused(planted, missing):
    data, _ = rated(planted, 40)
    frame = data.frame.drop(columns="rating") if missing else data.frame
    if not missing:
        frame.loc[0, "rating"] = np.nan
    with pytest.raises(
        InputError, match="rating: training windows have none.*target: classes"
    ):
        spoc_ridge(data._replace(frame=frame), "rating")
    assert np.isfinite(spoc_ridge(data._replace(frame=frame), "classes")).all()
