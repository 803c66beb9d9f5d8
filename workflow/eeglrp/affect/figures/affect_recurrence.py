"""Whether the central cluster comes back: its share in every model, and the electrodes that do.

A finding about arousal should come back in every seed and regime, lie above all references, and be
absent where the labels were put into another order.
"""

from eeglrp.affect.maps_table import OF_SEEDS, REFERENCES, SHARE
from eeglrp.drawing import (
    MARKERS,
    legend_below,
    panels,
    regime_colours,
    render,
)
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import metric_table

CAPTION = """
Left: share of absolute relevance in the central electrodes named beforehand,
one line a model (regime and seed), with the bootstrap interval over subjects;
thick lines: the mean over a regime's seeds, which is the study's answer. Grey
and black marks: the share that the region would have by its number of
electrodes, that of the absolute signal, of what the model's spatial embedding
receives, of untrained models, and of models trained on labels whose blocks
changed places. Filled markers: the share lies above every one of these, over
subjects (signs flipped) and over models (one model, or the mean over seeds,
against those without labels), with p < 0.05 after Holm's correction over all
models of both tasks, or over tasks and regimes; without models of permuted
labels no marker is filled.

Right: the part of the models with a significant cluster that lies in the
region by at least half, and with the electrode in any such cluster of more
relevance; Wilson's intervals over models, which share subjects. Black lines:
the same among models of permuted labels, each against the others. The region
plays no part in finding clusters.
"""
TABLES = ("metrics/affect_cluster.tsv",)
MISSING = "No test of the central cluster: no model of arousal or valence has been explained."
ALPHA = 0.05
#: Reference -> its mark beside a model.
MARKS = {
    "chance": {"marker": "|", "color": "0.2"},
    "signal": {"marker": "|", "color": "0.65"},
    "embedding": {"marker": "x", "color": "0.45"},
    "untrained": {"marker": "d", "color": "0.45"},
    "permuted": {"marker": "s", "color": "0.45"},
}
#: Metrics over models.
OVER_MODELS = (
    "recurrence",
    "recurrence electrode",
    "overlap",
    "overlap permuted",
)


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Share of the region in every model against every reference, and what recurs over models.

    The mean over seeds where there are several.
    """
    extra = ("null", "enrichment", "p", "p_models", "channels")
    frame = metric_table(tables, extra=extra, numbers=extra[1:4])
    single = frame[frame["metric"] == SHARE]
    if single["seed"].nunique() < 2:
        frame = frame[frame["metric"] != OF_SEEDS]
    shown = frame["metric"].isin((SHARE, OF_SEEDS, *OVER_MODELS)) & (
        frame["subject"] == "all"
    )
    return frame[shown].reset_index(drop=True)


def plot(frame):
    """One row a task: models and references on the left, recurring electrodes on the right."""
    tasks = ordered(frame["task"], TASKS)
    regimes = ordered(frame.loc[frame["regime"] != "all", "regime"], REGIMES)
    shares = frame[frame["metric"].isin((SHARE, OF_SEEDS))]
    models = shares[["regime", "seed"]].drop_duplicates()
    height = max(len(models) * 0.16 + 0.55, 1.5)
    figure, axes = panels(
        len(tasks), 2, height, sharex="col", width_ratios=[1, 1.1]
    )
    for row, task in zip(axes, tasks, strict=True):
        here = frame[frame["task"] == task]
        _draw_models(row[0], shares[shares["task"] == task], regimes)
        _draw_electrodes(row[1], here[here["metric"].isin(OVER_MODELS)])
        row[0].set_title(label(task))
    axes[-1, 0].set_xlabel("share of |relevance| in the region")
    axes[-1, 1].set_xlabel("part of models with the electrode in a cluster")
    words = f"filled: above every reference (p < {ALPHA}, corrected)"
    legend_below(figure, _legend(frame, regimes), columns=4, title=words)
    return figure


def _draw_models(axis, frame, regimes):
    """One line a model, and one a regime: share with an interval, and the references."""
    shades, names = regime_colours(regimes), []
    for regime in regimes:
        own = frame[frame["regime"] == regime]
        for seed in ordered(own["seed"]):
            model = own[own["seed"] == seed].set_index("null")
            _draw_model(
                axis,
                len(names),
                model,
                shades[regime],
                MARKERS[regimes.index(regime)],
            )
            names.append(f"{label(regime)}, {seed or 'all seeds'}")
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.set_xlim(left=0)
    axis.xaxis.set_major_formatter("{x:.0%}")


def _draw_model(axis, y, model, colour, marker):
    for name, look in MARKS.items():
        if name in model.index:
            axis.plot(
                model.loc[name, "chance"],
                y,
                markersize=5,
                linestyle="",
                **look,
            )
    whole = model.loc["all"]
    # The mean over seeds stands out.
    heavy = whole["metric"] == OF_SEEDS
    axis.hlines(
        y,
        whole["ci_low"],
        whole["ci_high"],
        color=colour,
        linewidth=2 if heavy else 1,
    )
    look = {"color": colour, "markersize": 6 if heavy else 4}
    look["markerfacecolor"] = colour if is_above(model) else "white"
    axis.plot(whole["value"], y, marker, **look)


def is_above(model):
    """Whether a model's share is above all references, models of permuted labels among them.

    Parameters
    ----------
    model : DataFrame
        Rows of one model, or of the mean over seeds, with `null` as index.
    """
    return bool("permuted" in model.index and model.loc["all", "p"] < ALPHA)


def _draw_electrodes(axis, frame):
    """Bars of the part of models, and marks of the part of models of permuted labels."""
    bars = frame[frame["metric"] == "recurrence electrode"]
    bars = bars[(bars["value"] > 0) | (bars["chance"] > 0)].sort_values(
        "value", ascending=False
    )
    whole = frame[frame["metric"] == "recurrence"]
    rows = [("in the region", one) for one in whole.itertuples()]
    rows += [(one.channels, one) for one in bars.head(11).itertuples()]
    if not rows:
        axis.set_axis_off()
        axis.text(
            0.5,
            0.5,
            _nothing(frame),
            ha="center",
            va="center",
            transform=axis.transAxes,
        )
        return
    for y, (_, one) in enumerate(rows):
        axis.barh(y, one.value, color="0.6" if y else "#0b5c94", height=0.7)
        axis.hlines(y, one.ci_low, one.ci_high, color="0.2", linewidth=0.8)
        if one.chance == one.chance:
            axis.vlines(
                one.chance, y - 0.4, y + 0.4, color="black", linewidth=1.2
            )
    axis.set_yticks(range(len(rows)), [name for name, _ in rows])
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_xlim(0, 1)
    axis.xaxis.set_major_formatter("{x:.0%}")


def _nothing(frame):
    overlap = frame[frame["metric"] == "overlap"]
    words = "too few subjects for a cluster\nto have a p below 0.05"
    for one in overlap.itertuples():
        words += (
            f"\n\nelectrodes that gain most,\npart in the region: {one.value:.0%} "
            f"[{one.ci_low:.0%}, {one.ci_high:.0%}]\nby chance {one.chance:.0%}"
        )
    return words


def _legend(frame, regimes):
    from matplotlib.lines import Line2D

    shades, present = regime_colours(regimes), set(frame["null"])
    handles = [
        Line2D(
            [],
            [],
            color=shades[name],
            marker=MARKERS[k],
            markersize=4,
            label=label(name),
        )
        for k, name in enumerate(regimes)
    ]
    return handles + [
        Line2D(
            [], [], **look, linestyle="", markersize=5, label=REFERENCES[name]
        )
        for name, look in MARKS.items()
        if name in present
    ]
