"""How alike maps of one window are: between methods, between seeds, between regimes."""

from eeglrp.drawing import SMALL, panels, render
from eeglrp.labels import METHODS, REGIMES, TASKS, label, ordered
from eeglrp.tables import NUMBERS, default_method, metric_table

CAPTION = """
How alike maps of one window are, by Spearman's rank correlation: between
methods (mean over the trained models), and between models of the method named
first in the study's list (attention-aware LRP where it was run), over the
samples of the map and over the electrodes' sums. Columns have the names of the
rows, in the same order; numbers in the names are seeds. Models are compared on
windows that both classify right. Above the diagonal stands what maps of
different windows of one class share; agreement on a window is what exceeds it.
Seeds of one regime show how much chance in training alone changes a map; fine-
tuned models also share the weights that they start from.
"""
TABLES = ("metrics/agreement.tsv", "metrics/stability.tsv")
METRIC = "spearman"
#: What the columns of the figure compare: kind -> level and title.
PANELS = {
    "methods": ("map", "methods"),
    "models": ("map", "models"),
    "models by electrode": ("electrode", "models, electrodes"),
}
#: Larger matrices are drawn without numbers.
_MOST_NUMBERS = 7
MISSING = "No agreement: this study has one method and one model a task, nothing to compare."


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Pooled rank correlations by panel: which two are compared, in `first` and `second`.

    Methods are averaged over the trained models; models are compared by the default method.
    """
    import pandas as pd

    agreement = _pooled(tables[0], ("against", "level"))
    stability = _pooled(tables[1], ("against", "against_seed", "level"))
    agreement = agreement[
        (agreement["level"] == "map") & (agreement["regime"] != "untrained")
    ]
    keys = ["study", "task", "method", "against"]
    methods = (
        agreement.groupby(keys, sort=False)[list(NUMBERS)].mean().reset_index()
    )
    methods = methods.rename(columns={"method": "first", "against": "second"})
    stability = stability[
        stability["method"] == default_method(stability["method"])
    ]
    models = stability.assign(
        first=stability["regime"] + " " + stability["seed"],
        second=stability["against"] + " " + stability["against_seed"],
    )
    parts = [methods.assign(panel="methods", method="")]
    parts += [
        models[models["level"] == PANELS[name][0]].assign(panel=name)
        for name in list(PANELS)[1:]
    ]
    columns = ["study", "task", "panel", "method", "first", "second", *NUMBERS]
    return pd.concat(
        [part[columns] for part in parts if len(part)]
        or [methods.assign(panel="")]
    )


def _pooled(path, extra):
    frame = metric_table([path], extra=extra)
    frame = frame[(frame["subject"] == "all") & (frame["metric"] == METRIC)]
    if "against_seed" in extra:
        seeds = frame["against_seed"]
        frame = frame.assign(
            against_seed=[str(int(float(seed))) for seed in seeds]
        )
    return frame


def plot(frame):
    """Rows tasks; a matrix of methods, then matrices of models over maps and over electrodes."""
    tasks = ordered(frame["task"], TASKS)
    shown = [name for name in PANELS if name in set(frame["panel"])]
    figure, axes = panels(len(tasks), len(shown), 1.75)
    picture = None
    for line, task in zip(axes, tasks, strict=True):
        for axis, name in zip(line, shown, strict=True):
            here = frame[(frame["task"] == task) & (frame["panel"] == name)]
            picture = _draw_matrix(axis, here) or picture
            axis.set_title(f"{label(task)}: {PANELS[name][1]}")
            if name == "models by electrode":
                # The names are those of the matrix beside it.
                axis.tick_params(labelleft=False)
    words = "rank correlation: below the diagonal of one window, above it of different windows"
    figure.colorbar(
        picture, ax=axes, location="bottom", shrink=0.5, aspect=40, label=words
    )
    return figure


def _draw_matrix(axis, frame):
    """One matrix: similarity below the diagonal, its chance level above it."""
    import numpy as np

    axis.spines[:].set_visible(False)
    if frame.empty:
        axis.set_xticks([])
        axis.set_yticks([])
        axis.text(
            0.5,
            0.5,
            "nothing to compare",
            ha="center",
            transform=axis.transAxes,
        )
        return None
    names = _in_order([*frame["first"], *frame["second"]])
    place, values = (
        {name: k for k, name in enumerate(names)},
        np.full([len(names)] * 2, np.nan),
    )
    for row in frame.itertuples():
        low, high = sorted((place[row.first], place[row.second]))
        values[high, low], values[low, high] = row.value, row.chance
    picture = axis.imshow(values, cmap="Blues", vmin=0, vmax=1)
    if len(names) <= _MOST_NUMBERS:
        _write_numbers(axis, values)
    words = [_words(name) for name in names]
    # Columns have the names of the rows, in the same order.
    axis.set_xticks([])
    axis.set_yticks(range(len(names)), words)
    axis.tick_params(length=0)
    return picture


def _write_numbers(axis, values):
    for (row, column), value in _cells(values):
        dark = value > 0.6
        axis.text(
            *(column, row, _short(value)),
            ha="center",
            va="center",
            size=SMALL,
            color="white" if dark else "black",
        )


def _short(value):
    """Two digits for what agrees, one for what does not."""
    digits = 2 if value > 0 else 1
    return f"{abs(value):.{digits}f}".replace("0.", ".").join(
        ("−" if value < -0.05 else "", "")
    )


def _cells(values):
    import numpy as np

    return [
        (place, value)
        for place, value in np.ndenumerate(values)
        if np.isfinite(value)
    ]


def _in_order(names):
    """Methods in their usual order, models by regime and seed."""
    regimes = ordered([name.split(" ")[0] for name in names], REGIMES)

    def place(name):
        regime, _, seed = name.partition(" ")
        return (regimes.index(regime), int(seed or 0))

    names = ordered(names, METHODS)
    return sorted(names, key=place) if " " in names[0] else names


def _words(name):
    regime, _, seed = name.partition(" ")
    return f"{label(regime)} {seed}".strip()
