import numpy as np
import pytest

from eeglrp.files import read_table, write_table
from eeglrp.tables import metric_frame, metric_row
from eeglrp.transfer.figures import transfer

REGIONS = ("ocular_frontal", "central", "parietal")


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    rows = []
    for task in ("imagery", "execution"):
        for tested in ("imagery", "execution"):
            for seed in (0, 1):
                metrics = ["balanced_accuracy"]
                metrics += [f"share {region}" for region in REGIONS]
                for metric in metrics:
                    value = rng.uniform(0.4, 0.6)
                    rows.append(
                        metric_row(
                            task=task,
                            regime="scratch",
                            seed=seed,
                            subject="all",
                            metric=metric,
                            value=value,
                            ci_low=value - 0.05,
                            ci_high=value + 0.05,
                            chance=0.5,
                            n=10,
                            tested=tested,
                        )
                    )
    rows.append(rows[1] | {"metric": "share central moved", "seed": ""})
    path = tmp_path / "transfer.tsv"
    frame = metric_frame(rows, ("tested", "p", "answer"))
    write_table(frame, path)
    return path, frame


def test_seeds_are_averaged_and_moves_are_left_to_the_table(table):
    path, frame = table
    shown = transfer.select([path])
    assert len(shown) == 2 * 2 * 4
    assert not shown["metric"].str.endswith("moved").any()
    is_first = (frame["task"] == "imagery") & (frame["tested"] == "imagery")
    accuracy = frame[is_first & (frame["metric"] == "balanced_accuracy")]
    expected = accuracy["value"].astype(float).mean()
    assert shown["value"].iloc[0] == pytest.approx(expected, abs=1e-6)


def test_pictures_and_their_numbers_are_written(table, tmp_path):
    outs = [tmp_path / f"transfer.{name}" for name in ("pdf", "png", "tsv")]
    transfer.draw([table[0]], *outs)
    assert all(out.stat().st_size for out in outs)
    assert len(read_table(outs[2])) == 16


def test_a_line_for_every_region(table):
    figure = transfer.plot(transfer.select([table[0]]))
    left, right = figure.axes[:2]
    names = [text.get_text() for text in right.get_yticklabels()]
    assert names == ["ocular frontal", "central", "parietal"]
    assert [text.get_text() for text in left.get_yticklabels()] == ["scratch"]
    assert left.get_title("left") == "trained on imagery"
