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
    caveat, frame = few_subjects(frame), frame[frame["subject"] == "all"]
    parts, rows = [], []
    for task in ordered(frame["task"], TASKS):
        gains = list(
            frame[frame["task"] == task].sort_values("windows").itertuples()
        )
        better = [f"{row.windows:.0f}" for row in gains if row.ci_low > 0]
        worse = [f"{row.windows:.0f}" for row in gains if row.ci_high < 0]
        parts.append(
            f"{label(task)}: above with {', '.join(better) or 'none'}, "
            f"below with {', '.join(worse) or 'none'} of {len(gains)} numbers of windows"
        )
        rows += [
            [(label(task), False), (f"{row.windows:.0f}", False)]
            + [(estimate(row), bool(row.ci_low > 0)), (f"{row.n:.0f}", False)]
            for row in gains
        ]
    sentence = (
        "Balanced accuracy of the fine-tuned models against those from scratch, by the number of "
        "labelled training windows, where the interval over subjects leaves out 0. "
        f"{'; '.join(parts)}.{caveat}"
    )
    columns = [
        "task",
        "training windows",
        "fine-tuned minus scratch",
        "subjects",
    ]
    return Finding("What pretraining is worth", sentence, columns, rows)
