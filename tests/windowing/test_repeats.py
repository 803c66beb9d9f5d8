"""Events given twice count once, and contradictions not at all."""

import pytest

from eeglrp.windowing.repeats import settle


@pytest.mark.parametrize(
    ("rows", "kept", "reasons"),
    [
        ([], [], []),
        ([(1, 2, "a"), (5, 2, "b")], [(1, 2, "a"), (5, 2, "b")], []),
        ([(1, 2, "a"), (1, 2, "a")], [(1, 2, "a")], ["repeated"]),
        ([(1, 0, "a"), (1, 4, "a")], [(1, 4, "a")], ["repeated"]),
        ([(1, 2, "a"), (1.004, 2, "a")], [(1, 2, "a")], ["repeated"]),
        ([(1, 2, "a"), (1.006, 2, "a")], [(1, 2, "a"), (1.006, 2, "a")], []),
        ([(1, 2, "a"), (1, 2, "b")], [], ["ambiguous"] * 2),
        (
            [(5, 2, "a"), (1, 2, "b"), (1, 3, "a"), (1, 3, "b")],
            [(5, 2, "a")],
            ["ambiguous"] * 3,
        ),
        (
            [(1, 4, 3.0), (1, 4, 3.0), (1, 4, 3.0)],
            [(1, 4, 3.0)],
            ["repeated"] * 2,
        ),
    ],
)
def test_one_event_an_onset(rows, kept, reasons):
    assert settle(rows, 100) == (kept, reasons)
