import numpy as np
import pytest

from eeglrp.drawing import theme
from eeglrp.files import read_table, write_table
from eeglrp.scalp import draw as scalp
from eeglrp.verify.figures import topomaps

pytestmark = pytest.mark.slow


def drawn(tables):
    with theme():
        return topomaps.plot(topomaps.select(tables))


def maps(figure):
    return [axis for axis in figure.axes if axis.images]


@pytest.mark.parametrize("size", ["19", "64"])
def test_electrodes_lie_inside_the_head(size, channel_names):
    info = scalp.positions(tuple(channel_names[size]))
    x, y, z, radius = scalp.head(info)
    arrows = scalp.places(info) - (x, y, z)
    lengths = np.linalg.norm(arrows, axis=1)
    angle = np.arccos(arrows[:, 2] / lengths)
    assert (lengths * angle / (np.pi / 2) < radius * 1.01).all()
    left = np.array(
        [name in ("T7", "C3", "O1", "F7") for name in channel_names[size]]
    )
    assert (arrows[left, 0] < 0).all()


def test_older_names_lie_where_the_new_ones_do():
    old, new = scalp.positions(("T3", "T6")), scalp.positions(("T7", "P8"))
    assert np.allclose(scalp.places(old), scalp.places(new))


def test_one_map_a_class_and_regime_and_one_scale_a_regime(study):
    tables = study.tables("topomaps")
    shown = maps(drawn(tables))
    assert len(shown) == 4 * 3 * 3
    assert {axis.images[0].get_clim() for axis in shown[:6]} == {(-1.0, 1.0)}
    frame = topomaps.select(tables)
    signed = frame[frame["metric"] == topomaps.SIGNED]
    drawn_values = (signed["value"] / signed["scale"]).abs()
    largest = drawn_values.groupby([signed["task"], signed["regime"]]).max()
    assert np.allclose(largest, 1.0)
    assert (frame.loc[frame["metric"] == topomaps.SHARE, "scale"] == 1.0).all()


def test_electrode_without_a_place_is_named(study):
    (path,) = study.tables("topomaps")
    frame = read_table(path)
    frame["channel"] = frame["channel"].replace({"CZ": "CB1"})
    write_table(frame, path)
    assert "no known place: CB1" in drawn([path]).get_supxlabel().replace(
        "\n", " "
    )


def test_map_without_data_says_so(study):
    (path,) = study.tables("topomaps")
    frame = read_table(path)
    gone = (
        (frame["task"] == "valence")
        & (frame["regime"] == "frozen")
        & (frame["class"] == "low")
    )
    write_table(frame[~gone], path)
    figure = drawn([path])
    words = [text.get_text() for axis in figure.axes for text in axis.texts]
    assert words == ["no data"]
    assert len(maps(figure)) == 4 * 9 - 1


def test_regime_that_was_not_run_takes_no_room(study):
    (path,) = study.tables("topomaps")
    frame = read_table(path)
    gone = (frame["task"] == "valence") & (frame["regime"] == "frozen")
    write_table(frame[~gone], path)
    assert len(maps(drawn([path]))) == 4 * 9 - 3


def test_few_electrodes(study):
    (path,) = study.tables("topomaps")
    frame = read_table(path)
    write_table(frame[frame["channel"].isin(["C3", "CZ", "C4"])], path)
    assert len(maps(drawn([path]))) == 4 * 9


def test_four_classes(study):
    (path,) = study.tables("topomaps")
    frame = read_table(path)
    frame = frame[frame["task"] == "motor_imagery"]
    more = frame[frame["class"] != "all"]
    more = more.assign(
        **{"class": more["class"].map({"left": "fists", "right": "feet"})}
    )
    write_table(more, path.with_name("more.tsv"))
    write_table(frame, path)
    assert len(maps(drawn([path, path.with_name("more.tsv")]))) == 5 * 3


def test_relevance_of_zero_still_has_a_scale(study):
    (path,) = study.tables("topomaps")
    frame = read_table(path).assign(value=0.0)
    write_table(frame, path)
    assert maps(drawn([path]))[0].images[0].get_clim() == (-1.0, 1.0)
