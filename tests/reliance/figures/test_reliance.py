import numpy as np
import pytest

from eeglrp.files import read_table, write_table
from eeglrp.reliance.figures import reliance
from eeglrp.reliance.measures import EXTRA
from eeglrp.tables import metric_frame, metric_row

METHODS = ("attn_lrp", "gamma_stem", "integrated_gradients", "signal")


def rows(confounds, methods, levels, loss):
    rng = np.random.default_rng(0)
    for confound in confounds:
        for level in levels:
            names = {
                "task": f"{confound}_{level:g}",
                "regime": "scratch",
                "seed": 0,
            }
            names |= {"confound": confound, "probability": level}
            values = {
                ("", "reliance"): level - 0.5,
                ("", "accuracy matched"): level,
            }
            values |= {(method, "share"): level / 2 for method in methods}
            values |= {("", "heog_loss"): level - 0.5} if loss else {}
            for (method, metric), value in values.items():
                for subject in ("S001", "all"):
                    own = {
                        "method": method,
                        "metric": metric,
                        "subject": subject,
                        "n": 20,
                    }
                    yield metric_row(**names, **own, value=value)
        measures = [
            (method, name)
            for method in methods
            for name in ("share", "absolute")
        ]
        for method, measure in measures + [("", "heog_loss")] * loss:
            value = rng.uniform(-1, 1)
            own = {
                "method": method,
                "metric": f"pearson {measure}",
                "confound": confound,
            }
            ends = {
                "ci_low": max(value - 0.2, -1),
                "ci_high": min(value + 0.2, 1),
                "n": 10,
            }
            yield metric_row(**own, subject="all", value=value, **ends)


@pytest.fixture
def draw(tmp_path):
    def run(
        confounds=reliance.CONFOUNDS,
        methods=METHODS,
        levels=(0.5, 0.75, 1.0),
        loss=True,
    ):
        table = tmp_path / "reliance.tsv"
        write_table(
            metric_frame(list(rows(confounds, methods, levels, loss)), EXTRA),
            table,
        )
        files = [
            tmp_path / f"out.{ending}" for ending in ("pdf", "png", "tsv")
        ]
        reliance.draw([table], *files)
        return files

    return run


@pytest.mark.slow
def test_draws_models_and_correlations_and_writes_their_numbers(draw):
    pdf, png, tsv = draw()
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.stat().st_size < 200_000
    shown = read_table(tsv)
    assert set(shown["subject"]) == {"all"}
    assert len(shown) == 2 * (3 * 6 + 9)
    assert "accuracy matched" not in set(shown["metric"])


def test_every_model_has_its_point_and_every_method_its_row(draw, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        reliance,
        "render",
        lambda plot, shown, *rest: drawn.append(plot(shown)),
    )
    draw(methods=["attn_lrp", "smoothgrad"])
    (figure,) = drawn
    panels = {axis.get_title(): axis for axis in figure.axes}
    points = [c.get_offsets().data for c in panels["AttnLRP"].collections]
    np.testing.assert_allclose(
        points[0], [[0, 0.25], [0.25, 0.375], [0.5, 0.5]]
    )
    assert len(points) == 2
    names = [
        text.get_text()
        for text in panels["share at its electrodes"].get_yticklabels()
    ]
    assert names == ["AttnLRP", "SmoothGrad", "HEOG regression, loss"]


def test_the_audit_stands_beside_what_it_measured(draw, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        reliance,
        "render",
        lambda plot, shown, *rest: drawn.append(plot(shown)),
    )
    draw()
    stars = {
        (axis.get_title(), *line.get_xydata()[0].round(3))
        for axis in drawn[0].axes
        for line in axis.lines
        if line.get_marker() == "*"
    }
    share = "share at its electrodes"
    assert {star[:2] for star in stars} == {
        (share, 0.834),
        (share, 0.805),
        (share, 0.899),
        ("absolute amount", 0.201),
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {"confounds": ["alpha"]},
        {"loss": False},
        {"methods": ["random_map"], "levels": (1.0,)},
    ],
)
def test_draws_parts_of_the_question(draw, settings):
    assert draw(**settings)[1].stat().st_size > 1000


def test_an_empty_table_says_why(tmp_path):
    table = tmp_path / "reliance.tsv"
    write_table(metric_frame([], EXTRA), table)
    files = [tmp_path / f"out.{ending}" for ending in ("pdf", "png", "tsv")]
    reliance.draw([table], *files)
    assert files[1].stat().st_size > 1000
    assert len(read_table(files[2])) == 0
