"""Does a model trained on one paradigm decode another, and does its relevance move?

Needs tasks with other recordings of the same people in `tasks.<task>.also_test` (imagery and
execution). Writes `metrics/transfer.tsv`.
"""

from eeglrp.manifest import Question, Table
from eeglrp.transfer.files import transfers
from eeglrp.transfer.findings.transfer import transfer_finding, transfer_view


def has_transfer(config):
    """Whether any model is tested on other recordings than those of its task."""
    return bool(transfers(config))


QUESTION = Question(
    tables={
        "transfer": Table(
            "Models on the recordings of another task",
            columns=("tested", "p", "answer"),
            asked=has_transfer,
            finding=transfer_finding,
            view=transfer_view,
        ),
    },
    figures={"transfer": has_transfer},
    metrics={},
)
