"""The figure of strategies."""

import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image

from eeglrp.drawing import theme
from eeglrp.errors import InputError
from eeglrp.files import read_table, write_table
from eeglrp.strategies.describe import EXTRA
from eeglrp.strategies.figures import strategies
from eeglrp.tables import metric_frame, metric_row

CHANNELS = ["FP1", "FP2", "F7", "F8", "FZ", "C3", "CZ", "C4", "PZ", "O1", "O2"]
NUMBER = {"finetuned": 2, "frozen": 1, "scratch": 6}


def table(
    folder, arms=("all",), regimes=tuple(NUMBER), gaze=True, seeds=(0, 1)
):
    """A made-up table with the columns of a real one."""
    rng, rows = np.random.default_rng(0), []

    def add(names, metric, value, **more):
        rows.append(
            metric_row(
                **names,
                subject="all",
                metric=metric,
                value=value,
                n=90,
                **more,
            )
        )

    for arm in arms:
        for regime in regimes:
            for seed in seeds if arm == "all" else seeds[:1]:
                model = {
                    "study": "s",
                    "task": "motor_imagery",
                    "regime": regime,
                    "seed": seed,
                }
                names = model | {
                    "method": "attn_lrp",
                    "arm": arm,
                    "cluster": "all",
                }
                number = NUMBER[regime] if seed == 0 else 3
                add(names, "n_clusters", number)
                add(names, "eigengap", 0.2, chance=0.1, p=0.02)
                add(names, "stability", 0.8, chance=0.5)
                add(
                    names,
                    "ocular trials",
                    0.4 if gaze and arm != "none" else np.nan,
                )
                for cluster in range(1, number + 1):
                    names["cluster"] = str(cluster)
                    add(names, "trials", 1 / number)
                    add(names, "subjects", 3)
                    add(names, "accuracy", 0.7)
                    add(names, "share ocular_frontal", 0.25)
                    add(
                        names,
                        "ocular",
                        float(cluster == 2) if gaze else np.nan,
                    )
                    if gaze:
                        add(names, "heog size", 30.0)
                        add(names, "heog", -0.2)
                    for name, share in zip(
                        CHANNELS, rng.dirichlet(np.ones(11)), strict=True
                    ):
                        add(names, f"map {name}", share, chance=1 / 11)
                    for k, share in enumerate(rng.dirichlet(np.full(4, 20))):
                        add(
                            names,
                            f"course {0.25 * (k + 0.5):.3f}",
                            share,
                            chance=0.25,
                        )
    path = folder / "strategies.tsv"
    write_table(metric_frame(rows, EXTRA), path)
    return path


def draw(path, folder):
    paths = [
        folder / f"strategies.{ending}" for ending in ("pdf", "png", "tsv")
    ]
    strategies.draw([path], *paths)
    return paths


def words(path):
    with theme():
        figure = strategies.plot(strategies.select([path]))
    return [one.get_text() for one in figure.findobj(Text) if one.get_text()]


@pytest.mark.slow
def test_draws_pdf_png_and_the_numbers(tmp_path):
    path = table(tmp_path)
    pdf, png, tsv = draw(path, tmp_path / "out")
    assert pdf.read_bytes().startswith(b"%PDF")
    shown = read_table(tsv)
    assert set(shown["seed"]) == {0}
    assert set(shown["cluster"]) == {"all", "1", "2", "3", "4"}
    with Image.open(png) as picture:
        pixels = np.asarray(picture.convert("L"))
    # Text that is cut off would leave ink on the outermost pixels.
    assert (
        min(
            edge.min()
            for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
        )
        > 250
    )


@pytest.mark.slow
def test_each_model_says_how_many_clusters_it_has(tmp_path):
    text = words(table(tmp_path))
    assert (
        "Motor imagery, fine-tuned: 2 clusters (p = 0.02, stability 0.80)"
        in text
    )
    assert (
        "Motor imagery, frozen: one cluster (p = 0.02, stability 0.80)" in text
    )
    assert any(
        "of more than 4 clusters the largest are shown" in one for one in text
    )
    captions = [
        one for one in text if "of windows" in one and "subjects" in one
    ]
    assert len(captions) == 2 + 1 + 4
    assert sum("(ocular)" in one for one in captions) == 2
    assert all("|HEOG| 30, to the cue 0 µV" in one for one in captions)


@pytest.mark.slow
def test_arms_say_what_is_left_of_ocular_clusters(tmp_path):
    text = words(table(tmp_path, arms=("all", "heog_regressed", "none")))
    assert {"whole input", "HEOG regressed", "none"} <= set(text)
    assert "2, n/a" in text
    assert "2" in text
    assert not any("arms" in one for one in words(table(tmp_path)))


@pytest.mark.slow
def test_without_gaze_no_cluster_is_called_ocular(tmp_path):
    text = words(table(tmp_path, gaze=False, regimes=("scratch",), seeds=(0,)))
    assert not any("HEOG" in one or "(ocular)" in one for one in text)


def test_an_empty_table_says_why(tmp_path):
    write_table(metric_frame([], EXTRA), tmp_path / "strategies.tsv")
    pdf, png, _ = draw(tmp_path / "strategies.tsv", tmp_path / "out")
    assert pdf.stat().st_size > 0
    assert png.stat().st_size > 0


def test_a_table_without_clusters_is_named(tmp_path):
    write_table(metric_frame([], ("arm",)), tmp_path / "strategies.tsv")
    with pytest.raises(InputError, match="cluster, p: column missing"):
        strategies.select([tmp_path / "strategies.tsv"])
