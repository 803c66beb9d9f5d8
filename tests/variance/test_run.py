import pandas as pd
import pytest

from eeglrp.files import read_table, write_table
from eeglrp.tables import metric_frame, metric_row
from eeglrp.variance.findings.variance import variance_finding
from eeglrp.variance.run import write_variance

MODEL = {"study": "x", "task": "r_peak", "regime": "scratch"}


@pytest.fixture
def tables(tmp_path):
    """Two folds of two subjects, two seeds; maps of three electrodes."""
    accuracies, shares, maps = [], [], []
    for seed in (0, 1):
        for number in range(4):
            names = MODEL | {
                "seed": seed,
                "fold": number // 2,
                "subject": f"S{number}",
            }
            value = 0.6 + 0.1 * number + 0.02 * seed
            accuracies.append(
                metric_row(**names, metric="balanced_accuracy", value=value)
            )
            shares.append(
                metric_row(
                    **names,
                    method="gamma",
                    metric="share ocular_frontal",
                    value=0.2 + 0.1 * seed,
                )
                | {"class": "all"}
            )
        names = MODEL | {"seed": seed, "method": "gamma", "subject": "all"}
        for channel, value in zip("abc", (0.1, 0.3, 0.6), strict=True):
            row = metric_row(
                **names, metric="share", value=value + 0.02 * seed
            )
            maps.append(row | {"class": "all", "channel": channel})
    # Of all subjects: not one more.
    accuracies.append(
        metric_row(
            **MODEL, subject="all", metric="balanced_accuracy", value=9.0
        )
    )
    files = {}
    for name, rows, extra in (
        ("decoding", accuracies, ()),
        ("shares", shares, ("class",)),
        ("topography", maps, ("class", "channel")),
    ):
        files[name] = tmp_path / f"{name}.tsv"
        write_table(metric_frame(rows, extra), files[name])
    return files


@pytest.fixture
def variance(tables, tmp_path):
    out = tmp_path / "variance.tsv"
    write_variance(**tables, out=out)
    return read_table(out)


def of(frame, metric):
    rows = frame[frame["metric"] == metric]
    return dict(zip(rows["source"].fillna(""), rows["value"], strict=True))


def test_subjects_are_taken_within_their_folds(variance):
    found = of(variance, "balanced_accuracy")
    # 0.1 between the two subjects of a fold, the same with every seed.
    assert found["subject"] == pytest.approx(0.1 / 2**0.5)
    assert found["rest"] == pytest.approx(0, abs=1e-6)
    # Seeds differ by 0.02, in both folds.
    assert found["model"] == pytest.approx(0.02 / 2**0.5)
    rows = variance[variance["metric"] == "balanced_accuracy"]
    assert set(rows["n"]) == {4}


def test_a_share_that_only_the_model_changes(variance):
    found = of(variance, "share ocular_frontal")
    assert found["model"] == pytest.approx(0.1 / 2**0.5)
    assert found["subject"] == pytest.approx(0, abs=1e-6)


def test_equal_maps_are_reliable_with_one_seed(variance):
    found = of(variance, "map reliability")
    assert found == pytest.approx({"one seed": 1, "all seeds": 1})
    assert of(variance, "seeds for 0.9") == {"": 1}


def test_the_finding_names_the_models_and_the_seeds(variance):
    finding = variance_finding(variance)
    assert "R-peak, scratch 1.00, 1 seed for 0.9" in finding.sentence
    cells = [cell for cell, _ in finding.rows[0]]
    assert cells[:3] == ["R-peak", "scratch", "accuracy"]
    assert cells[3] == "0.071"


def test_a_table_without_a_column_is_named(tables, tmp_path):
    frame = pd.read_csv(tables["shares"], sep="\t").drop(columns="class")
    frame.to_csv(tables["shares"], sep="\t", index=False)
    with pytest.raises(Exception, match=r"shares\.tsv.*class"):
        write_variance(**tables, out=tmp_path / "variance.tsv")
