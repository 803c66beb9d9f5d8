"""Models on the recordings of another paradigm: accuracy, and where their relevance lies there.

A model that reads the same signal in both decodes both, and its relevance stays where it was.
"""

from eeglrp.drawing import colours, legend_below, panels, render
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import metric_table, over_seeds

CAPTION = """\
Models trained on one task and tested on their own windows and on other
recordings of those of their test subjects who have them. Left: balanced
accuracy; dotted, chance by permuted labels. Right: share of |relevance| by
region of the scalp; dotted, the region's share of the electrodes. A row of
panels for each task that models were trained on, colours for the task whose
windows are tested. Points are means over seeds; bars the bootstrap interval
over subjects, its ends averaged over seeds.
"""
TABLES = ("metrics/transfer.tsv",)
ACCURACY, SHARE = "balanced_accuracy", "share "
MISSING = "No transfer: no model was tested on recordings of another task."
_KEYS = ["task", "regime", "subject", "metric", "tested"]
#: Heights in inches: of one point's lane, of the room between lines, of a panel's frame.
_LANE, _GAP, _FRAME = 0.1, 0.12, 0.7


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Accuracy and shares over all subjects, mean over seeds."""
    frame = metric_table(tables, extra=("tested",))
    is_pooled = frame["subject"] == "all"
    is_share = frame["metric"].str.startswith(SHARE)
    is_moved = frame["metric"].str.endswith(" moved")
    is_shown = (frame["metric"] == ACCURACY) | (is_share & ~is_moved)
    return over_seeds(frame[is_pooled & is_shown], _KEYS)


def plot(frame):
    """Rows tasks that models were trained on; columns accuracy and shares."""
    tasks = ordered(frame["task"], TASKS)
    regimes = ordered(frame["regime"], REGIMES)
    tested = ordered(frame["tested"], TASKS)
    is_share = frame["metric"].str.startswith(SHARE)
    regions = ordered(frame.loc[is_share, "metric"])
    n_lines = max(len(regimes), len(regions) * len(regimes))
    height = _FRAME + n_lines * (_GAP + _LANE * len(tested))
    figure, axes = panels(len(tasks), 2, height)
    colour = dict(zip(tested, colours(tested).values(), strict=True))
    for (left, right), task in zip(axes, tasks, strict=True):
        of_task = frame[frame["task"] == task]
        _draw(
            left, of_task, [(ACCURACY, regime) for regime in regimes], colour
        )
        left.set_xlabel("balanced accuracy")
        left.locator_params(axis="x", nbins=5)
        left.set_title(f"trained on {label(task)}", loc="left")
        lines = [(region, regime) for region in regions for regime in regimes]
        _draw(right, of_task, lines, colour)
        right.set_xlabel("share of |relevance|")
        right.xaxis.set_major_formatter("{x:.0%}")
        right.set_xlim(left=0)
    legend_below(figure, _legend(colour), title="tested on")
    return figure


def _draw(axis, frame, lines, colour):
    """A line for each metric and regime, a lane in it for each task tested."""
    several = frame["regime"].nunique() > 1
    step = 0.6 / max(1, len(colour))
    for place, (metric, regime) in enumerate(lines):
        is_metric = frame["metric"] == metric
        is_regime = frame["regime"] == regime
        for row in frame[is_metric & is_regime].itertuples():
            lane = list(colour).index(row.tested) - (len(colour) - 1) / 2
            y = place + lane * step
            axis.plot(row.value, y, "o", color=colour[row.tested])
            axis.hlines(y, row.ci_low, row.ci_high, color=colour[row.tested])
            axis.vlines(
                row.chance, y - step / 2, y + step / 2, "0.4", linestyle=":"
            )
    names = [_line_label(metric, regime, several) for metric, regime in lines]
    axis.set_yticks(range(len(lines)), names)
    axis.set_ylim(len(lines) - 0.5, -0.5)


def _line_label(metric, regime, several):
    if metric == ACCURACY:
        return label(regime)
    region = label(metric.removeprefix(SHARE))
    return f"{region}, {label(regime)}" if several else region


def _legend(colour):
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], marker="o", color=shade, label=label(name))
        for name, shade in colour.items()
    ]
