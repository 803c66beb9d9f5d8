"""What is left of a model when its input is cleaned or cut: accuracy and ocular share by arm.

A model that follows the eyes loses accuracy where ocular signal is taken away, and keeps it on
frontal electrodes alone; the placebos show what any such treatment costs.
"""

from eeglrp.drawing import legend_below, panels, regime_colours, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import metric_table, over_seeds

CAPTION = """\
Accuracy and ocular-frontal share of relevance by arm: the same task with
another input, placebos (which must not matter) below the dark line. Filled:
trained and tested on the arm's input; open: trained on the whole input, tested
on the arm's (a baseline's missing electrodes are 0 then). Points are means
over seeds; bars the bootstrap interval over subjects, its ends averaged over
seeds. Dotted: chance by permuted labels, and the share of the arm's electrodes
that lie in the region. CSP+LDA has no relevance: its share is that of its
activation patterns.
"""
TABLES = ("metrics/arms.tsv",)
ACCURACY, SHARE = "balanced_accuracy", "share ocular_frontal"
MISSING = "No arms: no model of this study has been tested on another input."
NAMES = {
    ACCURACY: "balanced accuracy",
    SHARE: "ocular-frontal share of |relevance|",
}
_KEYS = [
    "study",
    "task",
    "regime",
    "method",
    "subject",
    "metric",
    "arm",
    "tested",
]
#: Heights in inches: of one model in an arm's row, of the room between rows, of a panel's frame.
_LANE, _GAP, _FRAME = 0.062, 0.09, 0.6


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Accuracy and ocular-frontal share over all subjects, mean over seeds."""
    frame = metric_table(tables, extra=("arm", "tested"))
    is_pooled = frame["subject"] == "all"
    is_shown = frame["metric"].isin(NAMES)
    return over_seeds(frame[is_pooled & is_shown], _KEYS)


def arm_order(frame):
    """Arms as they come, which is the configuration's order, placebos last."""
    arms = ordered(frame["arm"])
    return sorted(arms, key=is_placebo)


def is_placebo(arm):
    """Whether an arm's name says that it must not matter."""
    return arm.startswith("placebo")


def arm_label(arm):
    """What a reader sees for an arm."""
    if arm == "all":
        return "all input"
    return label(arm)


def plot(frame):
    """Rows tasks, columns accuracy and share; arms from top to bottom, a lane a model."""
    tasks = ordered(frame["task"], TASKS)
    regimes = ordered(frame["regime"], REGIMES)
    arms = {task: arm_order(frame[frame["task"] == task]) for task in tasks}
    row = _GAP + _LANE * 2 * len(regimes)
    most = max(map(len, arms.values()))
    figure, axes = panels(len(tasks), 2, _FRAME + row * most, sharey="row")
    for line, task in zip(axes, tasks, strict=True):
        of_task = frame[frame["task"] == task]
        for axis, (metric, name) in zip(line, NAMES.items(), strict=True):
            of_metric = of_task[of_task["metric"] == metric]
            _draw_panel(axis, of_metric, arms[task], regimes)
            axis.set_xlabel(name)
        n_arms = len(arms[task])
        left, right = line
        left.set_title(label(task), loc="left")
        left.set_yticks(range(n_arms), map(arm_label, arms[task]))
        left.set_ylim(n_arms - 0.5, -0.5)
        right.xaxis.set_major_formatter("{x:.0%}")
        right.set_xlim(left=0)
    legend_below(figure, _legend(regimes), columns=3)
    return figure


def _draw_panel(axis, frame, arms, regimes):
    colour = regime_colours(regimes)
    lanes = [
        (regime, tested) for regime in regimes for tested in ("own", "only")
    ]
    step = 0.8 / len(lanes)
    for place, arm in enumerate(arms):
        of_arm = frame[frame["arm"] == arm]
        _draw_chance(axis, of_arm, place)
        for row in of_arm.itertuples():
            lane = lanes.index((row.regime, row.tested))
            y = place + (lane - (len(lanes) - 1) / 2) * step
            _draw_model(axis, row, y, colour[row.regime])
    _draw_edges(axis, arms)


def _draw_chance(axis, of_arm, place):
    if of_arm.empty:
        axis.annotate(
            "none of these electrodes, or not explained",
            (0.02, place),
            xycoords=("axes fraction", "data"),
            va="center",
        )
    axis.vlines(
        of_arm["chance"].mean(),
        place - 0.45,
        place + 0.45,
        color="0.35",
        linestyle=":",
        linewidth=1,
    )


def _draw_model(axis, row, y, colour):
    axis.plot(
        [row.ci_low, row.ci_high],
        [y, y],
        color=colour,
        linewidth=1,
        clip_on=False,
    )
    axis.plot(row.value, y, **_point(row.tested, colour))


def _draw_edges(axis, arms):
    """A line between arms, dark where the placebos begin."""
    for edge in range(1, len(arms)):
        above, below = arms[edge - 1 : edge + 1]
        begins = is_placebo(below) and not is_placebo(above)
        colour = "0.4" if begins else "0.9"
        axis.axhline(edge - 0.5, color=colour, linewidth=0.6)


def _point(tested, colour):
    face = colour if tested == "own" else "white"
    return {
        "marker": "o",
        "markersize": 3.2,
        "linestyle": "",
        "clip_on": False,
        "color": colour,
        "markerfacecolor": face,
        "markeredgewidth": 0.8,
    }


def _legend(regimes):
    from matplotlib.lines import Line2D

    colour = regime_colours(regimes)
    handles = []
    for regime in regimes:
        look = _point("own", colour[regime])
        handles.append(Line2D([], [], label=label(regime), **look))
    words = {
        "own": "trained and tested on the arm",
        "only": "trained on all input, tested only",
    }
    for tested, text in words.items():
        look = _point(tested, "0.3")
        handles.append(Line2D([], [], label=text, **look))
    chance = {"color": "0.35", "linestyle": ":", "linewidth": 1}
    text = "chance, or share of electrodes"
    handles.append(Line2D([], [], label=text, **chance))
    return handles
