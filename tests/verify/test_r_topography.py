"""Relevance around the R-peak by electrode, from stores to a table."""

import numpy as np
import pandas as pd
import pytest

from eeglrp.attribution.stores import window_events
from eeglrp.store import open_attribution
from eeglrp.verify import r_topography
from eeglrp.verify.r_topography import (
    conditions,
    lag_samples,
    lock_subjects,
    table,
)
from eeglrp.verify.run import Job

from .conftest import CHANNELS, RATE

NAMES = {
    "study": "demo",
    "task": "r_peak",
    "regime": "scratch",
    "seed": 0,
    "method": "attn_lrp",
}
#: Only C3 follows the heartbeat.
C3 = 0.3 * (np.array(CHANNELS) == "C3")


@pytest.fixture
def measure(task, settings):
    """Table of a store whose relevance is planted as told."""

    def run(
        locking,
        kind="r_peak",
        classes=("between", "r_peak"),
        windows=None,
        **changes,
    ):
        path = task.store(locking, **changes).path
        events = window_events(task.windows() if windows is None else windows)
        of_settings = {
            key: settings[key]
            for key in ("study", "task", "statistics", "seed")
        }
        verify = settings["verify"]
        job = Job(
            kind=kind,
            classes=list(classes),
            verify=verify,
            events=events,
            **of_settings,
        )
        with open_attribution(path) as dataset:
            found = lock_subjects(path, dataset, job)
        return table(found, CHANNELS, RATE, NAMES, job)

    return run


def of(frame, **chosen):
    for key, value in ({"subject": "all"} | chosen).items():
        frame = frame[frame[key] == value]
    return frame


def test_lags_hold_zero_and_are_evenly_spaced():
    lags = lag_samples(200)
    assert lags.tolist() == list(range(-20, 61, 4))
    assert 0 in lag_samples(128)
    assert set(np.diff(lag_samples(128))) == {3}


def test_conditions_of_the_r_peak_task_are_turned_towards_it():
    label, own = np.array([0, 1, 1]), np.array([1.0, 1.0, -1.0])
    parts, compared = conditions(label, own, ["between", "r_peak"], "r_peak")
    assert list(compared) == ["r_peak", "between", "r_peak - between"]
    assert compared["r_peak - between"] == ["r_peak", "between"]
    assert parts["r_peak"].tolist() == [0, 1, -1]
    assert parts["between"].tolist() == [-1, 0, 0]


def test_conditions_of_other_tasks_and_of_scores_that_cannot_be_turned():
    label, own = np.array([0, 1]), np.array([1.0, -1.0])
    parts, compared = conditions(label, own, ["low", "high"], "arousal")
    assert list(compared) == ["all", "high", "low", "high - low"]
    assert parts["all"].tolist() == [1, -1]
    kept = conditions(label, np.array([1.0, 0.0]), ["low", "high"], "arousal")[
        1
    ]
    assert list(kept) == ["all"]
    kept = conditions(
        label, np.array([1.0, 0.0]), ["between", "r_peak"], "r_peak"
    )[1]
    assert list(kept) == ["r_peak"]
    assert list(conditions(label, own, ["a", "b", "c"], "arousal")[1]) == [
        "all"
    ]


@pytest.mark.slow
def test_the_electrode_that_follows_the_heartbeat_is_found(measure):
    frame = measure(C3)
    largest = of(frame, metric="maximum")
    assert set(largest["class"]) == {"r_peak", "between", "r_peak - between"}
    assert set(largest["channel"]) == {"C3"}
    assert (largest["lag"].abs() <= 0.02).all()
    assert (largest["p"] == 1 / 200).all()
    signs = largest.set_index("class")["z"]
    assert signs["r_peak"] > 0 > signs["between"]
    zero = of(frame, metric="zero", **{"class": "r_peak"}).set_index("channel")
    assert zero["p"].drop("C3").min() > 0.05
    row = zero.loc["C3"]
    assert row["value"] > row["null_high"] > row["chance"] > row["null_low"]
    assert row["ci_low"] < row["value"] < row["ci_high"]
    assert row["n"] == 30
    assert set(of(frame, subject="002", metric="maximum")["channel"]) == {"C3"}


@pytest.mark.slow
def test_a_later_wave_is_found_at_its_latency(measure):
    frame = of(measure(C3, latency=0.1), **{"class": "r_peak"})
    assert of(frame, metric="maximum")["lag"].item() == pytest.approx(
        0.1, abs=0.021
    )
    peak = of(frame, metric="peak").set_index("channel")
    assert peak.loc["C3", "lag"] == of(frame, metric="maximum")["lag"].item()
    assert of(frame, metric="zero").set_index("channel")["p"].min() > 0.05


@pytest.mark.slow
def test_relevance_that_follows_nothing_is_not_found(measure):
    largest = of(measure(0.0), metric="maximum")
    assert (largest["p"] > 0.05).all()


@pytest.mark.slow
def test_the_course_is_the_sum_over_electrodes(measure):
    frame = of(measure(C3), **{"class": "r_peak"})
    course = of(frame, metric="course").set_index("lag")
    zero = of(frame, metric="zero")
    assert course.loc[0.0, "value"] == pytest.approx(zero["value"].sum())
    assert course.loc[0.0, "chance"] == pytest.approx(
        zero["chance"].sum(), rel=1e-4
    )
    assert set(course["channel"]) == {"all"}
    assert course["value"].idxmax() == pytest.approx(0, abs=0.021)
    assert (
        course.loc[0.0, "ci_low"]
        < course.loc[0.0, "value"]
        < course.loc[0.0, "ci_high"]
    )


@pytest.mark.slow
def test_the_difference_is_that_of_the_classes(measure):
    zero = of(measure(C3), metric="zero", channel="C3").set_index("class")[
        "value"
    ]
    assert zero["r_peak - between"] == pytest.approx(
        zero["r_peak"] - zero["between"]
    )


@pytest.mark.slow
def test_relevance_is_locked_alike_whatever_class_was_explained(measure, task):
    right = of(measure(C3), metric="maximum").set_index("class")["z"]
    task.rng = np.random.default_rng(11)
    turned = of(
        measure(C3, wrong=range(0, 60, 3)), metric="maximum"
    ).set_index("class")["z"]
    pd.testing.assert_series_equal(right, turned, rtol=0.3)


@pytest.mark.slow
def test_other_tasks_use_every_window(measure):
    frame = measure(C3, kind="arousal", classes=("low", "high"))
    assert set(frame["class"]) == {"all", "low", "high", "high - low"}
    assert set(of(frame, metric="maximum", **{"class": "all"})["n"]) == {60}


@pytest.mark.slow
def test_subjects_with_few_r_peaks_count_in_the_pool_only(
    measure, monkeypatch
):
    monkeypatch.setattr(r_topography, "MIN_R_PEAKS", 11)
    assert set(measure(C3)["subject"]) == {"all"}
    monkeypatch.setattr(r_topography, "MIN_R_PEAKS", 31)
    assert measure(C3).empty


@pytest.mark.slow
def test_without_r_peaks_there_is_no_row(measure, task):
    assert measure(C3, windows=task.windows(events=False)).empty
