import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from eeglrp.baselines import networks
from eeglrp.baselines.registry import BASELINES, NETWORKS, load
from eeglrp.baselines.run import check_classes, predict_baseline
from eeglrp.errors import InputError
from eeglrp.files import read_table

CLASSES = ("between", "r_peak")


@pytest.fixture(autouse=True)
def few_epochs(monkeypatch):
    monkeypatch.setattr(networks, "_RECIPE", networks._RECIPE | {"epochs": 3})


def run_of(seed=0, study_seed=7):
    return {
        "task": "r_peak",
        "classes": CLASSES,
        "seed": seed,
        "study_seed": study_seed,
    }


def scores_of(name, data):
    return load(name)(data, **({"seed": 1} if name in NETWORKS else {}))


@pytest.mark.slow
@pytest.mark.parametrize("name", BASELINES)
def test_what_is_not_for_training_changes_no_score_of_another_window(
    planted, name
):
    """Networks choose their epoch on the validation split; nothing else looks beyond training."""
    data = planted.waves(80, 2, np.random.default_rng(0))
    unseen = ("test",) if name in NETWORKS else ("test", "validation")
    for split in unseen:
        hidden = (data.frame["split"] == split).to_numpy()
        label = np.where(hidden, 1 - data.label, data.label)
        signal = np.where(
            hidden[:, None, None], data.signal[::-1] * 3 + 0.5, data.signal
        )
        rate = np.where(
            hidden,
            data.frame["heart_rate"][::-1] + 7,
            data.frame["heart_rate"],
        )
        frame = data.frame.assign(label=label, heart_rate=rate)
        other = data._replace(frame=frame, signal=signal)
        before, after = scores_of(name, data), scores_of(name, other)
        np.testing.assert_array_equal(after[~hidden], before[~hidden])
        assert np.abs(after[hidden] - before[hidden]).max() > 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("name", BASELINES)
def test_noise_is_decoded_at_chance(planted, name):
    data = planted.noise(800, 2, np.random.default_rng(11))
    low, high = binom.interval(0.999, 200, 0.5)
    assert (
        low / 200
        <= planted.accuracy(scores_of(name, data), data)
        <= high / 200
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", BASELINES)
def test_the_same_windows_give_the_same_scores(planted, name):
    data = planted.waves(80, 2, np.random.default_rng(0))
    np.testing.assert_array_equal(scores_of(name, data), scores_of(name, data))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["csp_lda", "lda_samples", "eegnet"])
def test_the_table_is_that_of_a_model(cohort, tmp_path, name):
    out = tmp_path / "seed-0.tsv"
    predict_baseline(name, cohort.windows, [cohort.splits], out, run=run_of())
    columns = (
        "sample",
        "subject",
        "split",
        "fold",
        "label",
        "prediction",
        "logit_between",
        "logit_r_peak",
    )
    table = read_table(out, columns)
    assert list(table.columns) == list(columns)
    assert len(table) == 200
    assert set(table["fold"]) == {0}
    assert set(table["split"]) == {"train", "validation", "test"}
    largest = table[["logit_between", "logit_r_peak"]].to_numpy().argmax(1)
    np.testing.assert_array_equal(table["prediction"], largest)
    if name == "lda_samples":
        assert (table["prediction"] == table["label"]).mean() > 0.9


@pytest.mark.slow
def test_a_seed_of_the_study_is_a_fit_of_its_own(cohort, tmp_path):
    found = []
    for seed, study_seed in ((0, 7), (0, 7), (1, 7), (0, 8)):
        out = tmp_path / "table.tsv"
        predict_baseline(
            "shallow",
            cohort.windows,
            [cohort.splits],
            out,
            run=run_of(seed, study_seed),
        )
        found.append(
            read_table(out, ("logit_r_peak",))["logit_r_peak"].to_numpy()
        )
    np.testing.assert_array_equal(found[0], found[1])
    assert all(np.abs(found[0] - other).max() > 1e-4 for other in found[2:])


@pytest.mark.slow
def test_every_window_is_predicted_by_the_fit_of_its_own_fold(
    cohort, tmp_path
):
    out = tmp_path / "seed-0.tsv"
    predict_baseline(
        "lda_samples", cohort.windows, cohort.folds, out, run=run_of()
    )
    table = read_table(out)
    assert len(table) == 5 * 200
    test = table[table["split"] == "test"]
    assert sorted(test["sample"]) == sorted(
        read_table(cohort.splits, ("sample",))["sample"]
    )
    # Each fold's rows are those of a fit that knows this fold alone.
    for fold, splits in enumerate(cohort.folds):
        alone = tmp_path / f"{fold}.tsv"
        predict_baseline(
            "lda_samples", cohort.windows, [splits], alone, run=run_of()
        )
        own = table[table["fold"] == fold].reset_index(drop=True)
        pd.testing.assert_frame_equal(
            own.drop(columns="fold"), read_table(alone).drop(columns="fold")
        )
    # Fits differ: one window has another score in every fold.
    first = table[table["sample"] == table["sample"][0]]
    assert first["logit_r_peak"].nunique() == 5


@pytest.mark.slow
def test_networks_of_two_folds_do_not_start_alike(cohort, tmp_path):
    """Even on the same windows."""
    out = tmp_path / "seed-0.tsv"
    twice = [cohort.splits, cohort.splits]
    predict_baseline("shallow", cohort.windows, twice, out, run=run_of())
    table = read_table(out, ("fold", "logit_r_peak"))
    first, second = (
        table.loc[table["fold"] == fold, "logit_r_peak"].to_numpy()
        for fold in (0, 1)
    )
    assert np.abs(first - second).max() > 1e-4


def test_subjects_kept_apart_cannot_be_fitted_within(cohort, tmp_path):
    with pytest.raises(
        InputError, match="has no training window .* split by: block"
    ):
        predict_baseline(
            "lda_samples_subject",
            cohort.windows,
            [cohort.splits],
            tmp_path / "table.tsv",
            run=run_of(),
        )


def test_a_training_split_that_lacks_a_class_is_refused(planted):
    data = planted.noise(40, 2, np.random.default_rng(0))
    first = data.frame["split"].mask(data.frame["label"] == 1, "test")
    lacking = data._replace(frame=data.frame.assign(split=first))
    with pytest.raises(
        InputError, match="s.tsv: label: split train has no window of r_peak"
    ):
        check_classes("s.tsv", lacking, CLASSES)


def test_labels_without_a_name_are_refused(planted):
    data = planted.noise(40, 3, np.random.default_rng(0))
    with pytest.raises(InputError, match="labels beyond between, r_peak"):
        check_classes("s.tsv", data, CLASSES)
