import pytest

from eeglrp.arms.figures import components
from eeglrp.drawing import theme
from eeglrp.files import read_table, write_table
from eeglrp.tables import metric_frame, metric_row

CHANNELS = ("FP1", "FP2", "F7", "F8", "CZ", "O1")
EXTRA = ("arm", "component", "electrode")


def rows(subject, component, removed, score=0.8, task="motor_imagery"):
    own = {
        "study": "s",
        "task": task,
        "arm": "ica",
        "subject": subject,
        "component": component,
    }
    yield metric_row(metric="correlation heog", value=-score, **own)
    yield metric_row(metric="correlation veog", value=0.1, **own)
    yield metric_row(metric="removed", value=float(removed), **own)
    if removed:
        for k, name in enumerate(CHANNELS):
            yield metric_row(metric="map", value=k / 5, electrode=name, **own)


@pytest.fixture
def table(tmp_path):
    def make(*many):
        path = tmp_path / "components.tsv"
        write_table(
            metric_frame([row for each in many for row in each], EXTRA), path
        )
        return path

    return make


def test_one_panel_a_removed_component_with_its_strongest_trace(table):
    path = table(
        rows("01", 0, False), rows("01", 3, True), rows("02", 1, True, 0.6)
    )
    frame = components.select([path])
    assert list(frame.groupby("panel")["subject"].first()) == ["01", "02"]
    assert set(frame["trace"]) == {"heog"}
    assert list(frame.groupby("panel")["correlation"].first()) == [-0.8, -0.6]
    with theme():
        figure = components.plot(frame)
    titles = [axis.get_title() for axis in figure.axes if axis.get_title()]
    assert titles == [
        "01, no. 3\nheog: r = -0.80",
        "02, no. 1\nheog: r = -0.60",
    ]


@pytest.mark.slow
def test_a_large_study_says_how_many_are_not_shown(table):
    frame = components.select(
        [table(*[rows(f"{k:03d}", 0, True) for k in range(40)])]
    )
    assert frame["panel"].nunique() == components.LARGEST
    with theme():
        figure = components.plot(frame)
    assert "32 of 40 components removed" in figure.subfigs[0].get_suptitle()


def test_tasks_have_blocks_of_their_own(table):
    frame = components.select(
        [table(rows("01", 0, True), rows("01", 0, True, task="other"))]
    )
    assert list(frame.groupby("task")["panel"].max()) == [0, 0]


@pytest.mark.slow
def test_a_study_in_which_nothing_was_removed_says_so(table, tmp_path):
    out = [tmp_path / f"f.{ending}" for ending in ("pdf", "png", "tsv")]
    for path in (table(rows("01", 0, False)), table()):
        components.draw([path], *out)
        assert read_table(out[2]).empty
        assert out[1].stat().st_size > 1000
