import numpy as np

from eeglrp.files import read_table
from eeglrp.training.baselines import band_pass, csp_lda, predict_csp_lda


def lateral(n, n_classes, rng):
    """Mixed sources of which one a class loses most of its 12 Hz power."""
    time, label = np.arange(400) / 200, np.arange(n) % n_classes
    sources = rng.standard_normal((n, 6, 400)) * 0.1
    rhythm = np.sin(2 * np.pi * 12 * time + rng.uniform(0, 2 * np.pi, (n, n_classes, 1)))
    rhythm[np.arange(n), label] *= 0.2
    sources[:, :n_classes] += rhythm
    mixing = np.random.default_rng(5).standard_normal((6, 6))
    return np.einsum("ij,njt->nit", mixing, sources) * 0.1, label


def test_lateralised_power_is_found_for_two_and_for_four_classes():
    for n_classes in (2, 4):
        signal, label = lateral(160, n_classes, np.random.default_rng(0))
        train = np.arange(160) < 80
        scores = csp_lda(band_pass(signal, 200.0), label, train)
        assert scores.shape == (160, n_classes)
        assert (scores.argmax(1) == label)[~train].mean() > 0.9


def test_labels_of_other_splits_are_never_used():
    signal, label = lateral(80, 2, np.random.default_rng(0))
    train = np.arange(80) < 40
    other = np.where(train, label, 1 - label)
    np.testing.assert_array_equal(csp_lda(signal, label, train), csp_lda(signal, other, train))


def test_band_pass_keeps_its_band_alone():
    time = np.arange(2000) / 200
    inside, outside = (np.sin(2 * np.pi * f * time)[None, None] for f in (15, 2))
    assert band_pass(inside, 200.0)[..., 500:1500].std() > 0.69
    assert band_pass(outside, 200.0)[..., 500:1500].std() < 0.01


def test_the_table_is_that_of_a_network(cohort, tmp_path):
    out = tmp_path / "csp_lda.tsv"
    predict_csp_lda(cohort.windows, cohort.splits, ("between", "r_peak"), out)
    table = read_table(out, ("sample", "subject", "split", "label", "prediction", "logit_r_peak"))
    assert set(table["split"]) == {"train", "validation", "test"}
    assert len(table) == 200
    assert set(table["prediction"]) <= {0, 1}
