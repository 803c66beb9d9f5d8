"""How alike maps of one window are: between methods, between seeds, between regimes."""

from eeglrp.drawing import SMALL, panels, render
from eeglrp.labels import METHODS, REGIMES, TASKS, label, ordered
from eeglrp.tables import NUMBERS, default_method, metric_table

CAPTION = """\
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
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Pooled rank correlations by panel: which two are compared, in `first` and `second`.

    Methods are averaged over the trained models; models are compared by the default method.
    """
    import pandas as pd

    agreement = _pooled(tables[0], ("against", "level"))
    stability = _pooled(tables[1], ("against", "against_seed", "level"))
    methods = _of_methods(agreement)
    models = _of_models(stability)
    shown = [methods.assign(panel="methods", method="")]
    _, *of_models = PANELS
    for name in of_models:
        level, _ = PANELS[name]
        of_level = models[models["level"] == level]
        shown.append(of_level.assign(panel=name))
    columns = ["study", "task", "panel", "method", "first", "second", *NUMBERS]
    filled = [rows[columns] for rows in shown if len(rows)]
    return pd.concat(filled or [methods.assign(panel="")])


def _of_methods(agreement):
    """Agreement of methods, mean over the trained models."""
    is_map = agreement["level"] == "map"
    is_trained = ~agreement["regime"].str.endswith("untrained")
    pairs = agreement[is_map & is_trained].groupby(
        ["study", "task", "method", "against"], sort=False
    )
    methods = pairs[list(NUMBERS)].mean().reset_index()
    return methods.rename(columns={"method": "first", "against": "second"})


def _of_models(stability):
    """Agreement of models by the default method; models are called by regime and seed."""
    method = default_method(stability["method"])
    stability = stability[stability["method"] == method]
    return stability.assign(
        first=stability["regime"] + " " + stability["seed"],
        second=stability["against"] + " " + stability["against_seed"],
    )


def _pooled(path, extra):
    frame = metric_table([path], extra=extra)
    is_pooled = frame["subject"] == "all"
    is_metric = frame["metric"] == METRIC
    frame = frame[is_pooled & is_metric]
    if "against_seed" in extra:
        seeds = [str(int(float(seed))) for seed in frame["against_seed"]]
        frame = frame.assign(against_seed=seeds)
    return frame


def plot(frame):
    """Rows tasks; a matrix of methods, then matrices of models over maps and over electrodes."""
    tasks = ordered(frame["task"], TASKS)
    present = set(frame["panel"])
    shown = [name for name in PANELS if name in present]
    figure, axes = panels(len(tasks), len(shown), 1.75)
    picture = None
    for line, task in zip(axes, tasks, strict=True):
        for axis, name in zip(line, shown, strict=True):
            is_task = frame["task"] == task
            is_panel = frame["panel"] == name
            of_panel = frame[is_task & is_panel]
            picture = _draw_matrix(axis, of_panel) or picture
            _, title = PANELS[name]
            axis.set_title(f"{label(task)}: {title}")
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
    values = _matrix(frame, names)
    picture = axis.imshow(values, cmap="Blues", vmin=0, vmax=1)
    if len(names) <= _MOST_NUMBERS:
        _write_numbers(axis, values)
    words = [_words(name) for name in names]
    # Columns have the names of the rows, in the same order.
    axis.set_xticks([])
    axis.set_yticks(range(len(names)), words)
    axis.tick_params(length=0)
    return picture


def _matrix(frame, names):
    """Similarities below the diagonal, chance levels above it."""
    import numpy as np

    place = {name: number for number, name in enumerate(names)}
    shape = (len(names), len(names))
    values = np.full(shape, np.nan)
    for row in frame.itertuples():
        first = place[row.first]
        second = place[row.second]
        low, high = sorted((first, second))
        values[high, low] = row.value
        values[low, high] = row.chance
    return values


def _write_numbers(axis, values):
    for (row, column), value in _cells(values):
        axis.text(
            column,
            row,
            _short(value),
            ha="center",
            va="center",
            size=SMALL,
            color="white" if value > 0.6 else "black",
        )


def _short(value):
    """Two digits for what agrees, one for what does not."""
    digits = 2 if value > 0 else 1
    number = f"{abs(value):.{digits}f}".replace("0.", ".")
    sign = "−" if value < -0.05 else ""
    return sign + number


def _cells(values):
    import numpy as np

    return [
        (place, value)
        for place, value in np.ndenumerate(values)
        if np.isfinite(value)
    ]


def _in_order(names):
    """Methods in their usual order, models by regime and seed."""
    first_words = [name.split(" ")[0] for name in names]
    regimes = ordered(first_words, REGIMES)

    def place(name):
        regime, _, seed = name.partition(" ")
        number = int(seed or 0)
        return regimes.index(regime), number

    names = ordered(names, METHODS)
    if " " in names[0]:
        names = sorted(names, key=place)
    return names


def _words(name):
    regime, _, seed = name.partition(" ")
    words = f"{label(regime)} {seed}"
    return words.strip()
