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

CAPTION = """\
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
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Accuracies, bounds of their nulls and those of random folds; over subjects, seeds averaged.

    The largest p of the seeds stands for all.
    """
    frame = metric_table(tables, EXTRA, ("p", "p_subjects", "orders"))
    is_shown = frame["metric"].isin([METRIC, BOUND, RANDOM])
    frame = frame[is_shown]
    frame = frame[frame["subject"] == "all"]
    if frame.empty:
        return frame
    groups = frame.groupby(_KEYS, sort=False)
    largest = groups["p"].max()
    means = over_seeds(frame, _KEYS)
    return means.merge(largest.reset_index(), on=_KEYS)


def plot(frame):
    """One panel a task, one row a model."""
    tasks = ordered(frame["task"], TASKS)
    n_models = frame.groupby("task")["regime"].nunique()
    width = PAGE_WIDTH if len(tasks) > 1 else 4.5
    columns = min(2, len(tasks))
    rows = -(-len(tasks) // columns)
    height = _FRAME + _ROW * n_models.max()
    figure, axes = panels(rows, columns, height, width, sharex=True)
    for axis, task in zip(axes.flat, tasks, strict=False):
        of_task = frame[frame["task"] == task]
        _draw_task(axis, of_task)
        axis.set_title(_title(task, of_task))
        axis.set_xlabel("balanced accuracy")
        axis.tick_params(labelbottom=True)
    for axis in axes.flat[len(tasks) :]:
        axis.set_axis_off()
    handles = _legend(frame)
    legend_below(figure, handles, columns=3 if columns > 1 else 2)
    return figure


def _title(task, frame):
    """The task, and how many windows it was tested on."""
    name = label(task)
    is_score = frame["metric"] == METRIC
    tested = frame.loc[is_score, "n"]
    if tested.empty:
        return name
    n = tested.max()
    return f"{name}\n{n:.0f} windows"


def _draw_task(axis, frame):
    regimes = ordered(frame["regime"], REGIMES)
    colour = regime_colours(regimes)
    names = []
    for place, regime in enumerate(regimes):
        model = frame[frame["regime"] == regime]
        _draw_bounds(axis, model, place)
        _draw_score(axis, model, place - 0.1, colour[regime])
        names.append(_name(model, regime))
    n = len(regimes)
    axis.set_yticks(range(n), names)
    axis.set_ylim(n - 0.4, -0.6)


def _name(model, regime):
    """The model, and the largest p of its seeds and nulls."""
    is_score = model["metric"] == METRIC
    p = model.loc[is_score, "p"]
    if not p.notna().any():
        return label(regime)
    return f"{label(regime)}  p {p.max():.2g}"


def _draw_bounds(axis, frame, place):
    """Bars below a model's point: from the mean of each null to its bound."""
    bounds = frame[frame["metric"] == BOUND]
    for row in bounds.itertuples():
        null = row.null, row.stage
        shift, _ = _NULLS[null]
        x = [row.chance, row.value]
        y = [place + shift] * 2
        axis.plot(x, y, **_look(*null))


def _draw_score(axis, frame, y, colour):
    """A model's accuracy with its interval, and that of random folds."""
    score = frame[frame["metric"] == METRIC]
    for row in score.head(1).itertuples():
        ends = [row.ci_low, row.ci_high]
        axis.plot(ends, [y] * 2, color=colour, lw=1.4)
        look = {"color": colour, "markersize": 5}
        axis.plot(row.value, y, "o", **look)
    is_random = frame["metric"] == RANDOM
    at_random = frame.loc[is_random, "value"]
    heights = [y] * len(at_random)
    axis.plot(at_random, heights, **_random())


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

    point = {
        "color": "0.35",
        "marker": "o",
        "markersize": 5,
        "linewidth": 1.4,
    }
    words = "accuracy, interval over subjects"
    handles = [Line2D([], [], label=words, **point)]
    present = set(zip(frame["null"], frame["stage"], strict=True))
    for null, (_, words) in _NULLS.items():
        if null in present:
            look = _look(*null)
            handles.append(Line2D([], [], label=words, **look))
    if (frame["metric"] == RANDOM).any():
        words = "windows split at random"
        handles.append(Line2D([], [], label=words, **_random()))
    return handles
