"""How well each regime decodes each task: balanced accuracy beside chance and CSP+LDA.

A map of relevance is worth reading only where the model decodes above chance, so this figure
comes first.
"""

from eeglrp.figures.style import (
    PAGE_WIDTH,
    REGIMES,
    TASKS,
    label,
    legend_below,
    ordered,
    panels,
    regime_colours,
    render,
)
from eeglrp.figures.tables import metric_table, over_seeds

TABLES = ("metrics/decoding.tsv",)
METRIC = "balanced_accuracy"
MISSING = "No balanced accuracies: no model of this study has been scored on a test split."
#: Width of a regime's columns of points, in units of the distance between regimes.
_SPREAD = 0.7


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Balanced accuracy per subject and pooled, each seed, and the mean over seeds."""
    import pandas as pd

    frame = metric_table(tables)
    frame = frame[frame["metric"] == METRIC]
    if frame.empty:
        return frame
    pooled = frame[frame["subject"] == "all"]
    mean = over_seeds(pooled, ["study", "task", "regime", "method", "subject", "metric"])
    return pd.concat([frame, mean.assign(seed="mean")], ignore_index=True)


def plot(frame):
    """One panel a task; regimes side by side, in each a column of points a seed."""
    tasks = ordered(frame["task"], TASKS)
    columns = min(2, len(tasks))
    rows = -(-len(tasks) // columns)
    figure, axes = panels(rows, columns, 2.4, PAGE_WIDTH if columns > 1 else 4.5, sharey=True)
    for axis, task in zip(axes.flat, tasks, strict=False):
        _draw_task(axis, frame[frame["task"] == task], task)
    for axis in axes.flat[len(tasks) :]:
        axis.set_axis_off()
    for axis in axes[:, 0]:
        axis.set_ylabel("balanced accuracy")
    low = frame[["value", "ci_low", "chance"]].min().min()
    axes[0, 0].set_ylim(max(0.0, low - 0.03), 1.02)
    legend_below(figure, _legend(), columns=2 * columns)
    return figure


def _draw_task(axis, frame, task):
    regimes = ordered(frame["regime"], REGIMES)
    names, colour = [], regime_colours(regimes)
    for place, regime in enumerate(regimes):
        of_regime = frame[frame["regime"] == regime]
        _draw_regime(axis, of_regime, place, colour[regime])
        mean = of_regime.loc[of_regime["seed"] == "mean", "value"]
        names.append(f"{label(regime)}\n{mean.iloc[0]:.2f}" if len(mean) else label(regime))
    axis.set_xticks(range(len(regimes)), names)
    axis.set_xlim(-0.5, len(regimes) - 0.5)
    pooled = frame[frame["subject"] == "all"]
    subjects = frame.loc[frame["subject"] != "all", "subject"].nunique()
    axis.set_title(f"{label(task)} (n = {subjects} subjects, {pooled['n'].max():.0f} windows)")


def _draw_regime(axis, frame, place, colour):
    mean = frame[frame["seed"] == "mean"]
    seeds = ordered(frame.loc[frame["seed"] != "mean", "seed"])
    step = _SPREAD / max(len(seeds), 1)
    for number, seed in enumerate(seeds):
        x = place + (number - (len(seeds) - 1) / 2) * step
        of_seed = frame[frame["seed"] == seed]
        _draw_subjects(axis, of_seed[of_seed["subject"] != "all"]["value"], x, step, colour)
        for row in of_seed[of_seed["subject"] == "all"].itertuples():
            axis.vlines(x, row.ci_low, row.ci_high, color="white", linewidth=3.2)
            axis.vlines(x, row.ci_low, row.ci_high, color=colour, linewidth=1.6)
            axis.plot(x, row.value, "o", color=colour, markeredgecolor="white", markersize=5.5)
    ends = (place - _SPREAD / 2 - 0.08, place + _SPREAD / 2 + 0.08)
    for row in mean.itertuples():
        axis.hlines(row.value, *ends, color=colour, linewidth=0.9)
        axis.hlines(row.chance, *ends, color="0.2", linewidth=1, linestyle=(0, (3, 2)))


def _draw_subjects(axis, values, x, step, colour):
    """Small points, spread sideways by a fixed pattern so that equal ones stay apart."""
    ranks = range(len(values))
    sideways = [x + 0.25 * min(step, 0.3) * ((rank * 0.618) % 1 - 0.5) * 2 for rank in ranks]
    axis.plot(sideways, values, "o", color=colour, alpha=0.4, markersize=2.2, markeredgewidth=0)


def _legend():
    from matplotlib.lines import Line2D

    grey = {"color": "0.35"}
    return [
        Line2D(
            [], [], marker="o", markersize=5.5, linewidth=1.6, label="one seed, interval", **grey
        ),
        Line2D([], [], marker="o", markersize=2.2, linestyle="", label="one subject", **grey),
        Line2D([], [], linewidth=0.9, label="mean over seeds (number below)", **grey),
        Line2D([], [], linestyle=(0, (3, 2)), linewidth=1, label="chance", color="0.2"),
    ]
