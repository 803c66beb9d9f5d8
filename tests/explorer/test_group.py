"""Means of subjects and classes, against loops in float64."""

import numpy as np
import pytest

from eeglrp.explorer.group import (
    bin_edges,
    group_record,
    means_by_subject,
    over_subjects,
)
from eeglrp.store import open_attribution

from .made_up import CLASSES, METHODS, SUBJECTS
from .reading import array


@pytest.fixture
def record(study):
    return group_record(open_attribution(study.stores[0]), CLASSES)


def windows_of(study, subject, number):
    """Relevance of a subject's windows of a class; -1 are all."""
    samples = [
        one
        for one in study.of(subject)
        if number < 0 or study.labels([one]) == [number]
    ]
    windows = [study.relevance[METHODS[0]][one] for one in samples]
    return np.array(windows, np.float64)


def test_maps_are_means_over_windows_then_subjects(study, record):
    for number in (-1, 0, 1):
        by_subject = [
            windows_of(study, subject, number).sum(axis=2).mean(axis=0)
            for subject in SUBJECTS
        ]
        maps = array(record["map"])[number + 1]
        np.testing.assert_allclose(maps[0], np.mean(by_subject, 0), rtol=1e-5)
        np.testing.assert_allclose(
            array(record["map_subject"])[number + 1], by_subject, rtol=1e-5
        )
        assert (maps[1] <= maps[0]).all()
        assert (maps[0] <= maps[2]).all()


def test_courses_sum_to_the_maps(record):
    course, maps = array(record["course"]), array(record["map"])
    np.testing.assert_allclose(
        course[:, 0, 1:].sum(axis=-1), maps[:, 0], rtol=1e-4, atol=1e-6
    )
    # The first row is all electrodes together.
    np.testing.assert_allclose(
        course[:, 0, 0], course[:, 0, 1:].sum(axis=1), rtol=1e-4, atol=1e-6
    )


def test_courses_of_subjects_are_rounded_by_half_a_per_mille(study, record):
    edges = [*record["edges"], 60]
    windows = windows_of(study, "S2", 1).mean(axis=0)
    exact = np.array(
        [
            windows[:, start:stop].sum(axis=1)
            for start, stop in zip(edges, edges[1:], strict=False)
        ]
    ).T
    found = array(record["course_subject"])[2, 1]
    np.testing.assert_allclose(found, exact, rtol=2.0**-11 + 1e-6)


def test_counts_are_windows(record):
    assert record["counts"] == [[4, 4], [2, 2], [2, 2]]


def test_layers_are_means_over_subjects(study, record):
    np.testing.assert_allclose(
        array(record["layers"])[0],
        study.layers[METHODS[0]].mean(axis=0),
        rtol=1e-5,
        atol=1e-7,
    )


def test_a_store_without_layers_has_none(study):
    store = open_attribution(study.stores[0])
    record = group_record(store.drop_vars("layer_relevance"), CLASSES)
    assert "layers" not in record


def test_a_class_that_a_subject_lacks_is_nan_and_left_out():
    values = np.array([[1.0], [3.0], [5.0]])
    means, counts = means_by_subject(
        values, np.array(["a", "a", "b"]), np.array([0, 1, 0]), 2
    )
    assert np.isnan(means[2, 1]).all()
    assert counts.tolist() == [[2, 1], [1, 1], [1, 0]]
    assert over_subjects(means[2])[0] == 3


def test_no_subject_at_all_is_nan():
    assert np.isnan(over_subjects(np.full((2, 3), np.nan))).all()


@pytest.mark.parametrize("n_times", [1, 24, 25, 26, 200])
def test_bins_cover_every_sample_once(n_times):
    edges = bin_edges(n_times)
    assert edges[0] == 0
    assert (np.diff(edges) > 0).all()
    assert edges[-1] < n_times
