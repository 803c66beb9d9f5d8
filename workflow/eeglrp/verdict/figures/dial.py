"""The verdict on simulated recordings as its truth is turned from mu to saccades."""

from eeglrp.drawing import (
    MARKERS,
    SMALL,
    colours,
    legend_below,
    panels,
    render,
)
from eeglrp.labels import REGIMES, label, ordered
from eeglrp.tables import NUMBERS
from eeglrp.verdict.figures.verdict import VERDICT_LOOK

CAPTION = """\
Verdicts where the truth is known: simulated imagery in which saccades follow
the cue more and more often (upper number) while mu loses less and less of its
amplitude (lower number). Above: balanced accuracy by input, means over
cohorts, with the interval over subjects of each cohort; dashes: chance. Below:
the verdict on each cohort of subjects. At the left end sensorimotor is the
truth, at the right end ocular.
"""
TABLES = ("metrics/dial.tsv",)
MISSING = "No dial: this study has no simulated imagery with arms over a ladder of confounds."
#: Questions whose first value is an accuracy on an input -> what is said of that input.
ACCURACIES = {
    "decodes": "all electrodes",
    "left heog_regressed": "tested with HEOG regressed out",
    "frontal_only": "frontal electrodes only",
    "sensorimotor_only": "sensorimotor electrodes only",
}


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    shown = select(tables)
    render(plot, shown, MISSING, pdf, png, tsv)


def select(tables):
    """Accuracies and verdicts of every level and cohort; shares of verdicts, errors and flips."""
    import pandas as pd

    from eeglrp.files import METRIC_COLUMNS, read_table
    from eeglrp.verdict.dial import EXTRA

    columns = [*METRIC_COLUMNS, *EXTRA]
    frames = [read_table(path, columns) for path in tables]
    frame = pd.concat(frames, ignore_index=True)
    frame[list(NUMBERS)] = frame[list(NUMBERS)].astype(float)
    return frame


def plot(frame):
    """Accuracies by arm above, the verdict of every cohort below; one column a regime."""
    regimes = ordered(frame["regime"], REGIMES)
    has_task = frame["task"].notna() & (frame["task"] != "")
    of_cohorts = frame[has_task]
    places = _places(of_cohorts)
    figure, axes = panels(
        n_rows=2,
        n_columns=len(regimes),
        row_height=1.9,
        sharex=True,
    )
    for column, regime in enumerate(regimes):
        shown = of_cohorts[of_cohorts["regime"] == regime]
        first = column == 0
        _draw_accuracies(axes[0, column], shown, places, first)
        _draw_verdicts(axes[1, column], shown, places, first)
        axes[0, column].set_title(label(regime))
    handles, _ = axes[0, 0].get_legend_handles_labels()
    legend_below(figure, handles, columns=3)
    return figure


def _places(frame):
    """Levels from left to right: pairs of confound and loss of mu."""
    levels = frame[["confound", "mu"]].drop_duplicates()
    levels = levels.sort_values(["confound", "mu"])
    return list(levels.itertuples(index=False, name=None))


def _draw_accuracies(axis, frame, places, first):
    middle = (len(ACCURACIES) - 1) / 2
    for k, (name, colour) in enumerate(colours(ACCURACIES).items()):
        cohorts = frame[frame["question"] == name]
        if cohorts.empty:
            continue
        shift = 0.1 * (k - middle)
        means = cohorts.groupby(["confound", "mu"])["value"].mean()
        axis.plot(
            [places.index(level) + shift for level in means.index],
            means,
            color=colour,
            marker=MARKERS[k],
            markersize=4,
            label=ACCURACIES[name],
        )
        levels = zip(cohorts["confound"], cohorts["mu"], strict=True)
        axis.vlines(
            [places.index(level) + shift for level in levels],
            cohorts["ci_low"],
            cohorts["ci_high"],
            color=colour,
            linewidth=0.8,
            alpha=0.7,
        )
    axis.axhline(
        0.5, color="0.2", linewidth=1, linestyle=(0, (3, 2)), label="chance"
    )
    if first:
        axis.set_ylabel("balanced accuracy")


def _draw_verdicts(axis, frame, places, first):
    overall = frame[frame["question"] == "overall"]
    cohorts = sorted(overall["cohort"].unique())
    for verdict in overall.itertuples():
        x = places.index((verdict.confound, verdict.mu))
        y = cohorts.index(verdict.cohort)
        _draw_cell(axis, x, y, verdict.finding)
    axis.set_xticks(range(len(places)), [f"{p:g}\n{mu:g}" for p, mu in places])
    axis.set_xlabel(
        "probability that saccades follow the cue\nloss of mu's amplitude"
    )
    numbers = range(len(cohorts))
    axis.set_yticks(numbers, [f"cohort {k + 1}" for k in numbers])
    axis.set_ylim(len(cohorts) - 0.5, -0.5)
    axis.set_xlim(-0.55, len(places) - 0.45)
    axis.tick_params(length=0)
    if not first:
        axis.set_yticklabels([])


def _draw_cell(axis, x, y, finding):
    from matplotlib.patches import Rectangle

    box = Rectangle((x - 0.48, y - 0.45), 0.96, 0.9, linewidth=0)
    box.set_color(VERDICT_LOOK[finding])
    axis.add_patch(box)
    ink = "black" if finding in ("undecided", "neither") else "white"
    axis.text(x, y, finding, ha="center", va="center", color=ink, size=SMALL)
