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

CAPTION = """
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
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Means over subjects at each amplitude, and thresholds."""
    frame = metric_table(tables, EXTRA, ["amplitude"]).fillna({"method": ""})
    return frame[frame["subject"] == "all"].reset_index(drop=True)


def plot(frame):
    """For each curve, decoding of all regimes, then the methods' AUC, a panel a regime."""
    curves = ordered(frame["curve"])
    regimes = ordered(frame.loc[frame["metric"] == "auc", "regime"], REGIMES)
    methods = _methods(frame)
    rows = -(-(1 + len(regimes)) // _COLUMNS)
    figure, axes = panels(
        len(curves) * rows, min(_COLUMNS, 1 + len(regimes)), 2.4
    )
    blocks = np.split(axes, len(curves))
    for block, curve in zip(blocks, curves, strict=True):
        first, *others = block.flat
        own = frame[frame["curve"] == curve]
        _draw_decoding(
            first,
            own[own["metric"].str.startswith("balanced_accuracy")],
            curve,
        )
        for axis, regime in zip(others, regimes, strict=False):
            found = own[
                own["metric"].str.startswith("auc") & (own["regime"] == regime)
            ]
            _draw_panel(axis, found, "method", methods)
            axis.set(
                title=f"Localisation, {label(regime)}", ylabel="AUC, signed"
            )
        for axis in others[len(regimes) :]:
            axis.set_axis_off()
    _same_heights(
        [axis for block in blocks for axis in block.flat[1 : 1 + len(regimes)]]
    )
    legend_below(figure, _legend(methods), columns=4)
    return figure


def _draw_decoding(axis, frame, curve):
    decoders = ordered(frame["regime"], REGIMES)
    looks = regime_colours(decoders)
    _draw_panel(
        axis, frame, "regime", {name: looks[name] for name in decoders}
    )
    axis.legend(loc="upper left", handlelength=1.2)
    axis.set(title=fill(f"Decoding, {curve}", 36), ylabel="balanced accuracy")


def _methods(frame):
    """Colour of every method; the yardsticks grey, and last."""
    names = ordered(frame.loc[frame["metric"] == "auc", "method"], METHODS)
    real = [name for name in names if name not in YARDSTICKS]
    greys = dict(
        zip(YARDSTICKS, ((0.3, 0.3, 0.3), (0.65, 0.65, 0.65)), strict=True)
    )
    return colours(real) | {
        name: greys[name] for name in names if name in YARDSTICKS
    }


def _draw_panel(axis, frame, column, looks):
    """One line a name in `column`, with intervals; a tick on the axis at each threshold."""
    points = frame[frame["amplitude"].notna()]
    sizes = sorted(points["amplitude"].unique())
    axis.set_xscale("log", base=2)
    axis.set_xticks(sizes, [f"{size:g}" for size in sizes])
    axis.minorticks_off()
    for number, (name, colour) in enumerate(looks.items()):
        own = points[points[column] == name].sort_values("amplitude")
        place = own["amplitude"] * _APART ** (number - (len(looks) - 1) / 2)
        marker = MARKERS[number % len(MARKERS)]
        look = {"color": colour, "label": label(name)}
        axis.plot(
            place,
            own["value"],
            marker=marker,
            markersize=3,
            linewidth=0.9,
            **look,
        )
        axis.vlines(
            place,
            own["ci_low"],
            own["ci_high"],
            color=colour,
            linewidth=0.8,
            alpha=0.7,
        )
        ends = frame[
            (frame[column] == name) & frame["metric"].str.endswith("threshold")
        ]
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


def _same_heights(axes):
    """The same limits in all panels of AUC."""
    limits = np.array([axis.get_ylim() for axis in axes])
    for axis in axes:
        axis.set_ylim(limits.min(), limits.max())


def _legend(methods):
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [],
            [],
            color=colour,
            marker=MARKERS[k % len(MARKERS)],
            ms=3,
            label=label(name),
        )
        for k, (name, colour) in enumerate(methods.items())
    ]
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
