import numpy as np
import pandas as pd

from eeglrp.drawing import has_rows, hide_empty, panels


def test_panels_without_data_are_hidden_and_the_next_have_the_labels():
    figure, axes = panels(2, 2, 1.0, sharex=True, sharey=True)
    axes[0, 0].set_ylabel("first row")
    axes[1, 0].set_ylabel("second row")
    for axis, words in zip(axes[1], ("left", "right"), strict=True):
        axis.set_xlabel(words)
    axes[0, 1].set_xlabel("its own")
    frame = pd.DataFrame({"task": ["a", "b"], "regime": ["x", "y"]})
    hide_empty(axes, has_rows(frame, ["a", "b"], ["x", "y"]))
    visible = [axis.get_visible() for axis in axes.flat]
    assert visible == [True, False, False, True]
    assert axes[1, 1].get_ylabel() == "second row"
    assert axes[0, 0].get_xlabel() == "left"
    assert axes[0, 1].get_xlabel() == "its own"
    figure.draw_without_rendering()
    for axis in (axes[0, 0], axes[1, 1]):
        for ticks in (axis.get_xticklabels(), axis.get_yticklabels()):
            assert any(
                text.get_visible() and text.get_text() for text in ticks
            )


def test_where_every_panel_has_data_nothing_changes():
    _, axes = panels(1, 2, 1.0, sharey=True)
    hide_empty(axes, np.ones((1, 2), bool))
    assert all(axis.get_visible() for axis in axes.flat)
    assert not any(
        label.get_visible() for label in axes[0, 1].get_yticklabels()
    )
