"""Do accuracy and relevance follow gaze, trial by trial?

Needs tasks whose trials may hold saccades towards a cue. Writes `metrics/trials.tsv`.
"""

from eeglrp.config import gaze_tasks
from eeglrp.manifest import Question, Table
from eeglrp.ocular.findings.ocular import trials_finding, trials_view


def has_gaze(config):
    """Whether the trials of any task are grouped by gaze."""
    return bool(gaze_tasks(config))


QUESTION = Question(
    tables={
        "trials": Table(
            "Gaze, accuracy and ocular share over trials",
            columns=("group", "p"),
            asked=has_gaze,
            finding=trials_finding,
            view=trials_view,
        ),
    },
    figures={"terciles": has_gaze},
    metrics={
        "heog": "cue-signed HEOG (µV)",
        "accuracy gradient": "accuracy, high minus low tercile",
        "share ocular_frontal gradient": "ocular share, high minus low tercile",
        "wrong": "wrong windows",
    },
)
