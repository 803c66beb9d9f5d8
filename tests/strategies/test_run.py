"""The table of strategies, from planted strategies to the file."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table
from eeglrp.strategies import run as module
from eeglrp.strategies.run import score_strategies
from eeglrp.strategies.spectral import find_clusters


@pytest.fixture
def score(statistics, monkeypatch):
    # Fewer draws than a study's, for speed.
    monkeypatch.setattr(
        module, "find_clusters", partial(find_clusters, draws=29, halves=4)
    )

    def run(study, stores=None, **changes):
        out = study.folder / "strategies.tsv"
        settings = {
            "study": "s",
            "task": "motor_imagery",
            "classes": ["left", "right"],
        }
        settings |= {"statistics": statistics, "seed": 1}
        stores = [("all", study.store())] if stores is None else stores
        score_strategies(study.windows, stores, **settings | changes, out=out)
        return read_table(out, METRIC_COLUMNS)

    return run


def values(frame, arm="all"):
    frame = frame[frame["arm"] == arm]
    keys = [
        frame["cluster"].astype(str).str.removesuffix(".0"),
        frame["metric"],
    ]
    return frame.set_index(keys)["value"]


@pytest.mark.slow
def test_a_strategy_of_the_eyes_is_found(make_study, score):
    study = make_study()
    frame = score(study)
    assert list(frame) == [*METRIC_COLUMNS, "arm", "cluster", "p"]
    found = values(frame)
    assert found["all", "n_clusters"] == 2
    ocular = next(name for name in ("1", "2") if found[name, "ocular"] == 1)
    other = {"1": "2", "2": "1"}[ocular]
    assert found[other, "ocular"] == 0
    assert found[ocular, "trials"] == pytest.approx(
        study.saccade.mean(), abs=0.03
    )
    assert found["all", "ocular trials"] == found[ocular, "trials"]
    assert (
        found[ocular, "saccade share"]
        > 0.9
        > 0.1
        > found[other, "saccade share"]
    )
    assert found[ocular, "heog"] == pytest.approx(60, abs=10)
    assert (
        found[ocular, "share ocular_frontal"]
        > 1.5 * found[other, "share ocular_frontal"]
    )
    assert found["all", "accuracy"] == pytest.approx(
        (study.prediction == study.label).mean()
    )
    assert found["all", "stability"] > 0.9
    maps = [f"map {name}" for name in study.channels]
    assert found[ocular][maps].sum() == pytest.approx(1)
    assert found[ocular][maps].idxmax() in ("map F7", "map F8")


@pytest.mark.slow
def test_saccades_that_tell_nothing_make_a_cluster_but_no_ocular_one(
    make_study, score
):
    found = values(score(make_study(bound=False)))
    assert found["all", "n_clusters"] == 2
    assert (
        found["1", "ocular"]
        == found["2", "ocular"]
        == found["all", "ocular trials"]
        == 0
    )


@pytest.mark.slow
def test_saccades_that_the_model_ignores_make_no_cluster(make_study, score):
    found = values(score(make_study(used=False)))
    assert found["all", "n_clusters"] == 1
    assert found["all", "ocular trials"] == 0
    assert found["1", "trials"] == 1


@pytest.mark.slow
def test_each_arm_is_clustered_by_itself(make_study, score):
    study = make_study()
    whole = study.store()
    study.relevance = study._relevance(np.zeros(len(study.label), bool))
    frame = score(
        study, [("all", whole), ("heog_regressed", study.store("regressed"))]
    )
    assert values(frame)["all", "ocular trials"] > 0.3
    assert values(frame, "heog_regressed")["all", "n_clusters"] == 1
    # Gaze is that of the whole input.
    assert (
        values(frame, "heog_regressed")["all", "heog size"]
        == values(frame)["all", "heog size"]
    )


@pytest.mark.slow
def test_the_same_twice_and_apart(make_study, score):
    study = make_study()
    both = [("all", study.store()), ("late", study.store("late"))]
    first = score(study, both)
    pd.testing.assert_frame_equal(first, score(study, both))
    late = score(study, both[1:]).reset_index(drop=True)
    expected = first[first["arm"] == "late"].reset_index(drop=True)
    pd.testing.assert_frame_equal(late, expected, check_dtype=False)


@pytest.mark.slow
def test_without_gaze_clusters_are_told_but_not_called_ocular(
    make_study, score
):
    frame = score(
        make_study(
            channels=[
                "FZ",
                "CZ",
                "C1",
                "C2",
                "C3",
                "C4",
                "P3",
                "PZ",
                "P4",
                "O1",
            ]
        )
    )
    found = values(frame)
    assert found["all", "n_clusters"] == 2
    assert np.isnan(found["all", "ocular trials"])
    assert ("1", "heog") not in found.index


@pytest.mark.slow
def test_windows_without_relevance_are_left_out(make_study, score):
    study = make_study()
    study.relevance[:7] = 0
    frame = score(study)
    assert (
        frame.loc[frame["metric"] == "n_clusters", "n"].item()
        == len(study.label) - 7
    )


@pytest.mark.slow
def test_no_more_windows_than_can_be_clustered(make_study, score, monkeypatch):
    monkeypatch.setattr(module, "MOST_WINDOWS", 75)
    frame = score(make_study())
    assert frame.loc[frame["metric"] == "n_clusters", "n"].item() == 75
    assert values(frame)["all", "subjects"] == 3


@pytest.mark.slow
def test_few_windows_are_one_cluster_without_a_test(make_study, score):
    study = make_study()
    found = values(score(study, [("all", study.store(rows=slice(20)))]))
    assert found["all", "n_clusters"] == 1
    assert np.isnan(found["all", "eigengap"])


@pytest.mark.slow
def test_a_store_or_a_task_without_windows_has_no_rows(make_study, score):
    study = make_study()
    frame = score(study, [("all", study.store(rows=slice(0)))])
    assert frame.empty
    assert list(frame) == [*METRIC_COLUMNS, "arm", "cluster", "p"]
    assert score(study, []).empty


@pytest.mark.slow
def test_unknown_windows_and_broken_stores_are_named(make_study, score):
    study = make_study()
    path = study.store(samples=["x", *study.sample[1:]])
    with pytest.raises(
        InputError, match=r"attn_lrp.zarr.zip: sample: 1 of 90 windows"
    ):
        score(study, [("all", path)])
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(InputError, match="store"):
        score(study, [("all", path)])
