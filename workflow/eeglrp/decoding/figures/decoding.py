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

CAPTION = """\
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
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Balanced accuracy pooled over subjects, of each seed, and means over seeds, all subjects."""
    import pandas as pd

    frame = metric_table(tables)
    frame = frame[frame["metric"] == METRIC]
    if frame.empty:
        return frame
    keys = ["study", "task", "regime", "method", "subject", "metric"]
    mean = over_seeds(frame, keys).assign(seed="mean")
    pooled = frame[frame["subject"] == "all"]
    return pd.concat([pooled, mean], ignore_index=True)


def plot(frame):
    """One panel a task, one row a regime."""
    tasks = ordered(frame["task"], TASKS)
    columns = min(2, len(tasks))
    rows = -(-len(tasks) // columns)
    most = frame.groupby("task")["regime"].nunique().max()
    height = _FRAME + _ROW * most
    width = PAGE_WIDTH if columns > 1 else 4.5
    figure, axes = panels(rows, columns, height, width, sharex=True)
    for axis, task in zip(axes.flat, tasks, strict=False):
        of_task = frame[frame["task"] == task]
        _draw_task(axis, of_task, task)
        axis.set_xlabel("balanced accuracy")
        axis.tick_params(labelbottom=True)
    for axis in axes.flat[len(tasks) :]:
        axis.set_axis_off()
    pooled = frame[_is_mean(frame)]
    lowest_end = pooled[["ci_low", "chance"]].min().min()
    low = min(frame["value"].min(), lowest_end)
    axes[0, 0].set_xlim(low - 0.03, 1.02)
    legend_below(figure, _legend(), columns=2 * columns)
    return figure


def _is_mean(frame):
    """Rows of all subjects and the mean over seeds."""
    is_pooled = frame["subject"] == "all"
    is_mean = frame["seed"] == "mean"
    return is_pooled & is_mean


def _draw_task(axis, frame, task):
    regimes = ordered(frame["regime"], REGIMES)
    colour = regime_colours(regimes)
    names = []
    for place, regime in enumerate(regimes):
        of_regime = frame[frame["regime"] == regime]
        _draw_regime(axis, of_regime, place, colour[regime])
        name = label(regime)
        mean = of_regime.loc[_is_mean(of_regime), "value"]
        if len(mean):
            name = f"{name}  {mean.iloc[0]:.2f}"
        names.append(name)
    n_rows = len(regimes)
    axis.set_yticks(range(n_rows), names)
    axis.set_ylim(n_rows - 0.5, -0.5)
    is_pooled = frame["subject"] == "all"
    windows = frame.loc[is_pooled, "n"].max()
    single = frame[~is_pooled]
    subjects = single["subject"].nunique()
    axis.set_title(
        f"{label(task)}\n{subjects} subjects, {windows:.0f} windows"
    )


def _draw_regime(axis, frame, place, colour):
    """Subjects, mean with interval and chance, seeds: from top to bottom."""
    is_pooled = frame["subject"] == "all"
    is_mean = frame["seed"] == "mean"
    subjects = frame[~is_pooled & is_mean]
    heights = _spread(len(subjects), place, _SUBJECTS)
    axis.plot(subjects["value"], heights, **_look("subject", colour))
    chance = _look("chance", "0.2")
    interval = _look("interval", colour)
    mean = _look("mean", colour)
    for row in frame[is_pooled & is_mean].itertuples():
        axis.vlines(row.chance, place - 0.42, place + 0.42, **chance)
        # End caps, higher than the point, show an interval that is narrower than it.
        ends = [row.ci_low, row.ci_high]
        axis.plot(ends, [place, place], **interval)
        axis.plot(row.value, place, **mean)
    seeds = frame[is_pooled & ~is_mean]
    heights = _spread(len(seeds), place, _SEEDS)
    axis.plot(seeds["value"], heights, **_look("seed", colour))


def _spread(n, place, lane):
    """Heights within a lane by a fixed pattern, so that equal values stay apart."""
    low, high = lane
    heights = []
    for rank in range(n):
        share = (0.5 + rank * 0.618) % 1
        within = (high - low) * share
        heights.append(place + low + within)
    return heights


def _look(what, colour):
    points = {
        "linestyle": "",
        "color": colour,
        "clip_on": False,
        "markeredgewidth": 0,
    }
    looks = {
        "mean": points | {"marker": "o", "markersize": 5},
        "interval": {
            "color": colour,
            "marker": "|",
            "markersize": 8,
            "linewidth": 1.6,
        },
        "seed": points | {"marker": "D", "markersize": 3},
        "subject": points | {"marker": "o", "markersize": 2.4, "alpha": 0.5},
        "chance": {"color": colour, "linestyle": (0, (3, 2)), "linewidth": 1},
    }
    return looks[what]


def _legend():
    from matplotlib.lines import Line2D

    mean = _look("mean", "0.35") | {"linestyle": "-", "linewidth": 1.6}
    looks = {
        "mean over seeds, interval": mean,
        "one seed": _look("seed", "0.35"),
        "one subject, mean over seeds": _look("subject", "0.35"),
        "chance": _look("chance", "0.2"),
    }
    return [
        Line2D([], [], label=words, **look) for words, look in looks.items()
    ]
