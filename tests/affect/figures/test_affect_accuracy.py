import pytest

from eeglrp.affect.figures import affect_accuracy
from eeglrp.affect.scores import EXTRA
from eeglrp.files import read_table, write_table
from eeglrp.tables import metric_frame, metric_row


@pytest.fixture
def files(tmp_path):
    return [tmp_path / f"out.{ending}" for ending in ("pdf", "png", "tsv")]


def rows(task, regime, seed=0, stages=("evaluation",), inflation=False):
    ids = {
        "study": "x",
        "task": task,
        "regime": regime,
        "seed": seed,
        "subject": "all",
    }
    ends = {"ci_low": 0.55, "ci_high": 0.7, "chance": 0.5, "n": 300}
    found = []
    for stage in stages:
        for null, p in (("shift", 0.01 + seed / 100), ("blocks", 0.2)):
            extra = {"null": null, "stage": stage, "p": p, "orders": 900}
            row = metric_row(
                metric="balanced_accuracy",
                value=0.62 + seed / 50,
                **ids | ends,
            )
            found += [
                row | extra,
                row | extra | {"subject": "s1", "value": 0.9},
            ]
            bound = metric_row(
                metric="balanced_accuracy null 95%", value=0.57, **ids | ends
            )
            found.append(bound | extra | {"p": float("nan")})
    if inflation:
        random = metric_row(
            metric="balanced_accuracy out of random fold", value=0.8, **ids
        )
        found.append(random | {"null": "none", "stage": "training"})
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    "tasks", [("arousal",), ("arousal", "valence", "mood")]
)
def test_draws_every_model_of_every_task(tmp_path, files, tasks):
    table = [
        row
        for task in tasks
        for seed in (0, 1)
        for row in rows(task, "scratch", seed)
    ]
    small = {"stages": ("evaluation", "training"), "inflation": True}
    table += [row for task in tasks for row in rows(task, "csp_lda", **small)]
    write_table(metric_frame(table, EXTRA), tmp_path / "t.tsv")
    affect_accuracy.draw([tmp_path / "t.tsv"], *files)
    assert files[1].stat().st_size > 5000
    shown = read_table(files[2])
    assert len(shown) == len(tasks) * (4 + 8 + 1)
    scores = shown[
        (shown["metric"] == "balanced_accuracy")
        & (shown["regime"] == "scratch")
    ]
    mean = scores[scores["null"] == "shift"].iloc[0]
    assert mean["value"] == pytest.approx(0.63)
    assert mean["n_seeds"] == 2
    # The larger p of the two seeds.
    assert mean["p"] == pytest.approx(0.02)


def test_without_a_model_the_figure_says_so(tmp_path, files):
    write_table(metric_frame([], EXTRA), tmp_path / "t.tsv")
    affect_accuracy.draw([tmp_path / "t.tsv"], *files)
    assert files[0].is_file()
    assert read_table(files[2]).empty
