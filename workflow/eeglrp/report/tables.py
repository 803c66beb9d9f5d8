"""Tables of the report: heading, column names, rows of (text, number to sort by)."""

from eeglrp.labels import METHODS, REGIMES, TASKS, label, ordered
from eeglrp.questions import all_tables, metric_names
from eeglrp.report.cells import estimated, number, word
from eeglrp.report.counts import split_sizes, window_counts
from eeglrp.tables import metric_table, over_seeds

#: Metrics that repeat the column n.
COUNTS = ("n_r_peaks",)


def read_metrics(name, paths):
    """A metric table of several files."""
    return metric_table(paths, extra=all_tables()[name].columns)


def tables(frames, paths):
    """Every table of the report: heading, column names, rows of (text, number to sort by)."""
    parts = [
        shown(name, frame)
        for name, frame in frames.items()
        if len(frame) and all_tables()[name].shown
    ]
    if "decoding" in frames and len(frames["decoding"]):
        parts.insert(1, _by_subject(frames["decoding"]))
    if paths.get("splits"):
        parts.append(split_sizes(paths["splits"]))
    if paths.get("windows"):
        parts.append(window_counts(paths["windows"]))
    return parts


def shown(name, frame):
    """What the report shows of a table."""
    table = all_tables()[name]
    if table.view is None:
        return wide(table.heading, table.columns, frame)
    part = wide(table.heading, (), table.view(frame))
    return {**part, "folded": table.folded}


def wide(heading, extra, frame):
    """Pooled values, one row a task, regime and method, one column a metric; mean over seeds.

    In a table of comparisons the second regime stands in the method's place, in one of learning
    curves the number of training windows.
    """
    if "class" in extra:
        frame = frame[frame["class"] == "all"]
    if "against" in extra:
        frame = frame.assign(method=frame["against"])
    if "windows" in frame:
        frame = frame.assign(method=frame["windows"].astype(int))
    frame = frame[(frame["subject"] == "all") & ~frame["metric"].isin(COUNTS)]
    mean = over_seeds(frame, ["task", "regime", "method", "metric"])
    metrics = ordered(mean["metric"])
    cells = {(*row[1:4], row.metric): row for row in mean.itertuples()}
    rows = []
    for key in sorted(dict.fromkeys(cell[:3] for cell in cells), key=_place):
        of_row = [cells.get((*key, metric)) for metric in metrics]
        sizes = [row for row in of_row if row is not None]
        rows.append(
            [word(name) for name in key]
            + [estimated(row) for row in of_row]
            + [
                number(max(row.n for row in sizes)),
                number(max(row.n_seeds for row in sizes)),
            ]
        )
    headings = metric_names()
    names = [headings.get(metric, label(metric)) for metric in metrics]
    columns = ["task", "regime", "method", *names, "n", "seeds"]
    if "windows" in frame:
        columns[2] = "training windows"
    elif not any(mean["method"]):
        columns.remove("method")
        rows = [row[:2] + row[3:] for row in rows]
    if "against" in extra:
        # Seeds were averaged before subjects were paired, and n are subjects.
        columns = ["task", "regime", "against", *names, "subjects"]
        rows = [row[:-1] for row in rows]
    return {
        "heading": heading,
        "columns": columns,
        "rows": rows,
        "folded": False,
    }


def _place(key):
    """Where a row stands: by task, regime and method in their usual order, unknown names last."""
    orders = (list(TASKS), list(REGIMES), [*METHODS, *REGIMES])
    return [
        (order.index(name), "") if name in order else (len(order), name)
        for name, order in zip(key, orders, strict=True)
    ]


def _by_subject(frame):
    """Balanced accuracy of every subject, mean over seeds; one column a task and regime."""
    frame = frame[
        (frame["metric"] == "balanced_accuracy") & (frame["subject"] != "all")
    ]
    mean = over_seeds(frame, ["task", "regime", "subject"])
    pairs = zip(mean["task"], mean["regime"], strict=True)
    models = sorted(
        dict.fromkeys(pairs), key=lambda model: _place((*model, ""))
    )
    cells = {
        (row.subject, row.task, row.regime): row for row in mean.itertuples()
    }
    rows = [
        [(subject, None)]
        + [estimated(cells.get((subject, *model))) for model in models]
        for subject in ordered(mean["subject"])
    ]
    columns = [
        "subject",
        *(f"{label(task)}, {label(regime)}" for task, regime in models),
    ]
    heading = "Balanced accuracy by subject"
    return {
        "heading": heading,
        "columns": columns,
        "rows": rows,
        "folded": True,
    }
