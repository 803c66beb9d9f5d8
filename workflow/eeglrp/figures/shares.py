"""Which regions hold the relevance, against how many of the electrodes they hold.

A share at the mark is what relevance spread evenly over electrodes would give. Ocular-frontal
shares far above it in a task that the brain should solve point to a shortcut.
"""

from eeglrp.figures.style import (
    MARKERS,
    METHODS,
    REGIMES,
    TASKS,
    colours,
    label,
    legend_below,
    ordered,
    panels,
    render,
)
from eeglrp.figures.tables import metric_table, over_seeds

TABLES = ("metrics/shares.tsv",)
PREFIX = "share "
NAMES = {"share early": "first half (time)"}
MISSING = "No shares of relevance: no attribution of this study has been summarised by region."


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Share of every region over all classes, mean over seeds."""
    frame = metric_table(tables, extra=("class",))
    chosen = (frame["subject"] == "all") & (frame["class"] == "all")
    chosen &= frame["metric"].str.startswith(PREFIX)
    return over_seeds(frame[chosen], ["study", "task", "regime", "method", "subject", "metric"])


def plot(frame):
    """Rows tasks, columns regimes; regions from top to bottom, one marker a method."""
    tasks, regimes = ordered(frame["task"], TASKS), ordered(frame["regime"], REGIMES)
    metrics, methods = ordered(frame["metric"]), ordered(frame["method"], METHODS)
    height = len(metrics) * (0.1 + 0.034 * len(methods)) + 0.35
    figure, axes = panels(len(tasks), len(regimes), height, sharex=True, sharey=True)
    for line, task in zip(axes, tasks, strict=True):
        for axis, regime in zip(line, regimes, strict=True):
            here = frame[(frame["task"] == task) & (frame["regime"] == regime)]
            _draw_panel(axis, here, metrics, methods)
            axis.set_title(f"{label(task)}, {label(regime)} (n = {here['n'].max():.0f})")
    names = [NAMES.get(name, label(name.removeprefix(PREFIX))) for name in metrics]
    axes[0, 0].set_yticks(range(len(metrics)), names)
    axes[0, 0].set_ylim(len(metrics) - 0.5, -0.5)
    axes[0, 0].set_xlim(left=0)
    axes[0, 0].xaxis.set_major_formatter("{x:.0%}")
    for axis in axes[-1]:
        axis.set_xlabel("share of |relevance|")
    legend_below(figure, _legend(methods), columns=5)
    return figure


def _draw_panel(axis, frame, metrics, methods):
    step = 0.75 / len(methods)
    looks = colours(methods)
    height = frame["metric"].map({metric: number for number, metric in enumerate(metrics)})
    even = frame["chance"].groupby(height).mean()
    axis.vlines(even, even.index - 0.45, even.index + 0.45, color="0.2")
    for number, (method, marker) in enumerate(zip(methods, MARKERS * 2, strict=False)):
        here = frame[frame["method"] == method]
        y = height[here.index] + (number - (len(methods) - 1) / 2) * step
        axis.hlines(y, here["ci_low"], here["ci_high"], color=looks[method], linewidth=1)
        axis.plot(here["value"], y, marker, color=looks[method], markersize=3, markeredgewidth=0)
    for edge in range(1, len(metrics)):
        axis.axhline(edge - 0.5, color="0.9", linewidth=0.6)


def _legend(methods):
    from matplotlib.lines import Line2D

    looks = colours(methods)
    handles = [
        Line2D([], [], color=looks[method], marker=marker, markersize=3, label=label(method))
        for method, marker in zip(methods, MARKERS * 2, strict=False)
    ]
    even = Line2D([], [], color="0.2", marker="|", linestyle="", markersize=7)
    even.set_label("spread evenly over electrodes (or time)")
    return [*handles, even]
