"""On which side of the head relevance lies, by region, and whether that changes with the class.

Rhythms of sensorimotor cortex change on the side opposite to the hand, so that the side of central
relevance differs between left and right if a model follows them. What leans to one side for both
classes alike is no answer to the class; what leans as |signal| does need not be the model's.
"""

from eeglrp.drawing import (
    MARKERS,
    colours,
    has_rows,
    hide_empty,
    legend_below,
    panels,
    render,
)
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import default_method, metric_table
from eeglrp.verify.figures.shares import (
    ALPHA,
    NUMBERS,
    draw_values,
    with_p,
    yardstick_handles,
)

CAPTION = """\
Side of the head that absolute relevance lies on, by region and class: (right -
left) / (right + left), 1 if all of it lies on the right, without electrodes of
the midline; mean over seeds, with the bootstrap interval over subjects. Black:
the first class minus the second, within subjects. Grey marks: the same of the
absolute signal, which relevance is a multiple of.

Relevance that follows sensorimotor cortex differs in its side between imagery
of the left and of the right hand, in the central region. It may do so in
either direction: a model can read the hemisphere whose rhythm is suppressed,
or the one whose rhythm stays. A difference that is no larger than that of the
signal need not be the model's. Filled markers: a test over subjects, which knows
that those of a fold share its models, gives p < 0.05 in every seed, corrected
(Holm) over the regions of a model. Fewer than six subjects are not tested.
"""
TABLES = ("metrics/shares.tsv",)
PREFIX = "lateralisation "
#: Between the names of the two classes whose difference a row holds.
MINUS = " - "
MISSING = (
    "No sides of relevance: no task of this study has two classes and electrodes on both sides "
    "of the head."
)


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    shown = select(tables)
    render(plot, shown, MISSING, pdf, png, tsv)


def select(tables):
    """Lateralisation of the default method in tasks of two classes, mean over seeds."""
    frame = metric_table(tables, extra=("class", *NUMBERS), numbers=NUMBERS)
    of_all = frame["subject"] == "all"
    frame = frame[of_all & frame["metric"].str.startswith(PREFIX)]
    method = default_method(frame["method"])
    frame = frame[frame["method"] == method]
    compares = frame["class"].str.contains(MINUS, regex=False)
    paired = frame["task"].isin(frame.loc[compares, "task"])
    frame = frame[paired & (frame["class"] != "all")]
    keys = [
        "study",
        "task",
        "regime",
        "method",
        "subject",
        "metric",
        "class",
    ]
    return with_p(frame, keys)


def plot(frame):
    """Rows tasks, columns regimes; regions from top to bottom, one marker a class."""
    tasks = ordered(frame["task"], TASKS)
    regimes = ordered(frame["regime"], REGIMES)
    metrics = ordered(frame["metric"])
    height = len(metrics) * 0.2 + 0.55
    figure, axes = panels(
        n_rows=len(tasks),
        n_columns=len(regimes),
        row_height=height,
        sharex=True,
        sharey=True,
    )
    looks = _looks()
    for row, task in zip(axes, tasks, strict=True):
        of_task = frame[frame["task"] == task]
        roles = _roles(of_task["class"])
        of_task = of_task.assign(role=of_task["class"].map(roles))
        for axis, regime in zip(row, regimes, strict=True):
            model = of_task[of_task["regime"] == regime]
            if model.empty:
                continue
            draw_values(axis, model, metrics, looks, by="role")
            n = model["n"].max()
            axis.set_title(f"{label(task)}, {label(regime)} (n = {n:.0f})")
            axis.set_xlabel(_in_words(roles))
    shown = [label(name.removeprefix(PREFIX)) for name in metrics]
    axes[0, 0].set_yticks(range(len(metrics)), shown)
    axes[0, 0].set_ylim(len(metrics) - 0.5, -0.5)
    hide_empty(axes, has_rows(frame, tasks, regimes))
    words = (
        f"(right − left) / (right + left) of |relevance|, {label(frame['method'].iloc[0])}; "
        f"filled: p < {ALPHA} in every seed"
    )
    legend_below(figure, _legend(looks), columns=5, title=words)
    return figure


def _roles(classes):
    """Name of a class, or of the difference -> first, second or difference."""
    both = next(name for name in classes if MINUS in name)
    first, second = both.split(MINUS)
    return {
        first: "first class",
        second: "second class",
        both: "first − second",
    }


def _in_words(roles):
    first, second, _ = roles
    return f"first: {label(first)}, second: {label(second)}"


def _looks():
    names = ("first class", "second class", "first − second")
    shades = colours(names) | {"first − second": (0.2, 0.2, 0.2)}
    looks = {}
    for name, marker in zip(names, MARKERS, strict=False):
        looks[name] = {
            "color": shades[name],
            "marker": marker,
            "markersize": 3.5,
        }
    return looks


def _legend(looks):
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], label=name, **look) for name, look in looks.items()
    ]
    return handles + yardstick_handles("|signal|", "no side")
