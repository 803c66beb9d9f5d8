"""What the questions share: a finding, and how its cells and sentences are put together."""

from typing import NamedTuple

from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import over_seeds

#: Columns that tell rows apart when seeds are averaged.
KEYS = ["task", "regime", "method", "metric"]
#: Fewer subjects than this are said to be few; 2.5 % and 97.5 % are then hardly sampled.
FEW_SUBJECTS = 6


class Finding(NamedTuple):
    """One question of the study.

    `rows` holds a list of cells (text, whether the interval lies above chance) for each row.
    """

    heading: str
    sentence: str
    columns: list
    rows: list


def estimate(row, digits=2, factor=1):
    """`0.79 [0.74, 0.83]`, or the value alone where there is no interval."""
    numbers = (row.value, row.ci_low, row.ci_high)
    value, low, high = (f"{factor * number:z.{digits}f}" for number in numbers)
    if "nan" in (low, high):
        return value
    return f"{value} [{low}, {high}]"


def few_subjects(frame):
    """A bootstrap over very few subjects repeats them: its intervals are too narrow."""
    single = frame[frame["subject"] != "all"]
    counts = single.groupby("task", sort=False)["subject"].nunique()
    few = [
        f"{label(task)} {counts[task]}"
        for task in counts.index
        if counts[task] < FEW_SUBJECTS
    ]
    if not few:
        return ""
    return f" Few subjects were tested ({', '.join(few)}): intervals over them are too narrow."


def pooled(frame, metrics):
    """Rows over all subjects of these metrics, seeds averaged."""
    over_all = frame["subject"] == "all"
    wanted = frame["metric"].isin(metrics)
    return over_seeds(frame[over_all & wanted], KEYS)


def grid(frame):
    """Regimes in order, and (task, metric) -> {regime: row}."""
    regimes = ordered(frame["regime"], REGIMES)
    table = {}
    for task in ordered(frame["task"], TASKS):
        of_task = frame[frame["task"] == task]
        for row in of_task.itertuples():
            by_regime = table.setdefault((task, row.metric), {})
            by_regime[row.regime] = row
    return regimes, table


def cells(row, names):
    """(estimate, whether it lies above chance) by name; empty where there is none."""
    texts = []
    for name in names:
        values = row.get(name)
        cell = ("", False)
        if values is not None:
            cell = (estimate(values), _above(values))
        texts.append(cell)
    return texts


def ends(rows, *columns):
    """What the rows share, such as chance and n: mean and largest."""
    rows = [row for row in rows if row is not None]
    chance = sum(row.chance for row in rows) / len(rows)
    n = max(row.n for row in rows)
    values = {
        "chance": f"{chance:.2f}",
        "n": f"{n:.0f}",
    }
    return [(values[column], False) for column in columns]


def _above(row):
    return bool(row.ci_low > row.chance)


def where_above(frame):
    """`Arousal (fine-tuned, scratch); Valence (none)`."""
    regimes, table = grid(frame)
    phrases = []
    for (task, _), row in table.items():
        above = [
            label(name)
            for name in regimes
            if name in row and _above(row[name])
        ]
        phrases.append(f"{label(task)} ({', '.join(above) or 'none'})")
    return "; ".join(phrases)


def rank(name, names):
    """Sort by place among the names; those that are not there come last, by the alphabet."""
    names = list(names)
    if name in names:
        return (names.index(name), "")
    return (len(names), name)
