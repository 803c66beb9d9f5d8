"""Accuracy for arousal and valence beside what ratings in another order give.

Slow ratings and a slow EEG agree by accident: accuracy counts only where it leaves a null in which
the ratings are as slow as they were.
"""

from eeglrp.affect.scores import EXTRA
from eeglrp.drawing import (
    PAGE_WIDTH,
    legend_below,
    panels,
    regime_colours,
    render,
)
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import metric_table, over_seeds

CAPTION = """
Balanced accuracy on the test split for arousal and valence, pooled over
subjects, means over seeds, with the bootstrap interval over subjects. Bars
below a point: from the mean to the upper 95 % bound of accuracies with ratings
in another order, which keeps them as slow as they were: shifted circularly
within each subject, or in blocks that change places; either the labels that a
fixed model is tested on, or all labels before a small decoder is fitted anew.
The p is the largest of these nulls and seeds. Open diamonds, where asked for:
small decoders whose training and test windows were split at random, so that
neighbours in time lie on both sides. Shifts and blocks make a valid null only
where ratings or signals have no trend over the whole recording.
"""
TABLES = ("metrics/affect_decoding.tsv",)
METRIC = "balanced_accuracy"
BOUND, RANDOM = f"{METRIC} null 95%", f"{METRIC} out of random fold"
MISSING = "No accuracies for arousal or valence: no model of these tasks has been scored."
#: (null, stage) -> height within a model's row, and what the legend says.
_NULLS = {
    ("shift", "evaluation"): (0.14, "tested on shifted ratings"),
    ("blocks", "evaluation"): (0.22, "tested on moved blocks"),
    ("shift", "training"): (0.3, "fitted to shifted ratings"),
    ("blocks", "training"): (0.38, "fitted to moved blocks"),
}
#: Heights in inches: of a model's row, and of a panel's title and axis.
_ROW, _FRAME = 0.36, 0.7
_KEYS = ["study", "task", "regime", "metric", "null", "stage"]


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Accuracies, bounds of their nulls and those of random folds; over subjects, seeds averaged.

    The largest p of the seeds stands for all.
    """
    frame = metric_table(tables, EXTRA, ("p", "p_subjects", "orders"))
    chosen = frame["metric"].isin([METRIC, BOUND, RANDOM]) & (
        frame["subject"] == "all"
    )
    frame = frame[chosen]
    if frame.empty:
        return frame
    largest = frame.groupby(_KEYS, sort=False)["p"].max()
    return over_seeds(frame, _KEYS).merge(largest.reset_index(), on=_KEYS)


def plot(frame):
    """One panel a task, one row a model."""
    tasks = ordered(frame["task"], TASKS)
    most = frame.groupby("task")["regime"].nunique().max()
    width = PAGE_WIDTH if len(tasks) > 1 else 4.5
    columns = min(2, len(tasks))
    rows = -(-len(tasks) // columns)
    figure, axes = panels(
        rows, columns, _FRAME + _ROW * most, width, sharex=True
    )
    for axis, task in zip(axes.flat, tasks, strict=False):
        _draw_task(axis, frame[frame["task"] == task])
        tested = frame[(frame["task"] == task) & (frame["metric"] == METRIC)][
            "n"
        ]
        axis.set_title(
            f"{label(task)}\n{tested.max():.0f} windows"
            if len(tested)
            else label(task)
        )
        axis.set_xlabel("balanced accuracy")
        axis.tick_params(labelbottom=True)
    for axis in axes.flat[len(tasks) :]:
        axis.set_axis_off()
    legend_below(figure, _legend(frame), columns=3 if columns > 1 else 2)
    return figure


def _draw_task(axis, frame):
    regimes = ordered(frame["regime"], REGIMES)
    colour, names = regime_colours(regimes), []
    for place, regime in enumerate(regimes):
        own = frame[frame["regime"] == regime]
        score = own[own["metric"] == METRIC]
        for row in own[own["metric"] == BOUND].itertuples():
            height = place + _NULLS[row.null, row.stage][0]
            axis.plot(
                [row.chance, row.value],
                [height, height],
                **_look(row.null, row.stage),
            )
        for row in score.head(1).itertuples():
            axis.plot(
                [row.ci_low, row.ci_high],
                [place - 0.1] * 2,
                color=colour[regime],
                lw=1.4,
            )
            axis.plot(
                row.value, place - 0.1, "o", color=colour[regime], markersize=5
            )
        drawn = own[own["metric"] == RANDOM]["value"]
        axis.plot(drawn, [place - 0.1] * len(drawn), **_random())
        p = f"  p {score['p'].max():.2g}" if score["p"].notna().any() else ""
        names.append(f"{label(regime)}{p}")
    axis.set_yticks(range(len(regimes)), names)
    axis.set_ylim(len(regimes) - 0.4, -0.6)


def _look(null, stage):
    grey = {"shift": "0.35", "blocks": "0.7"}[null]
    dashes = {"evaluation": "-", "training": ":"}[stage]
    return {
        "color": grey,
        "linestyle": dashes,
        "linewidth": 2,
        "solid_capstyle": "butt",
    }


def _random():
    return {
        "linestyle": "",
        "marker": "D",
        "markersize": 4,
        "color": "0.2",
        "fillstyle": "none",
    }


def _legend(frame):
    from matplotlib.lines import Line2D

    point = {"color": "0.35", "marker": "o", "markersize": 5, "linewidth": 1.4}
    handles = [
        Line2D([], [], label="accuracy, interval over subjects", **point)
    ]
    present = set(zip(frame["null"], frame["stage"], strict=True))
    handles += [
        Line2D([], [], label=words, **_look(*null))
        for null, (_, words) in _NULLS.items()
        if null in present
    ]
    if (frame["metric"] == RANDOM).any():
        handles.append(
            Line2D([], [], label="windows split at random", **_random())
        )
    return handles
