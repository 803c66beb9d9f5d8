import pandas as pd
import pytest

from eeglrp.decoding.figures import confusion
from eeglrp.drawing import theme
from eeglrp.files import METRIC_COLUMNS, read_table, write_table

pytestmark = pytest.mark.slow

CLASSES = {
    "motor_imagery": ("left", "right", "feet"),
    "arousal": ("low", "high"),
}


def table(
    folder,
    regimes=("finetuned", "frozen", "scratch", "csp_lda", "tangent_lr", "mdm"),
):
    rows = []
    for task, classes in CLASSES.items():
        for regime in regimes:
            for seed in (0, 1):
                for true in classes:
                    for predicted in classes:
                        right = 0.6 + 0.2 * seed
                        share = (
                            right
                            if true == predicted
                            else (1 - right) / (len(classes) - 1)
                        )
                        row = dict.fromkeys(METRIC_COLUMNS, "")
                        row |= {
                            "study": "x",
                            "task": task,
                            "regime": regime,
                            "seed": seed,
                        }
                        row |= {
                            "subject": "all",
                            "metric": "predicted",
                            "value": share,
                            "n": 9,
                        }
                        row |= {
                            "ci_low": share,
                            "ci_high": share,
                            "chance": 0.3,
                        }
                        rows.append(
                            row | {"label": true, "prediction": predicted}
                        )
    path = folder / "confusion.tsv"
    write_table(pd.DataFrame(rows), path)
    return path


def test_cells_hold_the_percentage_averaged_over_seeds(tmp_path):
    shown = confusion.select([table(tmp_path, regimes=("scratch",))])
    with theme():
        axes = [axis for axis in confusion.plot(shown).axes if axis.axison]
    assert len(axes) == 2
    assert [text.get_text() for text in axes[1].texts] == [
        "70",
        "30",
        "30",
        "70",
    ]
    assert [text.get_text() for text in axes[0].texts][:3] == [
        "70",
        "15",
        "15",
    ]


def test_more_decoders_than_fit_side_by_side_go_on_below(tmp_path):
    paths = [
        tmp_path / "out" / f"confusion.{ending}"
        for ending in ("pdf", "png", "tsv")
    ]
    confusion.draw([table(tmp_path)], *paths)
    shown = read_table(paths[2])
    with theme():
        axes = [axis for axis in confusion.plot(shown).axes if axis.axison]
    assert len(axes) == 12
    titles = [axis.get_title() for axis in axes]
    assert titles[:6] == titles[6:]
