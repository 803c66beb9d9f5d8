"""Does relevance find what was planted? Scores against the known truth, by method.

Beside the methods stand two yardsticks: the signal's own magnitude and random maps.
"""

from eeglrp.drawing import legend_below, panels, regime_colours, render
from eeglrp.labels import METHODS, REGIMES, TASKS, YARDSTICKS, label, ordered
from eeglrp.tables import metric_table, over_seeds

CAPTION = """
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
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Every pooled score: each seed, and the mean over seeds with its interval."""
    import pandas as pd

    frame = metric_table(tables)
    frame = frame[(frame["subject"] == "all") & frame["metric"].isin(METRICS)]
    if frame.empty:
        return frame
    mean = over_seeds(
        frame, ["study", "task", "regime", "method", "subject", "metric"]
    )
    return pd.concat([frame, mean.assign(seed="mean")], ignore_index=True)


def plot(frame, titles=METRICS):
    """Rows tasks, columns scores; methods from top to bottom, regimes side by side."""
    tasks, metrics = (
        ordered(frame["task"], TASKS),
        ordered(frame["metric"], titles),
    )
    real = [name for name in METHODS if name not in YARDSTICKS]
    methods = ordered(frame["method"], real)
    methods = [m for m in methods if m not in YARDSTICKS] + [
        m for m in YARDSTICKS if m in methods
    ]
    regimes = ordered(frame["regime"], REGIMES)
    height = max((0.09 + 0.04 * len(regimes)) * len(methods), 0.7) + 0.35
    figure, axes = panels(
        len(tasks), len(metrics), height, sharey=True, sharex="col"
    )
    for line, task in zip(axes, tasks, strict=True):
        for axis, metric in zip(line, metrics, strict=True):
            here = frame[(frame["task"] == task) & (frame["metric"] == metric)]
            _draw_panel(axis, here, methods, regimes)
            axis.set_title(titles[metric])
        line[0].set_ylabel(_row_name(frame, task))
    axes[0, 0].set_yticks(
        range(len(methods)), [label(method) for method in methods]
    )
    axes[0, 0].set_ylim(len(methods) - 0.4, -0.6)
    legend_below(figure, _legend(regimes), columns=6)
    return figure


def _draw_panel(axis, frame, methods, regimes):
    looks = regime_colours(regimes)
    step = 0.72 / len(regimes)
    place = {method: number for number, method in enumerate(methods)}
    for number, regime in enumerate(regimes):
        here = frame[frame["regime"] == regime]
        shift = (number - (len(regimes) - 1) / 2) * step
        _draw_scores(
            axis, here, here["method"].map(place) + shift, step, looks[regime]
        )
    axis.axhline(
        len(methods) - 0.5 - _n_yardsticks(methods), color="0.8", linewidth=0.6
    )
    axis.grid(axis="x", color="0.92", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.xaxis.get_major_locator().set_params(nbins=4)


def _n_yardsticks(methods):
    return sum(method in YARDSTICKS for method in methods)


def _draw_scores(axis, frame, y, step, colour):
    """Scores of one regime, each at its height `y`."""
    mean = frame["seed"] == "mean"
    axis.plot(
        frame["value"][~mean],
        y[~mean],
        "|",
        color=colour,
        markersize=4,
        mew=0.7,
    )
    frame, y = frame[mean], y[mean]
    axis.hlines(
        y, frame["ci_low"], frame["ci_high"], color=colour, linewidth=1
    )
    axis.plot(frame["value"], y, "o", color=colour, markersize=3.2)
    axis.vlines(
        frame["chance"], y - step / 2, y + step / 2, color="0.2", linewidth=1
    )


def _row_name(frame, task):
    windows = frame.loc[frame["task"] == task, "n"]
    return f"{label(task)}\nn ≤ {windows.max():.0f} windows"


def _legend(regimes):
    from matplotlib.lines import Line2D

    looks = regime_colours(regimes)
    handles = [
        Line2D(
            [],
            [],
            color=looks[name],
            marker="o",
            markersize=3.2,
            linewidth=1,
            label=label(name),
        )
        for name in regimes
    ]
    grey = Line2D(
        [],
        [],
        color="0.4",
        marker="|",
        linestyle="",
        markersize=4,
        label="one seed",
    )
    chance = Line2D(
        [],
        [],
        color="0.2",
        marker="|",
        linestyle="",
        markersize=7,
        label="chance",
    )
    return [*handles, grey, chance]
