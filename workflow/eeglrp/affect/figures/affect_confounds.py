"""What else relevance for affect may be: muscle, eyes, heart, and what stays without them."""

from eeglrp.arms.expand import WHOLE
from eeglrp.drawing import legend_below, panels, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import metric_table
from eeglrp.verify.figures.shares import (
    ALPHA,
    draw_values,
    looks_of,
    with_p,
    yardstick_handles,
)

CAPTION = """\
What relevance for arousal and valence may be besides brain activity, mean over
seeds, with the bootstrap interval over subjects. Left: share of absolute
relevance in the central electrodes named beforehand, in temporal ones, where
muscle shows, in frontal ones, where the eyes show, and, if R-peaks are known,
in the third of the electrodes where the heart's field is strongest. Black
marks: share of the electrodes. Grey marks: share of the absolute signal.

Next to it: net relevance of the central electrodes by frequency band; marks:
what white noise times the signal would have. If the study has inputs without a
confound (arms of the task, or the task with channels regressed out), on the
right: change of the central electrodes' enrichment (share over share of
electrodes) on these inputs, paired over subjects; ``tested only``: the model
was not trained on the input.

Filled markers: sign-flip test over subjects, p < 0.05 in every seed, corrected
(Holm) over parts, over bands of a part, or over inputs.
"""
TABLES = ("metrics/affect_confounds.tsv",)
MISSING = "No confounds of affect: no model of arousal or valence has been explained."
#: Parts of the scalp in the order shown.
PARTS = {
    "central": "central cluster",
    "muscle": "temporal (muscle)",
    "ocular": "frontal (eyes)",
    "cardiac": "heart's field",
}
BANDS = {
    "share delta": "delta (below 4 Hz)",
    "share theta": "theta (4 to 8 Hz)",
    "share alpha": "mu/alpha (8 to 13 Hz)",
    "share beta": "beta (13 to 30 Hz)",
    "share gamma": "gamma (from 30 Hz)",
}
CHANGE = "enrichment change"
_KEYS = [
    "study",
    "task",
    "regime",
    "method",
    "metric",
    "condition",
    "tested",
    "part",
]


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Shares of parts and of the central part's bands, and changes; mean over seeds, largest p."""
    extra = ("condition", "tested", "part", "enrichment", "signal", "p")
    frame = metric_table(tables, extra=extra, numbers=extra[3:])
    frame = frame.fillna({"tested": ""})
    on_whole = frame["condition"] == WHOLE
    in_centre = frame["part"] == "central"
    is_share = frame["metric"] == "share"
    is_band = frame["metric"].isin(BANDS)
    is_change = frame["metric"] == CHANGE
    shown = on_whole & is_share
    shown |= on_whole & in_centre & is_band
    shown |= in_centre & is_change
    shown &= frame["subject"] == "all"
    return with_p(frame[shown], _KEYS)


def plot(frame):
    """One row a task: parts of the scalp, bands of the central part, other inputs."""
    tasks = ordered(frame["task"], TASKS)
    regimes = ordered(frame["regime"], REGIMES)
    sides = _sides(frame)
    lines = max(map(len, sides.values()))
    line = 0.1 + 0.04 * len(regimes)
    height = lines * line + 0.4
    shape = len(tasks), len(sides)
    figure, axes = panels(*shape, height, sharex="col")
    looks = looks_of(regimes)
    for row, task in zip(axes, tasks, strict=True):
        of_task = frame[frame["task"] == task]
        _draw_row(row, _placed(of_task), sides, looks)
        row[0].set_title(label(task))
    for column, words in zip(axes.T, sides, strict=True):
        # Under the last task that has such values.
        drawn = [axis for axis in column if axis.axison]
        last = drawn[-1]
        last.set_xlabel(words)
        last.xaxis.set_tick_params(labelbottom=True)
    for axis in axes[:, 2:].flat:
        axis.xaxis.set_major_formatter("{x:g}")
    method = label(frame["method"].iloc[0])
    words = f"{method}; filled: p < {ALPHA} in every seed"
    legend_below(figure, _legend(looks), columns=5, title=words)
    return figure


def _sides(frame):
    """Label of each column of panels -> what its lines stand for, in words."""
    present = set(frame["part"])
    parts = [part for part in PARTS if part in present]
    sides = {
        "share of |relevance|": {part: PARTS[part] for part in parts},
        "net relevance in the cluster": BANDS,
    }
    inputs = _inputs(frame)
    if inputs:
        sides["enrichment change"] = inputs
    return sides


def _draw_row(axes, frame, sides, looks):
    """Panels of one task."""
    for axis, names in zip(axes, sides.values(), strict=True):
        shown = frame[frame["metric"].isin(names)]
        if shown.empty:
            _say_nothing(axis)
            continue
        draw_values(axis, shown, list(names), looks)
        n = len(names)
        axis.set_yticks(range(n), list(names.values()))
        axis.set_ylim(n - 0.5, -0.5)
    for axis in axes[:2]:
        axis.set_xlim(left=0)
        axis.xaxis.set_major_formatter("{x:.0%}")


def _say_nothing(axis):
    axis.set_axis_off()
    axis.text(
        0.5,
        0.5,
        "no other input",
        ha="center",
        va="center",
        transform=axis.transAxes,
    )


def _inputs(frame):
    """Names of the other inputs in words: trained on them, or tested on them alone."""
    changes = frame[frame["metric"] == CHANGE]
    pairs = zip(changes["condition"], changes["tested"], strict=True)
    inputs = {}
    for condition, tested in pairs:
        words = label(condition)
        if tested == "only":
            words += " (tested only)"
        inputs[f"{condition}/{tested}"] = words
    return inputs


def _placed(frame):
    """What a line of a panel stands for, in `metric`: part, band or input."""
    inputs = frame["condition"] + "/" + frame["tested"]
    metric = frame["metric"]
    is_share = metric == "share"
    names = metric.mask(is_share, frame["part"])
    is_change = metric == CHANGE
    names = names.mask(is_change, inputs)
    return frame.assign(metric=names)


def _legend(looks):
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], label=label(name), **look)
        for name, look in looks.items()
    ]
    return handles + yardstick_handles("|signal|", "chance")
