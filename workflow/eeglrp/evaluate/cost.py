"""What an explanation costs: time a window, and as a multiple of a gradient in the same run."""

from pathlib import Path

from eeglrp.files import read_table, write_table
from eeglrp.tables import metric_frame, metric_row

COLUMNS = ("windows", "seconds", "device", "threads")
EXTRA = ("device",)
#: One forward and one backward pass: what the others are measured by.
UNIT = "input_x_gradient"


def summarise_cost(paths, study, out):
    """Write the cost of every store of a task.

    Parameters
    ----------
    paths : sequence of Path
        `<task>/<regime>/seed-<n>/<method>-cost.tsv`, each with one row.
    study : str
    out : Path
        Metrics `seconds_per_window` and, where input x gradient explained the same model on the
        same kind of device, `gradients`: the time over that of input x gradient. `n` counts
        windows.

    Raises
    ------
    InputError
        If a column is missing.
    """
    costs = {}
    for path in map(Path, paths):
        costs[_names(path)] = read_table(path, COLUMNS).iloc[0]
    rows = []
    for (task, regime, seed, method), cost in costs.items():
        names = {
            "study": study,
            "task": task,
            "regime": regime,
            "seed": seed,
            "method": method,
            "subject": "all",
            "n": cost["windows"],
            "device": cost["device"],
        }
        seconds = cost["seconds"] / cost["windows"]
        rows.append(
            metric_row(**names, metric="seconds_per_window", value=seconds)
        )
        unit = costs.get((task, regime, seed, UNIT))
        if unit is not None and unit["device"] == cost["device"]:
            unit_seconds = unit["seconds"] / unit["windows"]
            ratio = seconds / unit_seconds
            rows.append(metric_row(**names, metric="gradients", value=ratio))
    write_table(metric_frame(rows, EXTRA), out)


def _names(path):
    """Task, regime, seed and method from the place of a cost table."""
    task, regime, seed = path.parts[-4:-1]
    return (
        task,
        regime,
        int(seed.removeprefix("seed-")),
        path.name.removesuffix("-cost.tsv"),
    )
