"""Small decoders fitted again: nulls of reordered training labels, and random splits."""

import numpy as np
import pandas as pd
import pytest

from eeglrp.affect.decoders import DECODERS, prepare
from eeglrp.affect.inflation import apart, out_of_fold, windows_by_fold
from eeglrp.affect.refits import refit_affect
from eeglrp.baselines.linear import in_training
from eeglrp.baselines.registry import REFITTED, REGRESSORS, load
from eeglrp.files import read_table
from eeglrp.models.data import load_windows

pytestmark = pytest.mark.slow

STATISTICS = {"bootstrap": 200, "confidence": 0.95}
NULLS = {
    "training": 20,
    "kinds": ["shift", "blocks"],
    "nearest": 0.1,
    "blocks": 8,
}


def refitted(
    made,
    names=tuple(DECODERS),
    inflation=False,
    target="rating",
    gap=1.0,
    **nulls,
):
    out = made.folder / "refits.tsv"
    affect = {"nulls": NULLS | nulls, "inflation": inflation}
    settings = {
        "study": "x",
        "task": "arousal",
        "statistics": STATISTICS,
        "seed": 1,
        "out": out,
    }
    settings |= {"target": target, "gap": gap, "affect": affect}
    refit_affect(names, made.windows, made.splits, made.folds, **settings)
    return read_table(out)


@pytest.mark.parametrize("name", DECODERS)
def test_a_refit_to_the_true_labels_is_the_baseline(cohort, tmp_path, name):
    made = cohort(n=40)
    data = load_windows(made.windows, made.splits, None, tmp_path)
    train = in_training(data)
    for target in ("classes", "rating"):
        refit = prepare(name, data, target)
        found = refit.scores(refit.target(train), train)
        expected = load(name)(
            data, **({"target": target} if name in REGRESSORS else {})
        )
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    assert tuple(DECODERS) == REFITTED


def test_a_planted_effect_beats_refits_to_reordered_labels(cohort):
    found = refitted(cohort())
    whole = found[found["subject"] == "all"].set_index(
        ["regime", "null", "metric"]
    )
    for name in DECODERS:
        metric = "spearman" if name == "spoc_ridge" else "balanced_accuracy"
        for kind in ("shift", "blocks"):
            row = whole.loc[(name, kind, metric)]
            # Nothing follows the rating at temporal electrodes.
            if name == "emg_lda":
                assert row["p"] > 0.1, kind
                continue
            assert row["p"] == pytest.approx(1 / 21), (name, kind)
            assert row["value"] > row["chance"] + 0.1
    assert set(found["stage"]) == {"training"}
    assert set(found["subject"]) == {"s2", "s5", "all"}


def test_random_splits_inflate_what_neighbours_share(cohort):
    """Nothing is planted; each subject's slow power goes with its slow rating by accident."""
    found = refitted(
        cohort(effect=0.0), ("csp_lda",), inflation=True, training=0
    )
    honest, drawn, gain = (
        found[(found["subject"] == "all") & (found["metric"] == metric)].iloc[
            0
        ]
        for metric in (
            "balanced_accuracy out of fold",
            "balanced_accuracy out of random fold",
            "inflation",
        )
    )
    assert gain["value"] == pytest.approx(
        drawn["value"] - honest["value"], abs=1e-6
    )
    assert set(found["null"]) == {"none"}
    assert np.isfinite(gain["p"])
    assert (found["metric"] == "inflation").sum() == 7


@pytest.mark.parametrize("by", ["subject", "block"])
def test_every_window_is_predicted_without_the_group_that_it_tests_with(
    cohort, tmp_path, by
):
    made = cohort(n=21, by=by)
    data, fold = windows_by_fold(made.windows, made.folds, tmp_path)
    group = made.group[data.frame["sample"]].to_numpy()
    assert len(group) == 6 * 21
    # The same partition, whatever its parts are called.
    pairs = set(zip(fold, group, strict=True))
    assert len(pairs) == len(set(fold)) == 3
    asked = []

    def training(tested):
        asked.append(set(group[tested]))
        return ~tested

    out_of_fold(prepare("csp_lda", data), fold, training)
    assert sorted(map(tuple, asked)) == [(0,), (1,), (2,)]


@pytest.mark.parametrize("name", DECODERS)
def test_every_decoder_predicts_each_fold_from_the_others(
    cohort, tmp_path, name
):
    """What it takes without labels, a mean covariance, is taken from somewhere."""
    made = cohort(n=21, by="block")
    data, fold = windows_by_fold(made.windows, made.folds, tmp_path)
    assert in_training(data).all()
    scores = out_of_fold(prepare(name, data), fold, np.logical_not)
    assert len(scores) == 6
    assert np.isfinite(scores).all()


def test_the_splits_of_named_subjects_are_the_folds(cohort, tmp_path):
    made = cohort(n=20)
    data, fold = windows_by_fold(made.windows, made.splits, tmp_path)
    assert len(fold) == 6 * 20
    of_split = pd.Series(fold).groupby(data.frame["split"].to_numpy())
    assert (of_split.nunique() == 1).all()
    assert len(set(fold)) == 3


def test_nothing_asked_gives_no_row(cohort):
    assert refitted(cohort(n=20), ("csp_lda",), training=0).empty


def test_windows_near_a_tested_one_do_not_train():
    frame = pd.DataFrame(
        {
            "subject": "a",
            "recording": ["r"] * 5 + ["q"],
            "onset": [0, 2, 4, 6, 8, 4],
        }
    )
    tested = np.array([False, False, True, False, False, False])
    found = [
        apart(frame, tested, length=2.0, gap=gap).tolist()
        for gap in (0.0, 1.0)
    ]
    assert found[0] == [True, True, False, True, True, True]
    assert found[1] == [True, False, False, False, True, True]
