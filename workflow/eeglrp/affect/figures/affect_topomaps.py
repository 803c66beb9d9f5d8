"""Where relevance for affect exceeds what no label explains, with the clusters that the test found.

Above, each electrode's share of the total |relevance|; below, what it has beyond the reference:
models of permuted labels where the study has any, untrained ones otherwise. Rings mark the region
named beforehand, filled dots the electrodes of clusters.
"""

from eeglrp.affect.maps_table import PREFERRED
from eeglrp.affect.maps_table import SHARE as REGION_SHARE
from eeglrp.drawing import SMALL, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.scalp.draw import draw_scalp, montage_names
from eeglrp.tables import metric_table, over_seeds

CAPTION = """
Relevance for arousal and valence on the scalp, mean over subjects and seeds.
Upper row: share of an electrode in the total of absolute relevance. Lower row:
the same minus that of a reference which no label explains: models trained on
labels whose blocks changed places if the study trained any, otherwise
untrained models. Red: more than the reference.

Rings: the region named beforehand. Black dots: electrodes of clusters of more
relevance than the reference (cluster permutation test over electrodes,
subjects as the sample, p < 0.05 for the whole scalp of one model, in half of
the seeds or more). A cluster shows that a model's map differs from the
reference in the same way in all subjects; that it does so because of the
labels only models of permuted labels can tell.
"""
TABLES = (
    "metrics/topography.tsv",
    "metrics/affect_maps.tsv",
    "metrics/affect_cluster.tsv",
)
SHARE, GAIN = "share", "share beyond reference"
MISSING = (
    "No maps of affect: no model of arousal or valence has been explained."
)
#: What the reference is, in the footnote.
WORDS = {
    "permuted": "models trained on labels in another order",
    "untrained": "untrained models",
    "signal": "|signal|",
    "chance": "equal shares",
}
#: Level below which a cluster is marked.
ALPHA = 0.05
_MAP = 0.95
_LEVELS = 17
_KEYS = ["study", "task", "regime", "method", "metric", "channel"]


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Share and gain of every electrode, mean over subjects and seeds.

    Columns besides: `null` (the reference), `region` (1 in the region named beforehand) and
    `cluster` (part of the seeds in which a cluster of more relevance, p < 0.05, holds the
    electrode).
    """
    import pandas as pd

    topography, maps, tests = tables
    tested = metric_table(
        [tests], extra=("null", "p", "channels"), numbers=("p",)
    )
    maps = metric_table([maps], extra=("source", "channel"))
    shares = metric_table([topography], extra=("class", "channel"))
    own = (
        (shares["metric"] == SHARE)
        & (shares["class"] == "all")
        & (shares["subject"] != "all")
    )
    shares = shares[own & shares["task"].isin(tested["task"])]
    own = shares["method"].isin(tested["method"]) & shares["regime"].isin(
        tested["regime"]
    )
    shares = shares[own]
    frames = []
    for (task, regime), part in shares.groupby(["task", "regime"], sort=False):
        null, reference = _reference(maps[maps["task"] == task], regime)
        of_test = tested[
            (tested["task"] == task) & (tested["regime"] == regime)
        ]
        even = (
            part["chance"]
            if reference is None
            else part["channel"].map(reference)
        )
        gain = part.assign(metric=GAIN, value=part["value"] - even, chance=0.0)
        both = over_seeds(pd.concat([part, gain]), _KEYS)
        marks = _marks(of_test, null)
        frames.append(
            both.assign(
                null=null,
                region=both["channel"].isin(_region(of_test)).astype(int),
                cluster=both["channel"].map(marks).fillna(0.0),
            )
        )
    return pd.concat(frames, ignore_index=True) if frames else shares


def _reference(maps, regime):
    """Name of the reference, and its shares by electrode; none for equal shares."""
    for name in PREFERRED:
        own = maps[maps["source"] == name]
        own = own[own["regime"] == regime] if name == "permuted" else own
        if len(own):
            return name, own.groupby("channel")["value"].mean()
    return "chance", None


def _region(tested):
    named = tested.loc[
        (tested["metric"] == REGION_SHARE) & (tested["null"] == "all")
    ]
    return set(" ".join(named["channels"].dropna()).split())


def _marks(tested, null):
    """Electrode -> part of the seeds in which a cluster of more relevance holds it."""
    found = tested[(tested["metric"] == "cluster") & (tested["null"] == null)]
    found = found[(found["value"] > 0) & (found["p"] < ALPHA)]
    seeds = tested.loc[tested["metric"] == REGION_SHARE, "seed"].nunique()
    electrodes = found["channels"].str.split().explode()
    return electrodes.groupby(electrodes).size() / max(seeds, 1)


def plot(frame):
    """One column a task and regime; shares above, gains below."""
    from matplotlib.figure import Figure

    models = [
        (task, regime)
        for task in ordered(frame["task"], TASKS)
        for regime in ordered(
            frame.loc[frame["task"] == task, "regime"], REGIMES
        )
    ]
    width = max(len(models) * _MAP + 1.3, 4.0)
    figure = Figure(figsize=(width, 2 * _MAP + 0.85), layout="constrained")
    axes = figure.subplots(2, len(models), squeeze=False)
    for row, metric in enumerate((SHARE, GAIN)):
        scale = _scale(frame[frame["metric"] == metric], signed=metric == GAIN)
        for axis, (task, regime) in zip(axes[row], models, strict=True):
            own = frame[(frame["task"] == task) & (frame["regime"] == regime)]
            _draw_map(
                axis,
                own[own["metric"] == metric],
                scale,
                marked=metric == GAIN,
            )
            if row == 0:
                axis.set_title(
                    f"{label(task)}\n{label(regime)}", size=SMALL + 0.5
                )
        words = (
            "share of |relevance|" if metric == SHARE else "beyond reference"
        )
        _colour_bar(figure, axes[row], scale, words)
    figure.supxlabel(_footnote(frame), size=SMALL)
    return figure


def _scale(frame, signed):
    import seaborn
    from matplotlib.colors import Normalize

    largest = frame["value"].abs().max() or 1.0
    colours = seaborn.color_palette(
        "RdBu_r" if signed else "rocket_r", as_cmap=True
    )
    return Normalize(-largest if signed else 0.0, largest), colours.resampled(
        _LEVELS
    )


def _draw_map(axis, frame, scale, marked):
    norm, colours = scale
    placed = frame[frame["channel"].str.upper().isin(montage_names())]
    if placed.empty:
        axis.set_axis_off()
        return
    names = tuple(placed["channel"])
    draw_scalp(
        axis,
        placed["value"].to_numpy(),
        names,
        colours,
        (norm.vmin, norm.vmax),
    )
    points = _drawn_at(axis)
    region = placed["region"].to_numpy() > 0
    ring = {
        "facecolors": "none",
        "edgecolors": "0.1",
        "linewidths": 0.7,
        "zorder": 5,
    }
    axis.scatter(*points[region].T, s=16, **ring)
    if marked:
        held = placed["cluster"].to_numpy() >= 0.5
        axis.scatter(
            *points[held].T, s=9, color="black", linewidths=0, zorder=6
        )


def _drawn_at(axis):
    """Places (n_channels, 2) of the electrodes on a map that was drawn."""
    electrodes = next(line for line in axis.lines if line.get_marker() == ".")
    return electrodes.get_xydata()


def _colour_bar(figure, axes, scale, words):
    from matplotlib.cm import ScalarMappable

    mappable = ScalarMappable(*scale)
    bar = figure.colorbar(
        mappable, ax=axes, shrink=0.8, aspect=16, format="{x:.0%}"
    )
    bar.set_label(words, size=SMALL)
    bar.outline.set_linewidth(0.5)
    bar.ax.tick_params(labelsize=SMALL, width=0.6, length=2)
    bar.locator.set_params(nbins=5)
    bar.update_ticks()


def _footnote(frame):
    used = [WORDS[name] for name in PREFERRED if name in set(frame["null"])]
    return (
        f"{label(frame['method'].iloc[0])}; reference: {', '.join(used)}; rings: region named "
        f"beforehand; dots: cluster, p < {ALPHA} in half of the seeds"
    )
