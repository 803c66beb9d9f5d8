"""What is left of a model when its input is cleaned or cut: accuracy and ocular share by arm.

A model that follows the eyes loses accuracy where ocular signal is taken away, and keeps it on
frontal electrodes alone; the placebos show what any such treatment costs.
"""

from eeglrp.drawing import legend_below, panels, regime_colours, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import metric_table, over_seeds

CAPTION = """
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
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Accuracy and ocular-frontal share over all subjects, mean over seeds."""
    frame = metric_table(tables, extra=("arm", "tested"))
    chosen = (frame["subject"] == "all") & frame["metric"].isin(NAMES)
    return over_seeds(frame[chosen], _KEYS)


def arm_order(frame):
    """Arms as they come, which is the configuration's order, placebos last."""
    arms = ordered(frame["arm"])
    return [arm for arm in arms if not is_placebo(arm)] + [
        arm for arm in arms if is_placebo(arm)
    ]


def is_placebo(arm):
    """Whether an arm's name says that it must not matter."""
    return arm.startswith("placebo")


def arm_label(arm):
    """What a reader sees for an arm."""
    return "all input" if arm == "all" else label(arm)


def plot(frame):
    """Rows tasks, columns accuracy and share; arms from top to bottom, a lane a model."""
    tasks, regimes = (
        ordered(frame["task"], TASKS),
        ordered(frame["regime"], REGIMES),
    )
    arms = {task: arm_order(frame[frame["task"] == task]) for task in tasks}
    row = _GAP + _LANE * 2 * len(regimes)
    height = _FRAME + row * max(map(len, arms.values()))
    figure, axes = panels(len(tasks), 2, height, sharey="row")
    for line, task in zip(axes, tasks, strict=True):
        of_task = frame[frame["task"] == task]
        for axis, metric in zip(line, NAMES, strict=True):
            here = of_task[of_task["metric"] == metric]
            _draw_panel(axis, here, arms[task], regimes)
            axis.set_xlabel(NAMES[metric])
        line[0].set_title(label(task), loc="left")
        line[0].set_yticks(range(len(arms[task])), map(arm_label, arms[task]))
        line[0].set_ylim(len(arms[task]) - 0.5, -0.5)
        line[1].xaxis.set_major_formatter("{x:.0%}")
        line[1].set_xlim(left=0)
    legend_below(figure, _legend(regimes), columns=4)
    return figure


def _draw_panel(axis, frame, arms, regimes):
    colour = regime_colours(regimes)
    lanes = [
        (regime, tested) for regime in regimes for tested in ("own", "only")
    ]
    step = 0.8 / len(lanes)
    for place, arm in enumerate(arms):
        of_arm = frame[frame["arm"] == arm]
        if of_arm.empty:
            words = "none of these electrodes, or not explained"
            axis.annotate(
                words,
                (0.02, place),
                xycoords=("axes fraction", "data"),
                va="center",
            )
        chance = of_arm["chance"].mean()
        axis.vlines(
            chance,
            place - 0.45,
            place + 0.45,
            color="0.35",
            linestyle=":",
            linewidth=1,
        )
        for row in of_arm.itertuples():
            lane = lanes.index((row.regime, row.tested))
            y = place + (lane - (len(lanes) - 1) / 2) * step
            look = {
                "color": colour[row.regime],
                "linewidth": 1,
                "clip_on": False,
            }
            axis.plot([row.ci_low, row.ci_high], [y, y], **look)
            axis.plot(row.value, y, **_point(row.tested, colour[row.regime]))
    for edge in range(1, len(arms)):
        first = is_placebo(arms[edge]) and not is_placebo(arms[edge - 1])
        axis.axhline(
            edge - 0.5, color="0.4" if first else "0.9", linewidth=0.6
        )


def _point(tested, colour):
    face = colour if tested == "own" else "white"
    return {
        "marker": "o",
        "markersize": 3.2,
        "linestyle": "",
        "clip_on": False,
    } | {
        "color": colour,
        "markerfacecolor": face,
        "markeredgewidth": 0.8,
    }


def _legend(regimes):
    from matplotlib.lines import Line2D

    colour = regime_colours(regimes)
    handles = [
        Line2D([], [], label=label(r), **_point("own", colour[r]))
        for r in regimes
    ]
    words = {
        "own": "trained and tested on the arm",
        "only": "trained on all input, tested only",
    }
    handles += [
        Line2D([], [], label=words[key], **_point(key, "0.3")) for key in words
    ]
    chance = {"color": "0.35", "linestyle": ":", "linewidth": 1}
    return [
        *handles,
        Line2D([], [], label="chance, or share of electrodes", **chance),
    ]
