"""What the table of decoding says."""

from eeglrp.findings import (
    Finding,
    cells,
    ends,
    few_subjects,
    grid,
    pooled,
    where_above,
)
from eeglrp.labels import label
from eeglrp.power import half_width


def decoding_finding(frame):
    """Balanced accuracy by task and regime, with a warning where few subjects were tested."""
    caveat = few_subjects(frame)
    frame = pooled(frame, ["balanced_accuracy"])
    if frame.empty:
        return None
    regimes, table = grid(frame)
    sentence = f"Balanced accuracy on the test split above chance: {where_above(frame)}."
    sentence += caveat + _guesses(table)
    columns = ["task", *map(label, regimes), "chance", "windows"]
    rows = [
        [
            (label(task), False),
            *cells(row, regimes),
            *ends(row.values(), "chance", "n"),
        ]
        for (task, _), row in table.items()
    ]
    return Finding("Decoding", sentence, columns, rows)


def _guesses(table):
    """How far from chance a decoder that guesses may land with so many test windows."""
    parts = []
    for (task, _), rows in table.items():
        chance = sum(row.chance for row in rows.values()) / len(rows)
        distance = half_width(chance, max(row.n for row in rows.values()))
        parts.append(f"{label(task)} {distance:.2f}")
    return (
        " Guesses on so many windows, were these independent, stay within this distance of chance "
        f"95 times in 100: {'; '.join(parts)}."
    )
