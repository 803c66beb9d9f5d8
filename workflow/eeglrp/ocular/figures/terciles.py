"""Accuracy and ocular relevance by gaze towards the cued side, trial by trial.

A model that reads the eyes is right where gaze follows the cue. Trials without a detected saccade
stand apart, since the shortcut may survive in smaller movements.
"""

from eeglrp.drawing import legend_below, panels, regime_colours, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import metric_table, over_seeds

CAPTION = """
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
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Gaze, accuracy and ocular share of every group over all subjects, mean over seeds."""
    frame = metric_table(tables, extra=("group",))
    groups = [group for row in ROWS.values() for group in row]
    chosen = (frame["subject"] == "all") & frame["group"].isin(groups)
    chosen &= frame["metric"].isin([*METRICS, "saccade share"])
    return over_seeds(frame[chosen], _KEYS)


def plot(frame):
    """For each task a row of all trials and one of those without saccade; one column a value."""
    tasks = ordered(frame["task"], TASKS)
    metrics = ordered(frame["metric"], METRICS)
    metrics = [metric for metric in METRICS if metric in metrics]
    # Accuracies have the most models side by side.
    widths = [1.5 if metric == "accuracy" else 1 for metric in metrics]
    figure, axes = panels(
        2 * len(tasks), len(metrics), 1.75, width_ratios=widths
    )
    models = ordered([name for name in frame["regime"] if name], REGIMES)
    lines = [(task, *row) for task in tasks for row in ROWS.items()]
    for line, (task, words, groups) in zip(axes, lines, strict=True):
        own = frame[(frame["task"] == task) & frame["group"].isin(groups)]
        for axis, metric in zip(line, metrics, strict=True):
            here = own[own["metric"] == metric]
            _draw_panel(axis, here, groups, models)
            axis.set_ylabel(METRICS[metric])
            _name_groups(
                axis,
                here,
                own[own["metric"] == "saccade share"],
                groups,
                metric,
            )
            axis.set_title(f"{label(task)}, {words}")
    _same_heights(axes, len(tasks), metrics)
    legend_below(figure, _legend(models), columns=6)
    return figure


def _draw_panel(axis, frame, groups, models):
    """One line a model through the terciles, and a point apart for trials with a saccade."""
    place = {
        group: number + 0.4 * (group == SACCADE)
        for number, group in enumerate(groups)
    }
    looks = regime_colours(models) | {"": (0.25, 0.25, 0.25)}
    shown = ordered(frame["regime"], REGIMES)
    for number, model in enumerate(shown):
        shift = 0.5 * ((number + 0.5) / len(shown) - 0.5)
        own = (
            frame[frame["regime"] == model].set_index("group").reindex(groups)
        )
        x = [place[group] + shift for group in groups]
        colour = looks[model]
        axis.plot(x[:3], own["value"][:3], color=colour, linewidth=0.9)
        axis.plot(x, own["value"], "o", color=colour, markersize=3)
        axis.vlines(
            x, own["ci_low"], own["ci_high"], color=colour, linewidth=0.8
        )
    chance = frame.groupby("group")["chance"].mean().reindex(groups).dropna()
    x = [place[group] for group in chance.index]
    axis.hlines(chance, [p - 0.4 for p in x], [p + 0.4 for p in x], **_CHANCE)
    axis.set_xlim(-0.6, 3.9 if SACCADE in groups else 2.6)
    axis.set_xticks([place[group] for group in groups])


def _name_groups(axis, frame, saccades, groups, metric):
    """Number of trials under each group and, beside the HEOG, how many hold a saccade."""
    number = frame.groupby("group")["n"].max()
    share = saccades.set_index("group")["value"]
    names = []
    for group in groups:
        words = [
            group.removesuffix(f" {QUIET}"),
            f"{number.get(group, 0):.0f}",
        ]
        if metric == "heog" and SACCADE in groups:
            words.append(f"{share.get(group, 0):.0%}")
        names.append("\n".join(words))
    axis.set_xticklabels(names)
    if metric == "heog":
        axis.set_xlabel(
            "windows" + "; part with a saccade" * (SACCADE in groups)
        )


def _same_heights(axes, n_tasks, metrics):
    """The same limits for the two rows of a task, so that they compare."""
    for number in range(n_tasks):
        for column in range(len(metrics)):
            upper, lower = (
                axes[2 * number, column],
                axes[2 * number + 1, column],
            )
            ends = [*upper.get_ylim(), *lower.get_ylim()]
            for axis in (upper, lower):
                axis.set_ylim(min(ends), max(ends))


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
