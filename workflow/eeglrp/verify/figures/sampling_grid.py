"""The sampling grid in the study's own maps: mean |relevance| by place, before any smoothing."""

from eeglrp.drawing import SMALL, colours, legend_below, panels, render
from eeglrp.labels import METHODS, TASKS, label, ordered
from eeglrp.tables import metric_table

CAPTION = """\
Mean magnitude of relevance by place on the model's sampling grid, relative to
its mean over time, before smoothing; mean over all models of a task, with the
bootstrap interval over subjects. Above: the eight samples of one step of the
first convolution. Below: the samples of a patch; what windows share at a
place, such as an R-peak near the middle, adds to it. A map is no flat measure
of time: a test that compares events with times drawn anywhere finds this grid.
All tests of timing here keep the place on it.
"""
TABLES = ("metrics/sampling_grid.tsv",)
MISSING = "No sampling grid: no attribution of this study has been summarised by place in time."
#: Metrics, a row each, and what their places are.
ROWS = {"step": "sample modulo 8", "patch": "sample in the patch"}
_KEYS = ["study", "task", "method", "subject", "metric", "place"]


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    shown = select(tables)
    render(plot, shown, MISSING, pdf, png, tsv)


def select(tables):
    """Mean over the models of a task, for each method; column `n_models`."""
    frame = metric_table(tables, extra=("place",), numbers=("place",))
    groups = frame.groupby(_KEYS, sort=False)
    shown = groups[["value", "ci_low", "ci_high", "chance"]].mean()
    shown["n"] = groups["n"].max()
    shown["n_models"] = groups.size()
    return shown.reset_index()


def plot(frame):
    """Above the step of the first convolution, below the patch; one column a task."""
    tasks = ordered(frame["task"], TASKS)
    methods = ordered(frame["method"], METHODS)
    figure, axes = panels(
        n_rows=len(ROWS),
        n_columns=len(tasks),
        row_height=1.8,
        sharey="row",
    )
    colour = colours(methods)
    for column, task in zip(axes.T, tasks, strict=True):
        of_task = frame[frame["task"] == task]
        for axis, (metric, words) in zip(column, ROWS.items(), strict=True):
            profiles = of_task[of_task["metric"] == metric]
            _draw_profiles(axis, profiles, colour, marked=metric == "step")
            axis.set_xlabel(words)
        column[0].set_title(_heading(of_task, task), size=SMALL)
    # Last: the axes of a row are shared, and limits that are set no longer grow.
    for axis in axes[:, 0]:
        axis.set_ylim(bottom=0)
        axis.set_ylabel("mean |relevance|\n(mean over time = 1)")
    legend_below(figure, _legend(colour))
    return figure


def _draw_profiles(axis, frame, colour, marked):
    look = {"linewidth": 0.8}
    if marked:
        look = {"marker": "o", "markersize": 2.5}
    axis.axhline(1, color="0.5", linewidth=0.7, linestyle=":")
    for method, profile in frame.groupby("method", sort=False):
        profile = profile.sort_values("place")
        place = profile["place"]
        axis.plot(place, profile["value"], color=colour[method], **look)
        axis.fill_between(
            place,
            profile["ci_low"],
            profile["ci_high"],
            color=colour[method],
            alpha=0.15,
            linewidth=0,
        )


def _heading(frame, task):
    n_models = frame["n_models"].max()
    n = frame["n"].max()
    return f"{label(task)}\n{n_models} models\nn ≤ {n:.0f} windows"


def _legend(colour):
    from matplotlib.lines import Line2D

    lines = [
        Line2D([], [], color=shade, label=label(name))
        for name, shade in colour.items()
    ]
    even = Line2D(
        [], [], color="0.5", linewidth=0.7, linestyle=":", label="even"
    )
    return [*lines, even]
