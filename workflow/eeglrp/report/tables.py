"""Tables of the report: heading, column names, rows of (text, number to sort by)."""

from eeglrp.labels import METHODS, REGIMES, TASKS, label, ordered
from eeglrp.questions import all_tables, metric_names
from eeglrp.report.cells import estimated, number, word
from eeglrp.report.counts import split_sizes, window_counts
from eeglrp.tables import metric_table, over_seeds

#: Metrics that repeat the column n.
COUNTS = ("n_r_peaks",)
#: What tells the rows of a wide table apart.
_MODEL = ("task", "regime", "method")


def read_metrics(name, paths):
    """A metric table of several files."""
    table = all_tables()[name]
    return metric_table(paths, extra=table.columns)


def tables(frames, paths):
    """Every table of the report: heading, column names, rows of (text, number to sort by)."""
    filled = {name: frame for name, frame in frames.items() if len(frame)}
    in_report = [
        shown(name, frame)
        for name, frame in filled.items()
        if all_tables()[name].shown
    ]
    if "decoding" in filled:
        in_report.insert(1, _by_subject(filled["decoding"]))
    if paths.get("splits"):
        in_report.append(split_sizes(paths["splits"]))
    if paths.get("windows"):
        in_report.append(window_counts(paths["windows"]))
    return in_report


def shown(name, frame):
    """What the report shows of a table."""
    table = all_tables()[name]
    if table.view is None:
        return wide(table.heading, table.columns, frame)
    view = table.view(frame)
    return wide(table.heading, (), view) | {"folded": table.folded}


def wide(heading, extra, frame):
    """Pooled values, one row a task, regime and method, one column a metric; mean over seeds.

    In a table of comparisons the second regime stands in the method's place, in one of learning
    curves the number of training windows.
    """
    mean = over_seeds(_pooled(frame, extra), [*_MODEL, "metric"])
    metrics = ordered(mean["metric"])
    by_model = {}
    for row in mean.itertuples():
        model = (row.task, row.regime, row.method)
        by_model.setdefault(model, {})[row.metric] = row
    models = sorted(by_model, key=_place)
    rows = [_row(model, by_model[model], metrics) for model in models]
    headings = metric_names()
    names = [headings.get(metric, label(metric)) for metric in metrics]
    columns = [*_MODEL, *names, "n", "seeds"]
    if "windows" in frame:
        columns[2] = "training windows"
    elif not any(mean["method"]):
        del columns[2]
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


def _pooled(frame, extra):
    """Values over all subjects and classes, what is compared in the column `method`."""
    if "class" in extra:
        frame = frame[frame["class"] == "all"]
    if "against" in extra:
        frame = frame.assign(method=frame["against"])
    if "windows" in frame:
        frame = frame.assign(method=frame["windows"].astype(int))
    is_pooled = frame["subject"] == "all"
    is_count = frame["metric"].isin(COUNTS)
    return frame[is_pooled & ~is_count]


def _row(model, by_metric, metrics):
    """Cells of one row: task, regime and method, the metrics, and the largest n and seeds."""
    values, sizes, seeds = [], [], []
    for metric in metrics:
        row = by_metric.get(metric)
        values.append(estimated(row))
        if row is not None:
            sizes.append(row.n)
            seeds.append(row.n_seeds)
    names = map(word, model)
    return [*names, *values, number(max(sizes)), number(max(seeds))]


def _place(key):
    """Where a row stands: by task, regime and method in their usual order, unknown names last."""
    orders = (list(TASKS), list(REGIMES), [*METHODS, *REGIMES])
    places = []
    for name, order in zip(key, orders, strict=True):
        place = (len(order), name)
        if name in order:
            place = (order.index(name), "")
        places.append(place)
    return places


def _by_subject(frame):
    """Balanced accuracy of every subject, mean over seeds; one column a task and regime."""
    is_accuracy = frame["metric"] == "balanced_accuracy"
    is_single = frame["subject"] != "all"
    mean = over_seeds(
        frame[is_accuracy & is_single], ["task", "regime", "subject"]
    )
    by_model, rows = {}, []
    for row in mean.itertuples():
        model = (row.task, row.regime)
        by_model.setdefault(model, {})[row.subject] = row
    models = sorted(by_model, key=lambda model: _place((*model, "")))
    for subject in ordered(mean["subject"]):
        values = [by_model[model].get(subject) for model in models]
        rows.append([(subject, None), *map(estimated, values)])
    columns = ["subject"]
    columns += [f"{label(task)}, {label(regime)}" for task, regime in models]
    return {
        "heading": "Balanced accuracy by subject",
        "columns": columns,
        "rows": rows,
        "folded": True,
    }
