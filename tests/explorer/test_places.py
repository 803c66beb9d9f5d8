"""Where electrodes lie on the flat head."""

import pytest

from eeglrp.explorer.places import places


def test_nose_up_left_is_left_and_the_vertex_in_the_middle():
    front, left, vertex = places(["FPZ", "T7", "CZ"])
    # 72 of 90 degrees: a tenth of the way from nasion to inion.
    assert front == pytest.approx([0, 0.8], abs=0.01)
    assert left == pytest.approx([-0.8, 0], abs=0.01)
    assert vertex == pytest.approx([0, 0], abs=0.03)


def test_sides_mirror():
    left, right = places(["C3", "C4"])
    assert left == pytest.approx([-right[0], right[1]], abs=0.01)


def test_what_has_no_place_has_none():
    assert places(["FP1-F7", "CZ"])[0] is None
    assert places(["FP1-F7"]) == [None]
