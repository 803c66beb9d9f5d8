import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.plan.finished import Measured
from eeglrp.plan.fit import errors, fit, predict


def job(work, seconds, kind="train", variant="frozen"):
    return Measured("demo", kind, variant, work, seconds, 2 * seconds, 100.0)


@settings(max_examples=30, deadline=None)
@given(st.floats(1, 20), st.floats(1e-6, 1e-2))
def test_start_and_rate_are_found(start, rate):
    works = [0, 1e3, 1e4, 1e5]
    line = fit([job(work, start + rate * work) for work in works])[
        "train", "frozen"
    ]
    assert line == pytest.approx((start, rate), rel=1e-4)


def test_a_variant_never_measured_takes_the_mean_of_its_kind():
    lines = fit([job(100, 10), job(100, 40, variant="scratch"), job(0, 5)])
    assert predict(lines, "train", "frozen", 100)[1]
    value, known = predict(lines, "train", "finetuned", 100)
    assert not known
    assert 10 < value < 40
    assert predict(lines, "attribute", "gamma", 100) == (None, False)


def test_cpu_seconds_are_fitted_on_request():
    jobs = [job(0, 5), job(1000, 50)]
    seconds, cpu = (
        predict(fit(jobs, v), "train", "frozen", 1000)[0] for v in VALUES
    )
    assert cpu == pytest.approx(2 * seconds)


VALUES = ("seconds", "cpu_seconds")


def test_errors_of_a_perfect_prediction_are_nil():
    jobs = [job(work, 3 + 0.01 * work) for work in np.linspace(0, 1e4, 5)]
    found = errors(jobs, jobs[:3])
    predicted, measured, median, n = found["train"]
    assert predicted == pytest.approx(measured)
    assert median == pytest.approx(1)
    assert n == 3
    assert found["all"] == found["train"]


def test_errors_show_a_run_that_took_twice_as_long():
    jobs = [job(work, 3 + 0.01 * work) for work in np.linspace(0, 1e4, 5)]
    slow = [one._replace(seconds=2 * one.seconds) for one in jobs]
    assert errors(jobs, slow)["all"][2] == pytest.approx(0.5)
