"""Do maps of single trials fall into clusters, such as one of the eyes?

Needs attribution stores of tasks with gaze, on every arm. Writes `metrics/strategies.tsv`.
"""

from eeglrp.manifest import Question, Table
from eeglrp.ocular.question import has_gaze
from eeglrp.strategies.findings.strategies import (
    strategies_view,
    strategy_finding,
)

QUESTION = Question(
    tables={
        "strategies": Table(
            "Clusters of single-trial maps",
            columns=("arm", "cluster", "p"),
            asked=has_gaze,
            finding=strategy_finding,
            view=strategies_view,
        ),
    },
    figures={"strategies": has_gaze},
    metrics={
        "n_clusters": "clusters",
        "ocular trials": "share of windows in ocular clusters",
    },
)
