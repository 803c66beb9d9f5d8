import numpy as np
import pandas as pd
import pytest

from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.tables import metric_frame, metric_row
from eeglrp.verdict.dial import EXTRA as LEVELS
from eeglrp.verdict.figures import dial, verdict
from eeglrp.verdict.questions import BY_NAME
from eeglrp.verdict.run import EXTRA


@pytest.fixture
def files(tmp_path):
    return [tmp_path / f"out.{ending}" for ending in ("pdf", "png", "tsv")]


def verdicts(models, questions=tuple(BY_NAME)):
    rows = []
    findings = ("supported", "not supported", "undecided")
    for task, regime in models:
        ids = {"study": "x", "task": task, "regime": regime, "subject": "all"}
        for k, name in enumerate(questions):
            numbers = {
                "value": 0.8,
                "chance": 0.5,
                "n": 8 * (k % 4 > 0),
                "metric": "accuracy",
            }
            rows.append(
                metric_row(**ids | numbers)
                | {"question": name, "finding": findings[k % 3]}
            )
        for name, finding in (("ocular", "supported"), ("overall", "ocular")):
            rows.append(
                metric_row(**ids, metric="verdict")
                | {"question": name, "finding": finding}
            )
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 3, 9])
def test_draws_so_many_models(tmp_path, files, n):
    models = [("motor_imagery", f"model{k}") for k in range(n - 1)] + [
        ("other", "scratch")
    ]
    write_table(metric_frame(verdicts(models), EXTRA), tmp_path / "v.tsv")
    verdict.draw([tmp_path / "v.tsv"], *files)
    assert files[1].stat().st_size > 5000
    shown = read_table(files[2])
    assert len(shown[["task", "regime"]].drop_duplicates()) == n


@pytest.mark.slow
def test_questions_that_were_asked_of_no_model_are_left_out(tmp_path, files):
    rows = verdicts([("motor_imagery", "scratch")])
    write_table(metric_frame(rows, EXTRA), tmp_path / "v.tsv")
    verdict.draw([tmp_path / "v.tsv"], *files)
    asked = [row["question"] for row in rows if row["n"] > 0]
    assert list(read_table(files[2])["question"]) == [
        *asked,
        "ocular",
        "overall",
    ]


@pytest.mark.slow
def test_single_seeds_are_not_drawn(tmp_path, files):
    rows = verdicts([("motor_imagery", "scratch")])
    rows += [row | {"seed": 0} for row in rows]
    write_table(metric_frame(rows, EXTRA), tmp_path / "v.tsv")
    verdict.draw([tmp_path / "v.tsv"], *files)
    shown = read_table(files[2])
    assert len(shown) == shown["question"].nunique()


def test_cells_tell_symbol_and_values():
    row = {
        "question": "decodes",
        "finding": "supported",
        "value": 0.812,
        "chance": 0.5,
    }
    assert verdict.words(pd.Series(row)) == "✓ .81 : .50"
    row |= {"finding": "not supported", "value": np.nan}
    assert verdict.words(pd.Series(row)) == "✗"
    row |= {"question": "overall", "finding": "both"}
    assert verdict.words(pd.Series(row)) == "both"


@pytest.mark.parametrize(
    ("module", "extra"), [(verdict, EXTRA), (dial, LEVELS)]
)
def test_empty_tables_say_why(tmp_path, files, module, extra):
    write_table(
        pd.DataFrame(columns=[*METRIC_COLUMNS, *extra]), tmp_path / "t.tsv"
    )
    module.draw([tmp_path / "t.tsv"], *files)
    assert files[1].stat().st_size > 1000
    assert len(read_table(files[2])) == 0


@pytest.mark.slow
@pytest.mark.parametrize("regimes", [("scratch",), ("finetuned", "scratch")])
def test_draws_the_dial(tmp_path, files, regimes):
    rows = []
    for regime in regimes:
        for confound, mu, cohort, found in (
            (0.5, 0.9, 1, "sensorimotor"),
            (0.5, 0.9, 101, "undecided"),
            (0.7, 0.4, 1, "both"),
            (1.0, 0.0, 1, "ocular"),
        ):
            place = {
                "confound": confound,
                "mu": mu,
                "cohort": cohort,
                "truth": "both",
            }
            ids = {
                "study": "x",
                "task": f"t{confound}{cohort}",
                "regime": regime,
            }
            for name in dial.ACCURACIES:
                numbers = {
                    "value": 0.7,
                    "ci_low": 0.65,
                    "ci_high": 0.75,
                    "chance": 0.5,
                }
                rows.append(
                    metric_row(**ids, **numbers) | place | {"question": name}
                )
            rows.append(
                metric_row(**ids)
                | place
                | {"question": "overall", "finding": found}
            )
    write_table(metric_frame(rows, LEVELS), tmp_path / "d.tsv")
    dial.draw([tmp_path / "d.tsv"], *files)
    assert files[1].stat().st_size > 5000
    assert len(read_table(files[2])) == len(rows)
