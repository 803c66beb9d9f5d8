"""Does relevance find what was planted? Scores against the known truth, by method.

Beside the methods stand two yardsticks: the signal's own magnitude and random maps.
"""

from eeglrp.drawing import legend_below, panels, regime_colours, render
from eeglrp.labels import METHODS, REGIMES, TASKS, YARDSTICKS, label, ordered
from eeglrp.tables import metric_table, over_seeds

CAPTION = """\
Agreement of relevance with the planted truth, by task, method and regime, on
correctly decoded windows that carry the truth. Points: mean over seeds with
the bootstrap interval over subjects; ticks: single seeds; black: chance. Below
the line stand two yardsticks that know nothing of the model: the magnitude of
the signal, and random maps.
"""
TABLES = ("metrics/localisation.tsv",)
METRICS = {
    "auc": "AUC, signed",
    "auc_absolute": "AUC, absolute",
    "rma": "mass accuracy",
    "rra": "rank accuracy",
    "pointing_game": "pointing game",
}
MISSING = (
    "No localisation: no task of this study has a planted truth (only simulated recordings do), "
    "or no window that carries it was decoded correctly."
)


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Every pooled score: each seed, and the mean over seeds with its interval."""
    import pandas as pd

    frame = metric_table(tables)
    is_pooled = frame["subject"] == "all"
    is_shown = frame["metric"].isin(METRICS)
    frame = frame[is_pooled & is_shown]
    if frame.empty:
        return frame
    keys = ["study", "task", "regime", "method", "subject", "metric"]
    mean = over_seeds(frame, keys).assign(seed="mean")
    return pd.concat([frame, mean], ignore_index=True)


def plot(frame, titles=METRICS):
    """Rows tasks, columns scores; methods from top to bottom, regimes side by side."""
    tasks = ordered(frame["task"], TASKS)
    metrics = ordered(frame["metric"], titles)
    methods = _methods(frame)
    regimes = ordered(frame["regime"], REGIMES)
    row = 0.09 + 0.04 * len(regimes)
    height = max(row * len(methods), 0.7) + 0.35
    figure, axes = panels(
        len(tasks), len(metrics), height, sharey=True, sharex="col"
    )
    for line, task in zip(axes, tasks, strict=True):
        of_task = frame[frame["task"] == task]
        for axis, metric in zip(line, metrics, strict=True):
            of_metric = of_task[of_task["metric"] == metric]
            _draw_panel(axis, of_metric, methods, regimes)
            axis.set_title(titles[metric])
        line[0].set_ylabel(_row_name(of_task, task))
    names = [label(method) for method in methods]
    corner = axes[0, 0]
    corner.set_yticks(range(len(names)), names)
    corner.set_ylim(len(names) - 0.4, -0.6)
    legend_below(figure, _legend(regimes), columns=6)
    return figure


def _methods(frame):
    """Methods in their usual order, then the yardsticks."""
    names = ordered(frame["method"], METHODS)
    methods = [name for name in names if name not in YARDSTICKS]
    yardsticks = [name for name in YARDSTICKS if name in names]
    return methods + yardsticks


def _draw_panel(axis, frame, methods, regimes):
    looks = regime_colours(regimes)
    step = 0.72 / len(regimes)
    middle = (len(regimes) - 1) / 2
    place = {method: number for number, method in enumerate(methods)}
    for number, regime in enumerate(regimes):
        scores = frame[frame["regime"] == regime]
        shift = (number - middle) * step
        y = scores["method"].map(place) + shift
        _draw_scores(axis, scores, y, step, looks[regime])
    edge = len(methods) - 0.5 - _n_yardsticks(methods)
    axis.axhline(edge, color="0.8", linewidth=0.6)
    axis.grid(axis="x", color="0.92", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.xaxis.get_major_locator().set_params(nbins=4)


def _n_yardsticks(methods):
    yardsticks = [method for method in methods if method in YARDSTICKS]
    return len(yardsticks)


def _draw_scores(axis, frame, y, step, colour):
    """Scores of one regime, each at its height `y`."""
    is_mean = frame["seed"] == "mean"
    seeds = frame[~is_mean]
    axis.plot(
        seeds["value"], y[~is_mean], "|", color=colour, markersize=4, mew=0.7
    )
    mean = frame[is_mean]
    y = y[is_mean]
    axis.hlines(y, mean["ci_low"], mean["ci_high"], color=colour, linewidth=1)
    axis.plot(mean["value"], y, "o", color=colour, markersize=3.2)
    low = y - step / 2
    high = y + step / 2
    axis.vlines(mean["chance"], low, high, color="0.2", linewidth=1)


def _row_name(of_task, task):
    n_windows = of_task["n"].max()
    return f"{label(task)}\nn ≤ {n_windows:.0f} windows"


def _legend(regimes):
    from matplotlib.lines import Line2D

    colour = regime_colours(regimes)
    point = {"marker": "o", "markersize": 3.2, "linewidth": 1}
    handles = []
    for name in regimes:
        look = {"color": colour[name], **point}
        handles.append(Line2D([], [], label=label(name), **look))
    tick = {"marker": "|", "linestyle": ""}
    seed = {"color": "0.4", "markersize": 4, **tick}
    chance = {"color": "0.2", "markersize": 7, **tick}
    return [
        *handles,
        Line2D([], [], label="one seed", **seed),
        Line2D([], [], label="chance", **chance),
    ]
