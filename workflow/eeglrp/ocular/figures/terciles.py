"""Accuracy and ocular relevance by gaze towards the cued side, trial by trial.

A model that reads the eyes is right where gaze follows the cue. Trials without a detected saccade
stand apart, since the shortcut may survive in smaller movements.
"""

from eeglrp.drawing import legend_below, panels, regime_colours, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import metric_table, over_seeds

CAPTION = """\
Trials by gaze. Test trials are grouped within subject and class into terciles
of their cue-signed HEOG: AF7 minus AF8 (or F7 minus F8) at 0.3-1.2 s after the
cue, positive for gaze towards the cued side. Above: all trials, and those with
a detected saccade; below: terciles among trials without one. Accuracy on all
test windows; share of |relevance| on the ocular-frontal electrodes on those
that were explained. Points: means over subjects and seeds, with the bootstrap
interval over subjects; numbers under the groups count windows.

A decoder of the eyes is right where gaze follows the cue, so its accuracy
grows from left to right; one that has nothing to do with gaze is as good in
each tercile. Accuracy may also grow because attentive trials have both more
gaze and clearer rhythms.
"""
TABLES = ("metrics/trials.tsv",)
MISSING = (
    "No terciles by gaze: no window of this study shows horizontal gaze (electrodes beside both "
    "eyes and at least 0.2 s between 0.3 and 1.2 s after the cue)."
)
TERCILES = ("low", "middle", "high")
SACCADE, QUIET = "saccade", "no saccade"
#: Groups of each row of panels, from left to right.
ROWS = {
    "all trials": (*TERCILES, SACCADE),
    "no saccade": tuple(f"{name} {QUIET}" for name in TERCILES),
}
METRICS = {
    "heog": "cue-signed HEOG (µV)",
    "accuracy": "accuracy",
    "share ocular_frontal": "ocular share of |R|",
}
_KEYS = ["study", "task", "regime", "method", "subject", "metric", "group"]


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Gaze, accuracy and ocular share of every group over all subjects, mean over seeds."""
    frame = metric_table(tables, extra=("group",))
    groups = [*ROWS["all trials"], *ROWS["no saccade"]]
    metrics = [*METRICS, "saccade share"]
    shown = frame["subject"] == "all"
    shown &= frame["group"].isin(groups)
    shown &= frame["metric"].isin(metrics)
    frame = frame[shown]
    return over_seeds(frame, _KEYS)


def plot(frame):
    """For each task a row of all trials and one of those without saccade; one column a value."""
    tasks = ordered(frame["task"], TASKS)
    present = set(frame["metric"])
    metrics = [metric for metric in METRICS if metric in present]
    # Accuracies have the most models side by side.
    widths = [1.5 if metric == "accuracy" else 1 for metric in metrics]
    n_rows = 2 * len(tasks)
    figure, axes = panels(n_rows, len(metrics), 1.75, width_ratios=widths)
    names = [name for name in frame["regime"] if name]
    models = ordered(names, REGIMES)
    lines = []
    for task in tasks:
        lines += [(task, *row) for row in ROWS.items()]
    for line, (task, words, groups) in zip(axes, lines, strict=True):
        of_task = frame[frame["task"] == task]
        of_line = of_task[of_task["group"].isin(groups)]
        saccades = of_line[of_line["metric"] == "saccade share"]
        for axis, metric in zip(line, metrics, strict=True):
            values = of_line[of_line["metric"] == metric]
            _draw_panel(axis, values, groups, models)
            axis.set_ylabel(METRICS[metric])
            _name_groups(axis, values, saccades, groups, metric)
            axis.set_title(f"{label(task)}, {words}")
    _same_heights(axes, len(tasks), metrics)
    legend_below(figure, _legend(models), columns=6)
    return figure


def _draw_panel(axis, frame, groups, models):
    """One line a model through the terciles, and a point apart for trials with a saccade."""
    place = _places(groups)
    looks = regime_colours(models) | {"": (0.25, 0.25, 0.25)}
    shown = ordered(frame["regime"], REGIMES)
    n = len(shown)
    for number, name in enumerate(shown):
        of_model = frame[frame["regime"] == name]
        by_group = of_model.set_index("group")
        shift = 0.5 * ((number + 0.5) / n - 0.5)
        x = [place[group] + shift for group in groups]
        model = by_group.reindex(groups)
        _draw_model(axis, x, model, looks[name])
    _draw_chance(axis, frame, place)
    axis.set_xlim(-0.6, 3.9 if SACCADE in groups else 2.6)
    axis.set_xticks(list(place.values()))


def _places(groups):
    """Position of every group; trials with a saccade stand apart."""
    place = {}
    for number, group in enumerate(groups):
        place[group] = number
        if group == SACCADE:
            place[group] += 0.4
    return place


def _draw_chance(axis, frame, place):
    """A dashed line a group."""
    chance = frame.groupby("group")["chance"].mean()
    chance = chance.reindex(list(place)).dropna()
    left, right = [], []
    for group in chance.index:
        left.append(place[group] - 0.4)
        right.append(place[group] + 0.4)
    axis.hlines(chance, left, right, **_CHANCE)


def _draw_model(axis, x, model, colour):
    """Line through the terciles, points and intervals."""
    value = model["value"]
    x_terciles = x[:3]
    terciles = value[:3]
    axis.plot(x_terciles, terciles, color=colour, linewidth=0.9)
    axis.plot(x, value, "o", color=colour, markersize=3)
    low = model["ci_low"]
    high = model["ci_high"]
    axis.vlines(x, low, high, color=colour, linewidth=0.8)


def _name_groups(axis, frame, saccades, groups, metric):
    """Number of trials under each group and, beside the HEOG, how many hold a saccade."""
    number = frame.groupby("group")["n"].max()
    share = saccades.set_index("group")["value"]
    with_share = metric == "heog" and SACCADE in groups
    names = []
    for group in groups:
        words = [
            group.removesuffix(f" {QUIET}"),
            f"{number.get(group, 0):.0f}",
        ]
        if with_share:
            words.append(f"{share.get(group, 0):.0%}")
        names.append("\n".join(words))
    axis.set_xticklabels(names)
    if metric == "heog":
        words = "windows"
        if with_share:
            words += "; part with a saccade"
        axis.set_xlabel(words)


def _same_heights(axes, n_tasks, metrics):
    """The same limits for the two rows of a task, so that they compare."""
    for number in range(n_tasks):
        rows = axes[2 * number : 2 * number + 2]
        for column in range(len(metrics)):
            upper, lower = rows[:, column]
            ends = [*upper.get_ylim(), *lower.get_ylim()]
            limits = min(ends), max(ends)
            upper.set_ylim(*limits)
            lower.set_ylim(*limits)


_CHANCE = {"color": "0.2", "linestyle": (0, (3, 2)), "linewidth": 1}


def _legend(models):
    from matplotlib.lines import Line2D

    looks = regime_colours(models)
    return [
        *(
            Line2D(
                [],
                [],
                color=looks[name],
                marker="o",
                markersize=3,
                lw=0.9,
                label=label(name),
            )
            for name in models
        ),
        Line2D([], [], label="no gaze; chance; even spread", **_CHANCE),
    ]
