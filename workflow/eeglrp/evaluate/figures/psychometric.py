"""How strong must a planted field be? Decoding and localisation against its amplitude."""

from textwrap import fill

import numpy as np

from eeglrp.drawing import (
    MARKERS,
    colours,
    legend_below,
    panels,
    regime_colours,
    render,
)
from eeglrp.evaluate.psychometric import EXTRA
from eeglrp.labels import METHODS, REGIMES, YARDSTICKS, label, ordered
from eeglrp.tables import metric_table

CAPTION = """\
Decoding and localisation of a field of known size, added to recordings or
simulated, against its amplitude at the strongest electrode. Points: means over
seeds and subjects, with the bootstrap interval over subjects. Localisation is
the AUC of relevance against that field, on correctly decoded windows that
carry it; where a model decodes at chance these were lucky guesses. Ticks on
the lower axis: threshold, the amplitude half-way between chance and the
ceiling of a logistic function of log amplitude. Curves whose intervals do not
stay above chance up to the largest amplitude have no threshold, nor have those
that still rise there.
"""
TABLES = ("metrics/psychometric.tsv",)
MISSING = (
    "No psychometric curve: no tasks of this study differ in the amplitude of a planted field "
    "(`plant`, as in config/planted.yaml, or a simulated `truth`, as in planted-simulated.yaml)."
)
#: Factor between the places of neighbouring curves at one amplitude, so that intervals stay apart.
_APART = 1.035
#: Panels beside each other.
_COLUMNS = 3


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Means over subjects at each amplitude, and thresholds."""
    frame = metric_table(tables, EXTRA, ["amplitude"])
    frame = frame.fillna({"method": ""})
    pooled = frame[frame["subject"] == "all"]
    return pooled.reset_index(drop=True)


def plot(frame):
    """For each curve, decoding of all regimes, then the methods' AUC, a panel a regime."""
    curves = ordered(frame["curve"])
    auc = frame[frame["metric"] == "auc"]
    regimes = ordered(auc["regime"], REGIMES)
    methods = _methods(frame)
    n_panels = 1 + len(regimes)
    n_rows = -(-n_panels // _COLUMNS)
    n_columns = min(_COLUMNS, n_panels)
    n_lines = len(curves) * n_rows
    figure, axes = panels(n_lines, n_columns, 2.4)
    of_auc = []
    blocks = np.split(axes, len(curves))
    for block, curve in zip(blocks, curves, strict=True):
        first, *others = block.flat
        of_curve = frame[frame["curve"] == curve]
        _draw_decoding(first, of_curve, curve)
        for axis, regime in zip(others, regimes, strict=False):
            _draw_localisation(axis, of_curve, regime, methods)
            of_auc.append(axis)
        for axis in others[len(regimes) :]:
            axis.set_axis_off()
    _same_heights(of_auc)
    legend_below(figure, _legend(methods), columns=4)
    return figure


def _draw_decoding(axis, frame, curve):
    is_decoding = frame["metric"].str.startswith("balanced_accuracy")
    frame = frame[is_decoding]
    decoders = ordered(frame["regime"], REGIMES)
    shades = regime_colours(decoders)
    looks = {name: shades[name] for name in decoders}
    _draw_panel(axis, frame, "regime", looks)
    axis.legend(loc="upper left", handlelength=1.2)
    title = fill(f"Decoding, {curve}", 36)
    axis.set(title=title, ylabel="balanced accuracy")


def _draw_localisation(axis, frame, regime, methods):
    is_auc = frame["metric"].str.startswith("auc")
    is_regime = frame["regime"] == regime
    frame = frame[is_auc & is_regime]
    _draw_panel(axis, frame, "method", methods)
    axis.set(title=f"Localisation, {label(regime)}", ylabel="AUC, signed")


def _methods(frame):
    """Colour of every method; the yardsticks grey, and last."""
    auc = frame[frame["metric"] == "auc"]
    names = ordered(auc["method"], METHODS)
    methods = [name for name in names if name not in YARDSTICKS]
    looks = colours(methods)
    greys = ((0.3, 0.3, 0.3), (0.65, 0.65, 0.65))
    grey_of = dict(zip(YARDSTICKS, greys, strict=True))
    for name in names:
        if name in YARDSTICKS:
            looks[name] = grey_of[name]
    return looks


def _draw_panel(axis, frame, column, looks):
    """One line a name in `column`, with intervals; a tick on the axis at each threshold."""
    points = frame[frame["amplitude"].notna()]
    is_threshold = frame["metric"].str.endswith("threshold")
    thresholds = frame[is_threshold]
    sizes = sorted(points["amplitude"].unique())
    axis.set_xscale("log", base=2)
    words = [f"{size:g}" for size in sizes]
    axis.set_xticks(sizes, words)
    axis.minorticks_off()
    middle = (len(looks) - 1) / 2
    for number, (name, colour) in enumerate(looks.items()):
        curve = points[points[column] == name]
        curve = curve.sort_values("amplitude")
        shift = _APART ** (number - middle)
        marker = MARKERS[number % len(MARKERS)]
        _draw_curve(axis, curve, shift, marker, colour, label(name))
        ends = thresholds[thresholds[column] == name]
        axis.vlines(
            ends["value"],
            0,
            0.07,
            color=colour,
            linewidth=1.8,
            transform=axis.get_xaxis_transform(),
        )
    chance = points.groupby("amplitude")["chance"].mean()
    axis.plot(
        chance.index, chance, color="0.2", linewidth=1, linestyle=(0, (3, 2))
    )
    axis.grid(axis="y", color="0.93", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.set_xlabel("planted amplitude (µV)")


def _draw_curve(axis, curve, shift, marker, colour, name):
    """Means over subjects with their intervals, aside of other curves' by a factor."""
    place = curve["amplitude"] * shift
    axis.plot(
        place,
        curve["value"],
        marker=marker,
        markersize=3,
        linewidth=0.9,
        color=colour,
        label=name,
    )
    axis.vlines(
        place,
        curve["ci_low"],
        curve["ci_high"],
        color=colour,
        linewidth=0.8,
        alpha=0.7,
    )


def _same_heights(axes):
    """The same limits in all panels of AUC."""
    limits = np.array([axis.get_ylim() for axis in axes])
    low = limits.min()
    high = limits.max()
    for axis in axes:
        axis.set_ylim(low, high)


def _legend(methods):
    from matplotlib.lines import Line2D

    handles = []
    for number, (name, colour) in enumerate(methods.items()):
        marker = MARKERS[number % len(MARKERS)]
        look = {"color": colour, "marker": marker, "ms": 3}
        handles.append(Line2D([], [], label=label(name), **look))
    tick = {
        "color": "0.4",
        "marker": "|",
        "linestyle": "",
        "markersize": 6,
        "mew": 1.8,
    }
    dashes = {"color": "0.2", "linestyle": (0, (3, 2)), "linewidth": 1}
    return [
        *handles,
        Line2D([], [], label="threshold", **tick),
        Line2D([], [], label="chance", **dashes),
    ]
