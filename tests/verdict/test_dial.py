import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from eeglrp.files import read_table, write_table
from eeglrp.verdict.dial import write_dial
from eeglrp.verdict.run import write_verdict

from .tables import EYES, MU, arms

STATISTICS = {
    "confidence": 0.95,
    "smallest_effect": {"accuracy": 0.1, "share": 0.05},
}
LADDER = {
    0.5: (0.9, MU, "sensorimotor"),
    0.75: (0.4, MU, "both"),
    1.0: (0.0, EYES, "ocular"),
}


def level(task, confound, truth, mu, cohort):
    return {
        task: {
            "confound": confound,
            "mu": mu,
            "cohort": cohort,
            "truth": truth,
        }
    }


@pytest.fixture
def dial(tmp_path):
    """Table of the dial for models by (confound, cohort)."""

    def make(models):
        levels, tables = {}, []
        for k, ((confound, cohort), accuracies) in enumerate(models.items()):
            mu, _, truth = LADDER[confound]
            levels |= level(f"level_{k}", confound, truth, mu, cohort)
            tables.append(arms(accuracies, task=f"level_{k}"))
        write_table(pd.concat(tables), tmp_path / "arms.tsv")
        # A task that is no level is left out.
        write_verdict(
            {"arms": [tmp_path / "arms.tsv"]},
            STATISTICS,
            "x",
            tmp_path / "v.tsv",
        )
        write_dial(tmp_path / "v.tsv", levels, 0.95, tmp_path / "dial.tsv")
        return read_table(tmp_path / "dial.tsv")

    return make


def value(frame, metric, **columns):
    own = frame[frame["metric"] == metric]
    for name, one in columns.items():
        own = own[own[name] == one]
    assert len(own) == 1
    return own.iloc[0]


def wilson(count, n):
    """Ends of the score interval: where (share - p)^2 = z^2 p (1 - p) / n."""
    z2 = norm.isf(0.025) ** 2 / n
    share = count / n
    ends = np.roots([1 + z2, -(2 * share + z2), share**2])
    return tuple(sorted(ends))


@pytest.mark.slow
def test_verdicts_that_follow_the_truth_make_no_error(dial):
    frame = dial({(confound, 1): LADDER[confound][1] for confound in LADDER})
    for confound, truth in ((0.5, "sensorimotor"), (1.0, "ocular")):
        one = value(frame, "error", confound=confound)
        assert (one["value"], one["n"], one["truth"]) == (0, 1, truth)
        assert value(frame, f"share {truth}", confound=confound)["value"] == 1
    assert value(frame, "ocular from")["value"] == 1.0
    assert value(frame, "sensorimotor until")["value"] == 0.75


@pytest.mark.slow
def test_errors_are_counted_over_cohorts_with_their_interval(dial):
    models = {(1.0, cohort): EYES for cohort in (1, 101, 201)} | {
        (1.0, 301): MU
    }
    frame = dial(models | {(0.5, 1): MU})
    one = value(frame, "error", confound=1.0)
    assert (one["value"], one["n"]) == (0.25, 4)
    assert (one["ci_low"], one["ci_high"]) == pytest.approx(wilson(1, 4))
    assert value(frame, "share sensorimotor", confound=1.0)["value"] == 0.25


@pytest.mark.slow
def test_undecided_is_no_error(dial):
    unknown = {("all", "own"): 0.9}
    frame = dial({(0.5, 1): MU, (1.0, 1): unknown})
    assert value(frame, "error", confound=1.0)["value"] == 0
    assert value(frame, "share undecided", confound=1.0)["value"] == 1


@pytest.mark.slow
def test_there_is_no_error_where_both_are_true(dial):
    frame = dial({(0.5, 1): MU, (0.75, 1): EYES, (1.0, 1): EYES})
    assert set(frame.loc[frame["metric"] == "error", "confound"]) == {0.5, 1.0}
    assert value(frame, "ocular from")["value"] == 0.75


@pytest.mark.slow
def test_a_verdict_that_never_turns_has_no_flip(dial):
    frame = dial({(0.5, 1): EYES, (1.0, 1): MU})
    assert np.isnan(value(frame, "ocular from")["value"])
    assert np.isnan(value(frame, "sensorimotor until")["value"])


@pytest.mark.slow
def test_the_ladder_starts_anew_where_most_cohorts_disagree(dial):
    """Half of the cohorts are not most of them."""
    models = {(0.75, 1): EYES, (0.75, 101): MU, (1.0, 1): EYES, (0.5, 1): MU}
    frame = dial(models)
    assert value(frame, "ocular from")["value"] == 1.0
    assert value(frame, "sensorimotor until")["value"] == 0.5


@pytest.mark.slow
def test_levels_stand_beside_the_values(dial):
    frame = dial({(0.5, 1): MU, (1.0, 101): EYES})
    one = value(frame, "balanced_accuracy", question="decodes", task="level_1")
    assert (one["confound"], one["mu"], one["cohort"], one["value"]) == (
        1.0,
        0.0,
        101,
        0.9,
    )
