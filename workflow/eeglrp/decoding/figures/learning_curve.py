"""What pretraining is worth: accuracy against the number of labelled windows, and the difference.

A model that was pretrained should need fewer labels than the same network from scratch.
"""

from eeglrp.drawing import legend_below, panels, regime_colours, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import metric_table, over_seeds

CAPTION = """
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
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Pooled balanced accuracy of every seed, means over seeds, and the regimes' difference."""
    import pandas as pd

    frame = metric_table(tables, extra=("windows",), numbers=("windows",))
    frame = frame[frame["subject"] == "all"]
    each = frame[frame["metric"] == METRIC]
    if each.empty:
        return each
    mean = over_seeds(each, _KEYS).assign(seed="mean")
    gain = frame[frame["metric"] == DIFFERENCE]
    parts = [part for part in (each, mean, gain) if len(part)]
    return pd.concat(parts, ignore_index=True).sort_values(
        "windows", kind="stable"
    )


def plot(frame):
    """One column a task: balanced accuracy above; below, where known, the difference."""
    tasks = ordered(frame["task"], TASKS)
    gains = bool((frame["metric"] == DIFFERENCE).any())
    width = min(7.2, 1.4 + 2.2 * len(tasks))
    figure, axes = panels(
        1 + gains, len(tasks), 2.1, width, sharex="col", sharey="row"
    )
    for column, task in zip(axes.T, tasks, strict=True):
        of_task = frame[frame["task"] == task]
        _draw_accuracies(column[0], of_task[of_task["metric"] == METRIC])
        column[0].set_title(label(task))
        if gains:
            _draw_gain(column[1], of_task[of_task["metric"] == DIFFERENCE])
        _number_windows(
            column, sorted(set(of_task["windows"])), upright=len(tasks) < 3
        )
    axes[0, 0].set_ylabel("balanced accuracy")
    if gains:
        axes[1, 0].set_ylabel("fine-tuned − scratch")
    legend = _legend(ordered(frame["regime"], REGIMES))
    legend_below(figure, legend, columns=min(3, 1 + len(tasks)))
    return figure


def _draw_accuracies(axis, frame):
    """Every seed, the interval of their mean, chance."""
    colour = regime_colours(frame["regime"])
    for regime in ordered(frame["regime"], REGIMES):
        of_regime = frame[frame["regime"] == regime]
        seeds = of_regime[of_regime["seed"] != "mean"]
        mean = of_regime[of_regime["seed"] == "mean"]
        ends = (mean["windows"], mean["ci_low"], mean["ci_high"])
        axis.fill_between(*ends, color=colour[regime], alpha=0.15, linewidth=0)
        for _, seed in seeds.groupby("seed", sort=False):
            look = {
                "color": colour[regime],
                "marker": "o",
                "markersize": 2.2,
                "linewidth": 0.9,
            }
            axis.plot(seed["windows"], seed["value"], **look)
    chance = frame[frame["seed"] == "mean"].groupby("windows")["chance"].mean()
    axis.plot(chance.index, chance, **_CHANCE)


def _draw_gain(axis, frame):
    """The mean over subjects with its interval at every number of windows; 0 is no gain."""
    axis.axhline(0, **_CHANCE)
    below, above = (
        frame["value"] - frame["ci_low"],
        frame["ci_high"] - frame["value"],
    )
    errors = [below.fillna(0), above.fillna(0)]
    axis.errorbar(frame["windows"], frame["value"], errors, **_GAIN)


def _number_windows(column, sizes, upright):
    """A logarithmic axis whose ticks are the numbers of windows themselves."""
    for axis in column:
        axis.set_xscale("log")
        axis.tick_params(
            axis="x", which="minor", bottom=False, labelbottom=False
        )
    rotation = 0 if upright else 90
    column[-1].set_xticks(
        sizes, [f"{size:.0f}" for size in sizes], rotation=rotation
    )
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
    return [
        *(
            Line2D([], [], color=colour[name], label=label(name), **point)
            for name in regimes
        ),
        Patch(
            color="0.35",
            alpha=0.25,
            linewidth=0,
            label="interval of the mean over seeds",
        ),
        Line2D([], [], label="chance; no difference", **_CHANCE),
    ]
