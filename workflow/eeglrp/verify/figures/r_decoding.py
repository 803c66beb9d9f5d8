"""Does relevance follow the heartbeat where the model decodes? One point a subject."""

from eeglrp.drawing import (
    SMALL,
    has_rows,
    hide_empty,
    panels,
    regime_colours,
    render,
)
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import default_method, metric_table, over_seeds

CAPTION = """\
Locking of relevance to the R-peak against balanced accuracy, one point a
subject, mean over seeds. Locking is the largest deviation from surrogates over
lags, in their standard deviations, of either sign: where nothing is locked its
sign is arbitrary, and its size is that of the horizontal dotted line, what
surrogates reach. Above each panel Spearman's correlation over subjects: mean
over seeds with the bootstrap interval over subjects, and in how many seeds a
permutation of the subjects gives p < 0.05. Both come from the same test
windows, and a window that is classified wrongly changes both: a correlation
says that they go together, not why. Vertical dotted line: the accuracy of
guessing two classes.
"""
TABLES = (
    "metrics/r_decoding.tsv",
    "metrics/r_peak.tsv",
    "metrics/decoding.tsv",
)
MISSING = (
    "No subject has both a test of relevance around the R-peak and a balanced accuracy: no task "
    "of this study has windows with R-peak times, or its subjects have too few of them."
)
LOCKING, ACCURACY, RHO, P = "r_locked_z", "balanced_accuracy", "spearman", "p"
_POINT = ["study", "task", "regime", "subject"]
_MODEL = ["study", "task", "regime", "method", "subject", "metric"]


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    shown = select(tables)
    render(plot, shown, MISSING, pdf, png, tsv)


def select(tables):
    """Points, mean over seeds (`value` is |z|, `accuracy` beside it), and the correlations."""
    import pandas as pd

    correlation, r_peak, decoding = (metric_table([path]) for path in tables)
    method = default_method(r_peak["method"])
    # Where nothing is locked, the largest deviation has a sign by chance; so has chance itself.
    r_peak = r_peak.assign(
        value=r_peak["value"].abs(), chance=r_peak["chance"].abs()
    )
    z = _subjects(r_peak[r_peak["method"] == method], LOCKING)
    accuracy = _subjects(decoding, ACCURACY)[[*_POINT, "value"]]
    accuracy = accuracy.rename(columns={"value": "accuracy"})
    points = z.merge(accuracy, on=_POINT)
    if points.empty:
        return points
    correlation = correlation[correlation["method"] == method]
    rho = correlation[correlation["metric"] == RHO]
    mean = over_seeds(rho, _MODEL).assign(seed="mean")
    return pd.concat([points, correlation, mean], ignore_index=True)


def _subjects(frame, metric):
    """Mean over seeds of one metric, for every subject."""
    of_metric = frame["metric"] == metric
    single = frame["subject"] != "all"
    return over_seeds(frame[of_metric & single], _MODEL)


def plot(frame):
    """One row a task, one column a regime; all of a row share their axes."""
    tasks = ordered(frame["task"], TASKS)
    regimes = ordered(frame["regime"], REGIMES)
    method = label(frame["method"].iloc[0])
    figure, axes = panels(
        n_rows=len(tasks),
        n_columns=len(regimes),
        row_height=2.0,
        sharex="row",
        sharey="row",
    )
    colour = regime_colours(regimes)
    for line, task in zip(axes, tasks, strict=True):
        of_task = frame[frame["task"] == task]
        for axis, regime in zip(line, regimes, strict=True):
            model = of_task[of_task["regime"] == regime]
            if model.empty:
                continue
            _draw_points(axis, model, colour[regime])
            axis.set_title(_heading(model, regime), size=SMALL)
        # Last: the axes of a row are shared, and limits that are set no longer grow.
        line[0].set_ylim(bottom=0)
        line[0].set_ylabel(
            f"{label(task)}, {method}\nlargest |z| around R-peak"
        )
    for axis in axes[-1]:
        axis.set_xlabel("balanced accuracy")
    hide_empty(axes, has_rows(frame, tasks, regimes))
    return figure


def _draw_points(axis, frame, colour):
    points = frame[frame["metric"] == LOCKING]
    if len(points):
        axis.axhline(
            points["chance"].mean(), color="0.6", linewidth=0.7, linestyle=":"
        )
    axis.axvline(0.5, color="0.6", linewidth=0.7, linestyle=":")
    axis.plot(
        points["accuracy"],
        points["value"],
        "o",
        color=colour,
        markersize=3.5,
        alpha=0.7,
    )


def _heading(frame, regime):
    """Regime, number of subjects, Spearman's correlation; in how many seeds p < 0.05."""
    n = (frame["metric"] == LOCKING).sum()
    first = f"{label(regime)} ({n} subjects)"
    is_rho = frame["metric"] == RHO
    mean = frame[is_rho & (frame["seed"] == "mean")]
    if mean.empty:
        return f"{first}\ntoo few for a correlation"
    rho, low, high = mean.iloc[0][["value", "ci_low", "ci_high"]]
    second = f"ρ = {rho:.2f} [{low:.2f}, {high:.2f}]"
    p = frame.loc[frame["metric"] == P, "value"]
    third = f"p < 0.05 in {(p < 0.05).sum()} of {len(p)} seeds"
    return f"{first}\n{second}\n{third}"
