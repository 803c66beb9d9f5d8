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

CAPTION = """\
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
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Share of the region in every model against every reference, and what recurs over models.

    The mean over seeds where there are several.
    """
    extra = ("null", "enrichment", "p", "p_models", "channels")
    numbers = extra[1:4]
    frame = metric_table(tables, extra=extra, numbers=numbers)
    is_single = frame["metric"] == SHARE
    single = frame[is_single]
    if single["seed"].nunique() < 2:
        frame = frame[frame["metric"] != OF_SEEDS]
    metrics = (SHARE, OF_SEEDS, *OVER_MODELS)
    shown = frame["metric"].isin(metrics)
    shown &= frame["subject"] == "all"
    return frame[shown].reset_index(drop=True)


def plot(frame):
    """One row a task: models and references on the left, recurring electrodes on the right."""
    tasks = ordered(frame["task"], TASKS)
    is_share = frame["metric"].isin((SHARE, OF_SEEDS))
    shares = frame[is_share]
    recurring = frame[frame["metric"].isin(OVER_MODELS)]
    single = frame["regime"] != "all"
    regimes = ordered(frame.loc[single, "regime"], REGIMES)
    models = shares[["regime", "seed"]].drop_duplicates()
    height = 0.16 * len(models) + 0.55
    height = max(height, 1.5)
    widths = [1, 1.1]
    figure, axes = panels(
        len(tasks), 2, height, sharex="col", width_ratios=widths
    )
    for (left, right), task in zip(axes, tasks, strict=True):
        models = shares[shares["task"] == task]
        _draw_models(left, models, regimes)
        over_models = recurring[recurring["task"] == task]
        _draw_electrodes(right, over_models)
        left.set_title(label(task))
    last_left, last_right = axes[-1]
    last_left.set_xlabel("share of |relevance| in the region")
    last_right.set_xlabel("part of models with the electrode in a cluster")
    words = f"filled: above every reference (p < {ALPHA}, corrected)"
    handles = _legend(frame, regimes)
    legend_below(figure, handles, columns=4, title=words)
    return figure


def _draw_models(axis, frame, regimes):
    """One line a model, and one a regime: share with an interval, and the references."""
    shades = regime_colours(regimes)
    names = []
    for k, regime in enumerate(regimes):
        of_regime = frame[frame["regime"] == regime]
        for seed in ordered(of_regime["seed"]):
            of_seed = of_regime[of_regime["seed"] == seed]
            model = of_seed.set_index("null")
            look = shades[regime], MARKERS[k]
            y = len(names)
            _draw_model(axis, y, model, *look)
            name_of_seed = seed or "all seeds"
            names.append(f"{label(regime)}, {name_of_seed}")
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.set_xlim(left=0)
    axis.xaxis.set_major_formatter("{x:.0%}")


def _draw_model(axis, y, model, colour, marker):
    for name, look in MARKS.items():
        if name in model.index:
            chance = model.loc[name, "chance"]
            dot = {**look, "markersize": 5, "linestyle": ""}
            axis.plot(chance, y, **dot)
    whole = model.loc["all"]
    # The mean over seeds stands out.
    heavy = whole["metric"] == OF_SEEDS
    width = 2 if heavy else 1
    ends = whole["ci_low"], whole["ci_high"]
    axis.hlines(y, *ends, color=colour, linewidth=width)
    look = {
        "color": colour,
        "markersize": 6 if heavy else 4,
        "markerfacecolor": colour if is_above(model) else "white",
    }
    axis.plot(whole["value"], y, marker, **look)


def is_above(model):
    """Whether a model's share is above all references, models of permuted labels among them.

    Parameters
    ----------
    model : DataFrame
        Rows of one model, or of the mean over seeds, with `null` as index.
    """
    if "permuted" not in model.index:
        return False
    p = model.loc["all", "p"]
    return bool(p < ALPHA)


def _draw_electrodes(axis, frame):
    """Bars of the part of models, and marks of the part of models of permuted labels."""
    rows = _recurring(frame)
    if not rows:
        place = {"ha": "center", "va": "center"}
        axis.set_axis_off()
        axis.text(0.5, 0.5, _nothing(frame), transform=axis.transAxes, **place)
        return
    for y, (_, row) in enumerate(rows):
        colour = "0.6" if y else "#0b5c94"
        axis.barh(y, row.value, color=colour, height=0.7)
        ends = row.ci_low, row.ci_high
        axis.hlines(y, *ends, color="0.2", linewidth=0.8)
        if row.chance == row.chance:
            ends = y - 0.4, y + 0.4
            axis.vlines(row.chance, *ends, color="black", linewidth=1.2)
    names = [name for name, _ in rows]
    axis.set_yticks(range(len(rows)), names)
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_xlim(0, 1)
    axis.xaxis.set_major_formatter("{x:.0%}")


def _recurring(frame):
    """Names and rows of the bars: the region, then the electrodes that recur most."""
    bars = frame[frame["metric"] == "recurrence electrode"]
    in_models = bars["value"] > 0
    by_chance = bars["chance"] > 0
    bars = bars[in_models | by_chance]
    bars = bars.sort_values("value", ascending=False)
    whole = frame[frame["metric"] == "recurrence"]
    rows = [("in the region", row) for row in whole.itertuples()]
    for row in bars.head(11).itertuples():
        rows.append((row.channels, row))
    return rows


def _nothing(frame):
    words = "too few subjects for a cluster\nto have a p below 0.05"
    overlap = frame[frame["metric"] == "overlap"]
    for row in overlap.itertuples():
        words += (
            f"\n\nelectrodes that gain most,\npart in the region: {row.value:.0%} "
            f"[{row.ci_low:.0%}, {row.ci_high:.0%}]\nby chance {row.chance:.0%}"
        )
    return words


def _legend(frame, regimes):
    from matplotlib.lines import Line2D

    shades = regime_colours(regimes)
    handles = []
    for k, regime in enumerate(regimes):
        handle = Line2D(
            [],
            [],
            color=shades[regime],
            marker=MARKERS[k],
            markersize=4,
            label=label(regime),
        )
        handles.append(handle)
    present = set(frame["null"])
    for name, look in MARKS.items():
        if name in present:
            dot = {**look, "linestyle": "", "markersize": 5}
            words = REFERENCES[name]
            handles.append(Line2D([], [], **dot, label=words))
    return handles
