"""What the table of faithfulness says."""

from itertools import product

from eeglrp.evaluate.figures.faithfulness import OCCLUDERS, SRG
from eeglrp.findings import Finding, estimate
from eeglrp.labels import METHODS, REGIMES, TASKS, label, ordered
from eeglrp.tables import over_seeds

_KEYS = ["task", "regime", "method", "occluder"]


def faithfulness_finding(frame):
    """In how many models each method's order beats random orders, by what hides the pieces."""
    is_srg = frame["metric"] == SRG
    is_pooled = frame["subject"] == "all"
    frame = frame[is_srg & is_pooled]
    if frame.empty:
        return None
    cells = {
        (row.task, row.regime, row.method, row.occluder): row
        for row in over_seeds(frame, _KEYS).itertuples()
    }
    methods = ordered(frame["method"], METHODS)
    occluders = ordered(frame["occluder"], OCCLUDERS)
    rows = _rows(frame, cells, methods, occluders)
    counts = []
    for occluder in occluders:
        of_methods = [_count(cells, method, occluder) for method in methods]
        name = OCCLUDERS.get(occluder, occluder)
        counts.append(f"pieces {name}: {', '.join(of_methods)}")
    sentence = (
        "Pieces of the signal were hidden from the most relevant to the least, and the other way "
        "round. Tasks and regimes where the score falls earlier the first way (interval of the "
        "area between the curves above 0, the value of random orders), and in brackets those "
        f"where it falls later: {'; '.join(counts)}."
    )
    columns = ["task", "regime", "pieces", *map(label, methods)]
    return Finding("Faithfulness", sentence, columns, rows)


def _rows(frame, cells, methods, occluders):
    tasks = ordered(frame["task"], TASKS)
    regimes = ordered(frame["regime"], REGIMES)
    rows = []
    for task, regime, occluder in product(tasks, regimes, occluders):
        srgs = [
            cells.get((task, regime, method, occluder)) for method in methods
        ]
        if not any(srgs):
            continue
        names = [
            (label(task), False),
            (label(regime), False),
            (OCCLUDERS.get(occluder, occluder), False),
        ]
        rows.append([*names, *map(_cell, srgs)])
    return rows


def _cell(row):
    if row is None:
        return ("", False)
    is_above = bool(row.ci_low > 0)
    return (estimate(row), is_above)


def _count(cells, method, occluder):
    srgs = []
    for key, srg in cells.items():
        *_, method_here, occluder_here = key
        if method_here == method and occluder_here == occluder:
            srgs.append(srg)
    n_above = sum(srg.ci_low > 0 for srg in srgs)
    n_below = sum(srg.ci_high < 0 for srg in srgs)
    n = len(srgs)
    return f"{label(method)} {n_above} of {n} ({n_below})"


def by_occluder(frame):
    """The table with what hides the pieces named beside the method, for the report."""
    words = []
    for method, occluder in zip(
        frame["method"], frame["occluder"], strict=True
    ):
        name = OCCLUDERS.get(occluder, occluder)
        words.append(f"{label(method)}, {name}")
    return frame.assign(method=words)
