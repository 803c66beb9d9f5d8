import numpy as np
import pandas as pd
import pytest

from eeglrp.drawing import regime_colours
from eeglrp.evaluate.figures import psychometric
from eeglrp.evaluate.psychometric import EXTRA
from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.labels import label

pytestmark = pytest.mark.slow

SIZES = (0.25, 0.5, 1, 2, 4, 8)


def points(curve, regime, method, metric, centre):
    names = {
        "study": "x",
        "regime": regime,
        "seed": "",
        "method": method,
        "subject": "all",
    }
    names |= {"curve": curve, "n": 20}
    for size in SIZES:
        value = 0.5 + 0.35 / (1 + np.exp(-3 * (np.log2(size) - centre)))
        own = {
            "task": f"beat_{size}",
            "amplitude": size,
            "metric": metric,
            "chance": 0.5,
        }
        yield (
            names
            | own
            | {"value": value, "ci_low": value - 0.03, "ci_high": value + 0.03}
        )
    half = 2.0**centre if centre < 3 else np.nan
    yield names | {"metric": f"{metric} threshold", "value": half, "task": ""}


@pytest.fixture
def draw(tmp_path):
    def run(curves, methods, regimes=("finetuned", "scratch")):
        rows = []
        for curve in curves:
            for k, regime in enumerate((*regimes, "lda_samples")):
                rows += points(
                    curve, regime, "", "balanced_accuracy", 1 + k / 2
                )
            for k, method in enumerate(methods):
                for regime in regimes:
                    rows += points(curve, regime, method, "auc", k / 2)
        columns = [*METRIC_COLUMNS, *EXTRA]
        table = tmp_path / "psychometric.tsv"
        write_table(pd.DataFrame(rows, columns=columns), table)
        files = [
            tmp_path / f"out.{ending}" for ending in ("pdf", "png", "tsv")
        ]
        psychometric.draw([table], *files)
        return files

    return run


def test_draws_every_curve_and_writes_its_numbers(draw):
    methods = [
        "attn_lrp",
        "cp_lrp",
        "gamma",
        "input_x_gradient",
        "signal",
        "random",
    ]
    pdf, png, tsv = draw(["heartbeat in eegmat"], methods)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.stat().st_size < 200_000
    shown = read_table(tsv)
    assert len(shown) == 3 * 7 + 2 * 7 * len(methods)
    assert set(shown.loc[shown["amplitude"].notna(), "amplitude"]) == set(
        SIZES
    )


def test_draws_two_curves_and_four_regimes(draw):
    curves = [
        "heartbeat in eegmat",
        "saccade in eegmmidb, trial probability 1, label probability 0.8",
    ]
    regimes = ["finetuned", "frozen", "scratch", "untrained"]
    _, png, _ = draw(curves, ["attn_lrp", "gamma"], regimes)
    assert png.stat().st_size > 5000


def test_an_empty_table_says_why(draw):
    _, png, tsv = draw([], [])
    assert len(read_table(tsv)) == 0
    assert png.stat().st_size > 1000


def test_names_of_ones_own_are_shown_as_words():
    assert label("heartbeat_0p25") == "heartbeat 0.25"
    assert label("permuted_r_peaks") == "permuted r peaks"
    looks = regime_colours(["mine"])
    # All at once, though there are more than the palette has.
    assert len(looks) > 10
    assert len(set(looks.values())) == len(looks)
    assert list(looks.values()).count(looks["untrained"]) == 1
