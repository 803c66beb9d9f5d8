"""What the table of learning curves says."""

from eeglrp.findings import Finding, estimate, few_subjects
from eeglrp.labels import TASKS, label, ordered

#: Metric of the learning curves that says what pretraining adds.
GAIN = "difference finetuned - scratch"


def learning_curve_finding(frame):
    """What pretraining adds, at every number of labelled training windows."""
    frame = frame[frame["metric"] == GAIN]
    if frame.empty:
        return None
    caveat = few_subjects(frame)
    frame = frame[frame["subject"] == "all"]
    shown = []
    rows = []
    for task in ordered(frame["task"], TASKS):
        of_task = frame[frame["task"] == task].sort_values("windows")
        gains = list(of_task.itertuples())
        shown.append(f"{label(task)}: {_above_and_below(gains)}")
        rows += [_cells(task, gain) for gain in gains]
    sentence = (
        "Balanced accuracy of the fine-tuned models against those from scratch, by the number of "
        "labelled training windows, where the interval over subjects leaves out 0. "
        f"{'; '.join(shown)}.{caveat}"
    )
    columns = [
        "task",
        "training windows",
        "fine-tuned minus scratch",
        "subjects",
    ]
    return Finding("What pretraining is worth", sentence, columns, rows)


def _above_and_below(gains):
    better = [f"{gain.windows:.0f}" for gain in gains if gain.ci_low > 0]
    worse = [f"{gain.windows:.0f}" for gain in gains if gain.ci_high < 0]
    return (
        f"above with {', '.join(better) or 'none'}, "
        f"below with {', '.join(worse) or 'none'} of {len(gains)} numbers of windows"
    )


def _cells(task, gain):
    """Cells of a row, and whether they are set in bold."""
    is_above = bool(gain.ci_low > 0)
    return [
        (label(task), False),
        (f"{gain.windows:.0f}", False),
        (estimate(gain), is_above),
        (f"{gain.n:.0f}", False),
    ]
