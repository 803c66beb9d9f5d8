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
    columns = ["task", *map(label, regimes), "chance", "windows"]
    rows = []
    for (task, _), models in table.items():
        name = (label(task), False)
        accuracies = cells(models, regimes)
        chance_and_windows = ends(models.values(), "chance", "n")
        rows.append([name, *accuracies, *chance_and_windows])
    sentence = (
        "Balanced accuracy on the test split above chance: "
        f"{where_above(frame)}.{caveat}{_guesses(table)}"
    )
    return Finding("Decoding", sentence, columns, rows)


def _guesses(table):
    """How far from chance a decoder that guesses may land with so many test windows."""
    distances = []
    for (task, _), models in table.items():
        chances = [row.chance for row in models.values()]
        chance = sum(chances) / len(chances)
        n = max(row.n for row in models.values())
        distance = half_width(chance, n)
        distances.append(f"{label(task)} {distance:.2f}")
    return (
        " Guesses on so many windows, were these independent, stay within this distance of chance "
        f"95 times in 100: {'; '.join(distances)}."
    )
