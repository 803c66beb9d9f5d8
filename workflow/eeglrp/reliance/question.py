"""Does a share of relevance tell how much a model relies on a confound?

Needs tasks whose windows hold a planted event tied to the label by degrees. Writes
`metrics/reliance.tsv`.
"""

from eeglrp.manifest import Question, Table
from eeglrp.reliance.findings.reliance import (
    correlations_view,
    reliance_finding,
)
from eeglrp.reliance.ladder import ladder


def has_ladder(config):
    """Whether models rely on a planted confound to a known degree."""
    return bool(ladder(config))


QUESTION = Question(
    tables={
        "reliance": Table(
            "Correlation with reliance over models, by confound",
            columns=("confound",),
            asked=has_ladder,
            finding=reliance_finding,
            view=correlations_view,
        ),
    },
    figures={"reliance": has_ladder},
    metrics={},
)
