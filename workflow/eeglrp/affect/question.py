"""Does relevance for arousal or valence gather in a central cluster, beyond every null?

Needs tasks with ratings, models of permuted labels and untrained models. Writes
`metrics/affect_decoding.tsv`, `affect_cluster.tsv`, `affect_confounds.tsv`, `affect_maps.tsv`.
"""

from eeglrp.affect.conditions import affect_tasks
from eeglrp.affect.findings.affect_cluster import (
    cluster_finding,
    cluster_view,
    confounds_finding,
    confounds_view,
)
from eeglrp.affect.findings.affect_decoding import (
    affect_decoding_finding,
    affect_decoding_view,
)
from eeglrp.manifest import Question, Table


def has_affect(config):
    """Whether any task asks about arousal or valence beyond its accuracy."""
    return bool(affect_tasks(config))


QUESTION = Question(
    tables={
        "affect_decoding": Table(
            "Accuracy for affect (chance: ratings in another order)",
            columns=("null", "stage", "p", "p_subjects", "orders"),
            asked=has_affect,
            finding=affect_decoding_finding,
            view=affect_decoding_view,
        ),
        "affect_cluster": Table(
            "Relevance in the central cluster (chance: the reference in the method's place)",
            columns=("null", "p", "p_models", "channels"),
            asked=has_affect,
            finding=cluster_finding,
            view=cluster_view,
        ),
        "affect_confounds": Table(
            "Relevance for affect by part of the scalp (chance: share of electrodes)",
            columns=("condition", "tested", "part", "enrichment", "signal"),
            asked=has_affect,
            finding=confounds_finding,
            view=confounds_view,
        ),
    },
    figures={
        "affect_accuracy": has_affect,
        "affect_topomaps": has_affect,
        "affect_recurrence": has_affect,
        "affect_confounds": has_affect,
    },
    metrics={},
)
