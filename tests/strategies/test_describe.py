"""Rows of clusters against plain means, and when a cluster is called ocular."""

from itertools import combinations

import numpy as np
import pytest

from eeglrp.strategies.describe import (
    Windows,
    cluster_rows,
    greater_within_subjects,
)

CHANNELS, CLASSES = ["F7", "F8", "C3", "C4"], ["left", "right"]
NAMES = {"study": "s", "task": "t", "arm": "all"}


def made(n=60, ocular=True, gaze=30.0, to_cue=True, seed=0):
    """Windows in two equal clusters; those of the second have eye movements."""
    rng = np.random.default_rng(seed)
    cluster = np.arange(n) % 2
    shares = rng.dirichlet([20, 20, 40, 40], n)
    if ocular:
        shares[cluster == 1] = rng.dirichlet([40, 40, 20, 20], n // 2)
    heog = rng.normal(size=n) + gaze * cluster
    sign = 1 if to_cue else rng.choice([-1, 1], n)
    return (
        Windows(
            electrodes=shares,
            course=rng.dirichlet(np.ones(4), n),
            correct=rng.random(n) < 0.5 + 0.5 * cluster,
            label=np.arange(n) // 2 % 2,
            subject=np.array(["a", "b", "c"])[np.arange(n) // 2 % 3],
            eyes=np.column_stack([np.abs(heog), heog * sign, cluster]),
        ),
        cluster,
    )


@pytest.fixture
def rows_of(statistics):
    def make(windows, cluster, channels=CHANNELS):
        rows = cluster_rows(
            windows, cluster, channels, CLASSES, NAMES, statistics, 1
        )
        return {(row["cluster"], row["metric"]): row for row in rows}

    return make


def test_values_are_means_over_the_windows_of_a_cluster(rows_of):
    windows, cluster = made()
    found = rows_of(windows, cluster)
    for name, own in (
        ("1", cluster == 0),
        ("2", cluster == 1),
        ("all", cluster >= 0),
    ):
        row = found[name, "accuracy"]
        assert row["value"] == pytest.approx(windows.correct[own].mean())
        assert (row["chance"], row["n"]) == (0.5, own.sum())
        share = windows.electrodes[own, :2].sum(1)
        assert found[name, "share ocular_frontal"]["value"] == pytest.approx(
            share.mean()
        )
        assert found[name, "map C3"]["value"] == pytest.approx(
            windows.electrodes[own, 2].mean()
        )
        assert found[name, "map C3"]["chance"] == 0.25
        third = windows.course[own, 2].mean()
        assert found[name, "course 0.625"]["value"] == pytest.approx(third)
        assert found[name, "class right"]["value"] == pytest.approx(
            windows.label[own].mean()
        )
        assert found[name, "heog size"]["value"] == pytest.approx(
            windows.eyes[own, 0].mean()
        )
        assert found[name, "trials"]["value"] == own.mean()
        assert found[name, "subjects"]["value"] == 3
        low, high = (
            found[name, "accuracy"][end] for end in ("ci_low", "ci_high")
        )
        assert (
            low < row["value"] <= high
            or own.sum() == windows.correct[own].sum()
        )


def test_the_largest_subject_tells_a_head_from_a_strategy(rows_of):
    windows, _ = made()
    found = rows_of(windows, (windows.subject == "b").astype(int))
    assert found["2", "largest subject"]["value"] == 1
    assert found["2", "largest subject"]["chance"] == pytest.approx(1 / 3)
    assert found["2", "subjects"]["value"] == 1
    assert found["1", "largest subject"]["value"] == 0.5


def test_an_ocular_cluster_needs_relevance_movement_and_direction(rows_of):
    ocular = {
        "all three": made(),
        "relevance elsewhere": made(ocular=False),
        "no movement": made(gaze=0.0),
        "to either side": made(to_cue=False),
    }
    found = {
        name: rows_of(*one)["2", "ocular"]["value"]
        for name, one in ocular.items()
    }
    assert found == dict.fromkeys(ocular, 0) | {"all three": 1}
    assert rows_of(*made())["1", "ocular"]["value"] == 0


def test_one_cluster_is_not_ocular(rows_of):
    windows, _ = made()
    found = rows_of(windows, np.zeros(60, int))
    assert found["1", "ocular"]["value"] == 0
    assert ("2", "accuracy") not in found
    assert found["1", "heog"]["p"] == 1


def test_without_gaze_nothing_is_called_ocular(rows_of):
    windows, cluster = made()
    found = rows_of(windows._replace(eyes=np.full((60, 3), np.nan)), cluster)
    assert np.isnan(found["2", "ocular"]["value"])
    assert ("2", "heog") not in found
    assert found["2", "accuracy"]["n"] == 30


@pytest.mark.parametrize(
    "channels", [["C1", "C2", "C3", "C4"], ["F7", "F8", "FP1", "FP2"]]
)
def test_without_ocular_electrodes_or_others_nothing_is_called_ocular(
    rows_of, channels
):
    assert np.isnan(rows_of(*made(), channels)["2", "ocular"]["value"])


def test_p_is_that_of_all_permutations():
    rng = np.random.default_rng(0)
    values, own = rng.normal(size=8), np.arange(8) < 3
    values[0] += 1
    observed = values[own].sum()
    sums = [sum(values[list(rows)]) for rows in combinations(range(8), 3)]
    exact = np.mean(np.array(sums) >= observed - 1e-9)
    found = greater_within_subjects(values, own, np.zeros(8), 4000, rng)
    assert found == pytest.approx(exact, abs=0.03)


def test_differences_between_subjects_do_not_count():
    subject = np.repeat(["a", "b"], 20)
    values = np.where(subject == "a", 100.0, 0.0)
    rng = np.random.default_rng(0)
    assert (
        greater_within_subjects(values, subject == "a", subject, 99, rng) == 1
    )
    own = np.where(subject == "a", np.arange(40) < 15, np.arange(40) < 25)
    assert greater_within_subjects(values, own, subject, 99, rng) == 1
    values[own] += 1
    assert greater_within_subjects(values, own, subject, 99, rng) == 0.01
