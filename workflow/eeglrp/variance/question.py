"""What part of a score or a map belongs to the subject, and what part to the model drawn?

Needs the tables of decoding, shares and topography, with seeds and folds. Writes
`metrics/variance.tsv`.
"""

from eeglrp.manifest import Question, Table
from eeglrp.variance.findings.variance import variance_finding

QUESTION = Question(
    tables={
        "variance": Table(
            "Spread of scores and shares over subjects, folds and seeds",
            columns=("source",),
            finding=variance_finding,
            shown=False,
        ),
    },
    figures={},
    metrics={},
)
