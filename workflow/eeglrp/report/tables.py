"""Tables of the report: heading, column names, rows of (text, number to sort by)."""

from eeglrp.figures.style import METHODS, REGIMES, TASKS, label, ordered
from eeglrp.figures.tables import metric_table, over_seeds
from eeglrp.findings.affect_cluster import cluster_view, confounds_view
from eeglrp.findings.affect_decoding import affect_decoding_view
from eeglrp.findings.arms import arms_view
from eeglrp.findings.faithfulness import by_occluder
from eeglrp.findings.maps import VIEWS
from eeglrp.findings.ocular import trials_view
from eeglrp.findings.planted import thresholds_view
from eeglrp.findings.r_peak import at_the_r_peak
from eeglrp.findings.reliance import correlations_view
from eeglrp.findings.shares import shares_view
from eeglrp.findings.strategies import strategies_view
from eeglrp.report.cells import estimated, number, word
from eeglrp.report.counts import split_sizes, window_counts
from eeglrp.report.names import COUNTS, METRIC_NAMES, METRIC_TABLES

#: What the report shows of a table in place of all its rows.
_SHOWN = VIEWS | {"arms": arms_view}
_SHOWN |= {"faithfulness": by_occluder, "cardiac_field": at_the_r_peak}
_SHOWN |= {"reliance": correlations_view, "trials": trials_view}
_SHOWN |= {"strategies": strategies_view, "shares": shares_view}
_SHOWN |= {"affect_decoding": affect_decoding_view}
_SHOWN |= {"affect_cluster": cluster_view, "affect_confounds": confounds_view}
#: Tables that the findings show row by row.
_IN_FINDINGS = ("verdict", "dial")


def read_metrics(name, paths):
    """A metric table of several files."""
    return metric_table(paths, extra=METRIC_TABLES[name][1])


def tables(frames, paths):
    """Every table of the report: heading, column names, rows of (text, number to sort by)."""
    rows = {name: frame for name, frame in frames.items() if name not in _IN_FINDINGS}
    parts = [shown(name, frame) for name, frame in rows.items() if len(frame)]
    if "decoding" in frames and len(frames["decoding"]):
        parts.insert(1, _by_subject(frames["decoding"]))
    if paths.get("splits"):
        parts.append(split_sizes(paths["splits"]))
    if paths.get("windows"):
        parts.append(window_counts(paths["windows"]))
    return parts


def shown(name, frame):
    """What the report shows of a metric table."""
    heading, extra = METRIC_TABLES[name]
    if name == "psychometric":
        return wide(heading, (), thresholds_view(frame))
    if name not in _SHOWN:
        return wide(heading, extra, frame)
    return {**wide(heading, (), _SHOWN[name](frame)), "folded": True}


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
            + [number(max(row.n for row in sizes)), number(max(row.n_seeds for row in sizes))]
        )
    names = [METRIC_NAMES.get(metric, label(metric)) for metric in metrics]
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
    return {"heading": heading, "columns": columns, "rows": rows, "folded": False}


def _place(key):
    """Where a row stands: by task, regime and method in their usual order, unknown names last."""
    orders = (list(TASKS), list(REGIMES), [*METHODS, *REGIMES])
    return [
        (order.index(name), "") if name in order else (len(order), name)
        for name, order in zip(key, orders, strict=True)
    ]


def _by_subject(frame):
    """Balanced accuracy of every subject, mean over seeds; one column a task and regime."""
    frame = frame[(frame["metric"] == "balanced_accuracy") & (frame["subject"] != "all")]
    mean = over_seeds(frame, ["task", "regime", "subject"])
    pairs = zip(mean["task"], mean["regime"], strict=True)
    models = sorted(dict.fromkeys(pairs), key=lambda model: _place((*model, "")))
    cells = {(row.subject, row.task, row.regime): row for row in mean.itertuples()}
    rows = [
        [(subject, None)] + [estimated(cells.get((subject, *model))) for model in models]
        for subject in ordered(mean["subject"])
    ]
    columns = ["subject", *(f"{label(task)}, {label(regime)}" for task, regime in models)]
    heading = "Balanced accuracy by subject"
    return {"heading": heading, "columns": columns, "rows": rows, "folded": True}
