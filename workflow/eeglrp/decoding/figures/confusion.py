"""Which class is taken for which: a confusion matrix for every task and decoder."""

import math
import textwrap

from eeglrp.drawing import SMALL, panels, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import metric_table, over_seeds

CAPTION = """\
Which class is taken for which on the test split: of the windows of each true
class (rows), the percentage that was predicted as each class (columns), over
all subjects, mean over seeds. Rows add up to 100. A decoder that knows nothing
has equal rows.
"""
TABLES = ("metrics/confusion.tsv",)
MISSING = "No confusion matrices: no model of this study has predicted a test window."
#: Decoders side by side.
_COLUMNS = 7


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Share of every class's windows by predicted class, mean over seeds."""
    frame = metric_table(tables, extra=("label", "prediction"))
    keys = [
        "study",
        "task",
        "regime",
        "subject",
        "metric",
        "label",
        "prediction",
    ]
    return over_seeds(frame, keys)


def plot(frame):
    """One matrix a decoder, task after task; true classes are rows, shares in percent."""
    pairs = []
    for task in ordered(frame["task"], TASKS):
        of_task = frame[frame["task"] == task]
        for regime in ordered(of_task["regime"], REGIMES):
            pairs.append((task, regime))
    lines = _lines(pairs)
    n_classes = frame.groupby("task")["label"].nunique()
    height = 0.6 + 0.18 * n_classes.max()
    figure, axes = panels(len(lines), _COLUMNS, height)
    for axis_line, line in zip(axes, lines, strict=True):
        for axis in axis_line[len(line) :]:
            axis.set_axis_off()
        for number, (task, regime) in enumerate(line):
            is_first = number == 0
            _draw_matrix(axis_line[number], frame, task, regime, is_first)
    figure.supxlabel(
        "predicted class; numbers: % of the true class's test windows",
        size=SMALL + 1,
    )
    return figure


def _lines(pairs):
    """Rows of at most so many panels, each of one task."""
    lines = []
    for task, regime in pairs:
        line = lines[-1] if lines else []
        is_of_task = bool(line) and line[-1][0] == task
        if not is_of_task or len(line) == _COLUMNS:
            lines.append([])
        lines[-1].append((task, regime))
    return lines


def _draw_matrix(axis, frame, task, regime, first):
    is_task = frame["task"] == task
    is_regime = frame["regime"] == regime
    cells = frame[is_task & is_regime]
    classes = ordered([*cells["prediction"]])
    shares = cells.pivot_table(
        index="label", columns="prediction", values="value"
    )
    shares = shares.reindex(index=classes, columns=classes)
    axis.imshow(shares, vmin=0, vmax=1, cmap="Greys", aspect="auto")
    _write_shares(axis, shares.to_numpy())
    names = [label(name) for name in classes]
    ticks = range(len(classes))
    axis.set_xticks(ticks, names)
    axis.set_yticks(ticks, names if first else [])
    axis.tick_params(length=0)
    name = textwrap.fill(label(regime), 16)
    axis.set_title(name, size=SMALL + 0.5)
    if first:
        axis.set_ylabel(f"{label(task)}\ntrue class")


def _write_shares(axis, shares):
    """Percentages in the cells; a dash where a class has no window."""
    for row, line in enumerate(shares):
        for column, share in enumerate(line):
            text = "–" if math.isnan(share) else f"{100 * share:.0f}"
            axis.text(
                column,
                row,
                text,
                ha="center",
                va="center",
                color="white" if share > 0.6 else "black",
                size=SMALL,
            )
