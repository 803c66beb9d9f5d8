"""What the table of faithfulness says."""

from eeglrp.evaluate.figures.faithfulness import OCCLUDERS, SRG
from eeglrp.findings import Finding, estimate
from eeglrp.labels import METHODS, REGIMES, TASKS, label, ordered
from eeglrp.tables import over_seeds

_KEYS = ["task", "regime", "method", "occluder"]


def faithfulness_finding(frame):
    """In how many models each method's order beats random orders, by what hides the pieces."""
    frame = frame[(frame["metric"] == SRG) & (frame["subject"] == "all")]
    if frame.empty:
        return None
    cells = {
        tuple(row[1:5]): row for row in over_seeds(frame, _KEYS).itertuples()
    }
    tasks, regimes, methods, occluders = (
        ordered(frame[key], names)
        for key, names in zip(
            _KEYS, (TASKS, REGIMES, METHODS, OCCLUDERS), strict=True
        )
    )
    rows = []
    for models in [
        (t, r, o) for t in tasks for r in regimes for o in occluders
    ]:
        of_row = [
            cells.get((*models[:2], method, models[2])) for method in methods
        ]
        if any(of_row):
            names = [
                label(models[0]),
                label(models[1]),
                OCCLUDERS.get(models[2], models[2]),
            ]
            rows.append(
                [*((name, False) for name in names), *map(_cell, of_row)]
            )
    counts = [
        f"pieces {OCCLUDERS.get(name, name)}: "
        + ", ".join(_count(cells, method, name) for method in methods)
        for name in occluders
    ]
    sentence = (
        "Pieces of the signal were hidden from the most relevant to the least, and the other way "
        "round. Tasks and regimes where the score falls earlier the first way (interval of the "
        "area between the curves above 0, the value of random orders), and in brackets those "
        f"where it falls later: {'; '.join(counts)}."
    )
    columns = ["task", "regime", "pieces", *map(label, methods)]
    return Finding("Faithfulness", sentence, columns, rows)


def _cell(row):
    return (
        ("", False) if row is None else (estimate(row), bool(row.ci_low > 0))
    )


def _count(cells, method, occluder):
    rows = [row for key, row in cells.items() if key[2:] == (method, occluder)]
    above, below = (
        sum(row.ci_low > 0 for row in rows),
        sum(row.ci_high < 0 for row in rows),
    )
    return f"{label(method)} {above} of {len(rows)} ({below})"


def by_occluder(frame):
    """The table with what hides the pieces named beside the method, for the report."""
    pairs = zip(frame["method"], frame["occluder"], strict=True)
    words = [
        f"{label(method)}, {OCCLUDERS.get(name, name)}"
        for method, name in pairs
    ]
    return frame.assign(method=words)
