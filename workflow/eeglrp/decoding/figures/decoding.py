"""How well each regime decodes each task: balanced accuracy beside chance and the baselines.

A map of relevance is worth reading only where the model decodes above chance, so this figure
comes first.
"""

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
Balanced accuracy on the test split, by task and regime, beside the baselines.
Large points and the numbers at the left are means over seeds, pooled over
subjects, with the bootstrap interval over subjects (its ends averaged over
seeds). Diamonds below: every seed. Small points above: every subject, mean
over seeds. Dashed: chance, the mean over permutations of the labels within
subjects.
"""
TABLES = ("metrics/decoding.tsv",)
METRIC = "balanced_accuracy"
MISSING = "No balanced accuracies: no model of this study has been scored on a test split."
#: Lanes of a row, as parts of its height from its middle: subjects above the mean, seeds below.
_SUBJECTS, _SEEDS = (-0.36, -0.16), (0.2, 0.34)
#: Heights in inches: of a regime's row, and of a panel's title and axis.
_ROW, _FRAME = 0.38, 0.7


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Balanced accuracy pooled over subjects, of each seed, and means over seeds, all subjects."""
    import pandas as pd

    frame = metric_table(tables)
    frame = frame[frame["metric"] == METRIC]
    if frame.empty:
        return frame
    mean = over_seeds(
        frame, ["study", "task", "regime", "method", "subject", "metric"]
    )
    pooled = frame[frame["subject"] == "all"]
    return pd.concat([pooled, mean.assign(seed="mean")], ignore_index=True)


def plot(frame):
    """One panel a task, one row a regime."""
    tasks = ordered(frame["task"], TASKS)
    columns = min(2, len(tasks))
    rows = -(-len(tasks) // columns)
    most = frame.groupby("task")["regime"].nunique().max()
    width = PAGE_WIDTH if columns > 1 else 4.5
    figure, axes = panels(
        rows, columns, _FRAME + _ROW * most, width, sharex=True
    )
    for axis, task in zip(axes.flat, tasks, strict=False):
        _draw_task(axis, frame[frame["task"] == task], task)
        axis.set_xlabel("balanced accuracy")
        axis.tick_params(labelbottom=True)
    for axis in axes.flat[len(tasks) :]:
        axis.set_axis_off()
    pooled = (frame["subject"] == "all") & (frame["seed"] == "mean")
    low = min(
        frame["value"].min(),
        frame.loc[pooled, ["ci_low", "chance"]].min().min(),
    )
    axes[0, 0].set_xlim(low - 0.03, 1.02)
    legend_below(figure, _legend(), columns=2 * columns)
    return figure


def _draw_task(axis, frame, task):
    regimes = ordered(frame["regime"], REGIMES)
    names, colour = [], regime_colours(regimes)
    for place, regime in enumerate(regimes):
        of_regime = frame[frame["regime"] == regime]
        _draw_regime(axis, of_regime, place, colour[regime])
        mean = of_regime[
            (of_regime["seed"] == "mean") & (of_regime["subject"] == "all")
        ]["value"]
        names.append(
            f"{label(regime)}  {mean.iloc[0]:.2f}"
            if len(mean)
            else label(regime)
        )
    axis.set_yticks(range(len(regimes)), names)
    axis.set_ylim(len(regimes) - 0.5, -0.5)
    pooled = frame[frame["subject"] == "all"]
    subjects = frame.loc[frame["subject"] != "all", "subject"].nunique()
    axis.set_title(
        f"{label(task)}\n{subjects} subjects, {pooled['n'].max():.0f} windows"
    )


def _draw_regime(axis, frame, place, colour):
    """Subjects, mean with interval and chance, seeds: from top to bottom."""
    pooled, is_mean = frame["subject"] == "all", frame["seed"] == "mean"
    subjects = frame[~pooled & is_mean]["value"]
    axis.plot(
        subjects,
        _spread(len(subjects), place, _SUBJECTS),
        **_look("subject", colour),
    )
    for row in frame[pooled & is_mean].itertuples():
        axis.vlines(
            row.chance, place - 0.42, place + 0.42, **_look("chance", "0.2")
        )
        # End caps, higher than the point, show an interval that is narrower than it.
        ends = [row.ci_low, row.ci_high]
        axis.plot(ends, [place, place], **_look("interval", colour))
        axis.plot(row.value, place, **_look("mean", colour))
    seeds = frame[pooled & ~is_mean]["value"]
    axis.plot(
        seeds, _spread(len(seeds), place, _SEEDS), **_look("seed", colour)
    )


def _spread(n, place, lane):
    """Heights within a lane by a fixed pattern, so that equal values stay apart."""
    low, high = lane
    return [
        place + low + (high - low) * ((0.5 + rank * 0.618) % 1)
        for rank in range(n)
    ]


def _look(what, colour):
    points = {"linestyle": "", "color": colour, "clip_on": False}
    return {
        "mean": points
        | {"marker": "o", "markersize": 5, "markeredgewidth": 0},
        "interval": {
            "color": colour,
            "marker": "|",
            "markersize": 8,
            "linewidth": 1.6,
        },
        "seed": points
        | {"marker": "D", "markersize": 3, "markeredgewidth": 0},
        "subject": points
        | {
            "marker": "o",
            "markersize": 2.4,
            "alpha": 0.5,
            "markeredgewidth": 0,
        },
        "chance": {"color": colour, "linestyle": (0, (3, 2)), "linewidth": 1},
    }[what]


def _legend():
    from matplotlib.lines import Line2D

    line = {"linestyle": "-", "linewidth": 1.6}
    return [
        Line2D(
            [],
            [],
            label="mean over seeds, interval",
            **_look("mean", "0.35") | line,
        ),
        Line2D([], [], label="one seed", **_look("seed", "0.35")),
        Line2D(
            [],
            [],
            label="one subject, mean over seeds",
            **_look("subject", "0.35"),
        ),
        Line2D([], [], label="chance", **_look("chance", "0.2")),
    ]
