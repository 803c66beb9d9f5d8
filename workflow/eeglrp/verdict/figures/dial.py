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

CAPTION = """
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
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Accuracies and verdicts of every level and cohort; shares of verdicts, errors and flips."""
    import pandas as pd

    from eeglrp.files import METRIC_COLUMNS, read_table
    from eeglrp.verdict.dial import EXTRA

    columns = [*METRIC_COLUMNS, *EXTRA]
    frame = pd.concat(
        [read_table(path, columns) for path in tables], ignore_index=True
    )
    frame[list(NUMBERS)] = frame[list(NUMBERS)].astype(float)
    return frame


def plot(frame):
    """Accuracies by arm above, the verdict of every cohort below; one column a regime."""
    regimes = ordered(frame["regime"], REGIMES)
    own = frame[frame["task"].notna() & (frame["task"] != "")]
    places = (
        own[["confound", "mu"]]
        .drop_duplicates()
        .sort_values(["confound", "mu"])
    )
    places = list(places.itertuples(index=False, name=None))
    figure, axes = panels(2, len(regimes), 1.9, sharex=True)
    for column, regime in enumerate(regimes):
        part = own[own["regime"] == regime]
        _draw_accuracies(axes[0, column], part, places, first=column == 0)
        _draw_verdicts(axes[1, column], part, places, first=column == 0)
        axes[0, column].set_title(label(regime))
    legend_below(figure, axes[0, 0].get_legend_handles_labels()[0], columns=3)
    return figure


def _draw_accuracies(axis, frame, places, first):
    for k, (name, colour) in enumerate(colours(ACCURACIES).items()):
        part = frame[frame["question"] == name]
        if part.empty:
            continue
        shift = 0.1 * (k - (len(ACCURACIES) - 1) / 2)
        x = [
            places.index(place) + shift
            for place in zip(part["confound"], part["mu"], strict=True)
        ]
        means = part.groupby(["confound", "mu"])["value"].mean()
        axis.plot(
            [places.index(place) + shift for place in means.index],
            means,
            color=colour,
            marker=MARKERS[k],
            markersize=4,
            label=ACCURACIES[name],
        )
        axis.vlines(
            x,
            part["ci_low"],
            part["ci_high"],
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
    from matplotlib.patches import Rectangle

    overall = frame[frame["question"] == "overall"]
    cohorts = sorted(overall["cohort"].unique())
    for one in overall.itertuples():
        x, y = places.index((one.confound, one.mu)), cohorts.index(one.cohort)
        box = Rectangle((x - 0.48, y - 0.45), 0.96, 0.9, linewidth=0)
        box.set_color(VERDICT_LOOK[one.finding])
        axis.add_patch(box)
        ink = "black" if one.finding in ("undecided", "neither") else "white"
        axis.text(
            x, y, one.finding, ha="center", va="center", color=ink, size=SMALL
        )
    axis.set_xticks(range(len(places)), [f"{p:g}\n{mu:g}" for p, mu in places])
    axis.set_xlabel(
        "probability that saccades follow the cue\nloss of mu's amplitude"
    )
    axis.set_yticks(
        range(len(cohorts)), [f"cohort {k + 1}" for k in range(len(cohorts))]
    )
    axis.set_ylim(len(cohorts) - 0.5, -0.5)
    axis.set_xlim(-0.55, len(places) - 0.45)
    axis.tick_params(length=0)
    if not first:
        axis.set_yticklabels([])
