"""What pretraining is worth: accuracy against the number of labelled windows, and the difference.

A model that was pretrained should need fewer labels than the same network from scratch.
"""

from eeglrp.drawing import legend_below, panels, regime_colours, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import metric_table, over_seeds

CAPTION = """\
Learning curves. Above: balanced accuracy on the test split against the number
of labelled training windows, a line for every seed; band: bootstrap interval
over subjects, its ends averaged over seeds; dashed: chance, the mean over
permutations of the labels within subjects. The last point is the whole
training split. Below: fine-tuned minus scratch, paired over subjects and
averaged over seeds, with the bootstrap interval over subjects.

Windows are drawn evenly over classes and training subjects; smaller draws lie
inside larger ones, and all regimes of a seed train on the same windows. Few
windows stand in an epoch several times (at most 50), so that all models are
trained for about as many steps. The epoch is chosen on the whole validation
split, as for the other models: its labels come on top of those counted here.
"""
TABLES = ("metrics/learning_curve.tsv",)
METRIC, DIFFERENCE = "balanced_accuracy", "difference finetuned - scratch"
MISSING = (
    "No learning curves: training.learning_curve of this study names "
    "no number of training windows."
)
_KEYS = ["study", "task", "regime", "method", "subject", "metric", "windows"]


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Pooled balanced accuracy of every seed, means over seeds, and the regimes' difference."""
    import pandas as pd

    frame = metric_table(tables, extra=("windows",), numbers=("windows",))
    frame = frame[frame["subject"] == "all"]
    seeds = frame[frame["metric"] == METRIC]
    if seeds.empty:
        return seeds
    mean = over_seeds(seeds, _KEYS).assign(seed="mean")
    gain = frame[frame["metric"] == DIFFERENCE]
    frames = [rows for rows in (seeds, mean, gain) if len(rows)]
    shown = pd.concat(frames, ignore_index=True)
    return shown.sort_values("windows", kind="stable")


def plot(frame):
    """One column a task: balanced accuracy above; below, where known, the difference."""
    tasks = ordered(frame["task"], TASKS)
    has_gains = bool((frame["metric"] == DIFFERENCE).any())
    width = min(7.2, 1.4 + 2.2 * len(tasks))
    figure, axes = panels(
        1 + has_gains, len(tasks), 2.1, width, sharex="col", sharey="row"
    )
    for column, task in zip(axes.T, tasks, strict=True):
        of_task = frame[frame["task"] == task]
        accuracies = of_task[of_task["metric"] == METRIC]
        _draw_accuracies(column[0], accuracies)
        column[0].set_title(label(task))
        if has_gains:
            gains = of_task[of_task["metric"] == DIFFERENCE]
            _draw_gain(column[1], gains)
        sizes = sorted(set(of_task["windows"]))
        _number_windows(column, sizes, upright=len(tasks) < 3)
    axes[0, 0].set_ylabel("balanced accuracy")
    if has_gains:
        axes[1, 0].set_ylabel("fine-tuned − scratch")
    regimes = ordered(frame["regime"], REGIMES)
    n_columns = min(3, 1 + len(tasks))
    legend_below(figure, _legend(regimes), columns=n_columns)
    return figure


def _draw_accuracies(axis, frame):
    """Every seed, the interval of their mean, chance."""
    colour = regime_colours(frame["regime"])
    is_mean = frame["seed"] == "mean"
    for regime in ordered(frame["regime"], REGIMES):
        is_regime = frame["regime"] == regime
        mean = frame[is_regime & is_mean]
        axis.fill_between(
            mean["windows"],
            mean["ci_low"],
            mean["ci_high"],
            color=colour[regime],
            alpha=0.15,
            linewidth=0,
        )
        seeds = frame[is_regime & ~is_mean]
        for _, seed in seeds.groupby("seed", sort=False):
            axis.plot(
                seed["windows"],
                seed["value"],
                color=colour[regime],
                marker="o",
                markersize=2.2,
                linewidth=0.9,
            )
    chance = frame[is_mean].groupby("windows")["chance"].mean()
    axis.plot(chance.index, chance, **_CHANCE)


def _draw_gain(axis, frame):
    """The mean over subjects with its interval at every number of windows; 0 is no gain."""
    axis.axhline(0, **_CHANCE)
    gain = frame["value"]
    below = gain - frame["ci_low"]
    above = frame["ci_high"] - gain
    errors = [below.fillna(0), above.fillna(0)]
    axis.errorbar(frame["windows"], gain, errors, **_GAIN)


def _number_windows(column, sizes, upright):
    """A logarithmic axis whose ticks are the numbers of windows themselves."""
    for axis in column:
        axis.set_xscale("log")
        axis.tick_params(
            axis="x", which="minor", bottom=False, labelbottom=False
        )
    rotation = 0 if upright else 90
    numbers = [f"{size:.0f}" for size in sizes]
    column[-1].set_xticks(sizes, numbers, rotation=rotation)
    column[-1].set_xlabel("labelled training windows")


_CHANCE = {"color": "0.2", "linestyle": (0, (3, 2)), "linewidth": 1}
_GAIN = {
    "color": "0.2",
    "marker": "o",
    "markersize": 3.5,
    "linewidth": 0.9,
    "capsize": 2,
}


def _legend(regimes):
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    colour = regime_colours(regimes)
    point = {"marker": "o", "markersize": 2.2, "linewidth": 0.9}
    lines = [
        Line2D([], [], color=colour[name], label=label(name), **point)
        for name in regimes
    ]
    band = Patch(
        color="0.35",
        alpha=0.25,
        linewidth=0,
        label="interval of the mean over seeds",
    )
    chance = Line2D([], [], label="chance; no difference", **_CHANCE)
    return [*lines, band, chance]
