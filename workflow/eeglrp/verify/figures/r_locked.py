"""Does relevance follow the heartbeat? Relevance around the R-peak against surrogate R-peaks.

The band holds what surrogate events give, which keep their place on the model's sampling grid. It
is simultaneous over lags: a curve that leaves it anywhere is beyond chance as a whole.
"""

from eeglrp.drawing import (
    SMALL,
    hide_empty,
    legend_below,
    panels,
    regime_colours,
    render,
)
from eeglrp.labels import METHODS, REGIMES, TASKS, label, ordered
from eeglrp.tables import metric_table, over_seeds

CAPTION = """\
Relevance around the R-peak, summed over electrodes, turned towards the
window's own class, smoothed over time and averaged over the R-peaks of the
test windows (of the class R-peak, in the task of that name). Thick line: mean
over seeds with the bootstrap interval over subjects; thin lines: single seeds.
Grey: simultaneous band of surrogates, in which whole lists of R-peak times
were exchanged between windows of one subject and class, so that they keep
their place on the model's sampling grid. Only a curve that leaves the band
follows the heartbeat beyond chance. n: R-peaks. z: largest deviation in standard
deviations of the surrogates, mean over seeds. Relevance is the input times a
coefficient, so a cardiac field in the input alone can lock it: locking is
necessary for a model that uses the heartbeat, not sufficient.
"""
TABLES = ("metrics/r_locked.tsv", "metrics/r_peak.tsv")
MISSING = (
    "No relevance around the R-peak: no task of this study has windows with R-peak times, "
    "or none of them holds enough R-peaks in its test split."
)
#: Numbers beside the curve.
Z, P, LATENCY = "r_locked_z", "r_locked_p", "peak_latency"
#: Columns of a course beyond the common ones.
COURSE = ("lag", "null_low", "null_high")
_KEYS = ["study", "task", "regime", "method", "subject", "metric"]
_MOST_ROWS = 3


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    shown = select(tables)
    render(plot, shown, MISSING, pdf, png, tsv)


def select(tables):
    """Pooled courses of each seed and their mean, and the numbers printed beside them."""
    import pandas as pd

    course, summary = tables
    courses = metric_table([course], extra=COURSE, numbers=COURSE)
    courses = courses[courses["subject"] == "all"]
    if courses.empty:
        return courses
    courses = courses[courses["method"].isin(_methods(courses))]
    numbers = metric_table([summary])
    of_all = numbers["subject"] == "all"
    numbers = numbers[of_all & numbers["metric"].isin((Z, P, LATENCY))]
    numbers = numbers[numbers["method"].isin(courses["method"])]
    mean_course = over_seeds(courses, [*_KEYS, "lag"], more=COURSE[1:])
    means = over_seeds(numbers[numbers["metric"] != P], _KEYS)
    frames = [
        courses,
        numbers,
        mean_course.assign(seed="mean"),
        means.assign(seed="mean"),
    ]
    return pd.concat(frames, ignore_index=True)


def _methods(courses):
    """As many methods as there is room for, the default one first."""
    n_tasks = courses["task"].nunique()
    room = max(1, _MOST_ROWS // n_tasks)
    return ordered(courses["method"], METHODS)[:room]


def plot(frame):
    """One row a task and method, one column a regime; all regimes of a row share the scale."""
    regimes = ordered(frame["regime"], REGIMES)
    methods = ordered(frame["method"], METHODS)
    rows = [
        (task, method)
        for task in ordered(frame["task"], TASKS)
        for method in methods
    ]
    figure, axes = panels(
        n_rows=len(rows),
        n_columns=len(regimes),
        row_height=1.75,
        sharex=True,
        sharey="row",
    )
    has_data = axes.astype(bool)
    for number, (task, method) in enumerate(rows):
        line = axes[number]
        of_task = frame[frame["task"] == task]
        of_row = of_task[of_task["method"] == method]
        for column, regime in enumerate(regimes):
            model = of_row[of_row["regime"] == regime]
            has_data[number, column] = len(model) > 0
            if len(model):
                _draw_course(line[column], model, regime)
        line[0].set_ylabel(
            f"{label(task)}, {label(method)}\nrelevance (logit)"
        )
    for axis in axes[-1]:
        axis.set_xlabel("time from R-peak (ms)")
        axis.xaxis.get_major_locator().set_params(nbins=5)
    hide_empty(axes, has_data)
    legend_below(figure, _legend(), columns=5)
    return figure


def _draw_course(axis, frame, regime):
    colour = regime_colours([regime])[regime]
    course = frame[frame["lag"].notna()]
    mean = course[course["seed"] == "mean"]
    time = 1000 * mean["lag"]
    axis.fill_between(
        time, mean["null_low"], mean["null_high"], color="0.86", linewidth=0
    )
    axis.fill_between(
        time,
        mean["ci_low"],
        mean["ci_high"],
        color=colour,
        alpha=0.2,
        linewidth=0,
    )
    axis.axvline(0, color="0.5", linewidth=0.7, linestyle=":")
    for _, seed in course[course["seed"] != "mean"].groupby("seed"):
        axis.plot(
            1000 * seed["lag"],
            seed["value"],
            color=colour,
            alpha=0.5,
            linewidth=0.6,
        )
    axis.plot(time, mean["value"], color=colour, linewidth=1.5)
    axis.set_title(f"{label(regime)}{_in_numbers(frame)}", size=SMALL)


def _in_numbers(frame):
    """Number of R-peaks; mean z and latency; in how many seeds p < 0.05: three lines."""
    of_mean = frame[frame["seed"] == "mean"]
    mean = of_mean.groupby("metric")["value"].first()
    n = frame.loc[frame["lag"].notna(), "n"].max()
    p = frame.loc[frame["metric"] == P, "value"]
    second = []
    if Z in mean:
        second.append(f"z = {mean[Z]:.1f}")
    if LATENCY in mean:
        milliseconds = 1000 * mean[LATENCY]
        second.append(f"peak {milliseconds:.0f} ms")
    lines = [f" (n = {n:.0f})"]
    if second:
        lines.append(", ".join(second))
    if len(p):
        n_low = (p < 0.05).sum()
        lines.append(f"p < 0.05 in {n_low} of {len(p)} seeds")
    return "\n".join(lines)


def _legend():
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    blue = next(iter(regime_colours().values()))
    interval = Patch(
        color=blue,
        alpha=0.2,
        linewidth=0,
        label="mean over seeds, interval",
    )
    mean = Line2D([], [], color=blue, linewidth=1.5)
    seed = Line2D(
        [], [], color=blue, alpha=0.5, linewidth=0.6, label="one seed"
    )
    band = Patch(color="0.86", linewidth=0, label="band of surrogates")
    r_peak = Line2D(
        [], [], color="0.5", linewidth=0.7, linestyle=":", label="R-peak"
    )
    return [(interval, mean), seed, band, r_peak]
