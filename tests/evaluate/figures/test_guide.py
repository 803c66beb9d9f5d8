import numpy as np
import pandas as pd
import pytest

from eeglrp.drawing import theme
from eeglrp.evaluate.figures import guide
from eeglrp.files import METRIC_COLUMNS, read_table, write_table

VALUES = {
    "wins": {"poor": 0.2, "good": 0.8},
    "srg above random zero": {"poor": 0.4, "good": 0.9},
    "srg above random removal": {"poor": 0.3, "good": 0.7},
    "gradients": {"poor": 50.0, "good": 1.1},
    "auc over signal": {"poor": -0.1, "good": 0.1, "random": -0.2},
    "wins auc": {"poor": 0.1, "good": 0.9},
}


def table(folder, values=VALUES):
    rows = []
    for metric, own in values.items():
        for method, value in own.items():
            row = dict.fromkeys(METRIC_COLUMNS, "") | {
                "method": method,
                "metric": metric,
                "n": 9,
            }
            row |= {
                "value": value,
                "ci_low": value - 0.1,
                "ci_high": value + 0.1,
            }
            row |= {
                "chance": 0.5 if "wins" in metric else np.nan,
                "against": "",
            }
            rows.append(row)
    path = folder / "guide.tsv"
    write_table(pd.DataFrame(rows, columns=[*METRIC_COLUMNS, "against"]), path)
    return [path]


def test_methods_stand_by_their_wins_and_yardsticks_last(tmp_path):
    shown = guide.select(table(tmp_path))
    with theme():
        axis = guide.plot(shown).axes[0]
    assert [text.get_text() for text in axis.get_yticklabels()] == [
        "good",
        "poor",
        "random",
    ]


def test_occluders_share_a_column_and_single_contests_have_none(tmp_path):
    shown = guide.select(table(tmp_path))
    with theme():
        axes = guide.plot(shown).axes
    titles = [axis.get_title() for axis in axes]
    assert titles == [
        guide.TITLES[name]
        for name in guide.TITLES
        if name in set(shown["column"])
    ]
    assert len(titles) == 4
    legend = axes[titles.index(guide.TITLES["srg above random"])].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == [
        "zero",
        "removal",
    ]
    assert axes[titles.index(guide.TITLES["gradients"])].get_xscale() == "log"


@pytest.mark.slow
def test_the_files_hold_what_is_shown(tmp_path):
    paths = [
        tmp_path / f"guide-figure.{ending}" for ending in ("pdf", "png", "tsv")
    ]
    guide.draw(table(tmp_path), *paths)
    assert all(path.stat().st_size for path in paths)
    assert "wins auc" not in set(read_table(paths[2])["metric"])


def test_an_empty_guide_says_why(tmp_path):
    paths = [
        tmp_path / f"guide-figure.{ending}" for ending in ("pdf", "png", "tsv")
    ]
    guide.draw(table(tmp_path, {}), *paths)
    assert paths[1].stat().st_size
    assert len(read_table(paths[2])) == 0
