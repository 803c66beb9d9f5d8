"""Eyes or motor cortex?

Needs the tables of arms and shares, and of trials and strategies where there is gaze. Writes
`metrics/verdict.tsv` and, where the truth is a dial, `metrics/dial.tsv`.
"""

from eeglrp.affect.conditions import affect_tasks
from eeglrp.arms.question import armed_tasks
from eeglrp.manifest import Question, Table
from eeglrp.verdict.findings.verdict import dial_finding, verdict_finding
from eeglrp.verdict.levels import levels


def judged_tasks(config):
    """Tasks with arms, but those of affect, whose arms take away other things."""
    affect = affect_tasks(config)
    return [task for task in armed_tasks(config) if task not in affect]


def is_judged(config):
    """Whether the verdict is asked of any task."""
    return bool(judged_tasks(config))


def has_dial(config):
    """Whether the truth of any task is a dial."""
    return bool(levels(config))


QUESTION = Question(
    tables={
        "verdict": Table(
            "Verdict",
            columns=("question", "finding", "p", "why"),
            asked=is_judged,
            finding=verdict_finding,
            shown=False,
        ),
        "dial": Table(
            "Verdicts beside the truth",
            columns=("question", "finding", "confound", "mu", "truth"),
            asked=has_dial,
            finding=dial_finding,
            shown=False,
        ),
    },
    figures={"verdict": is_judged, "dial": has_dial},
    metrics={},
)
