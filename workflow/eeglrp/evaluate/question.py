"""How far can an explanation be trusted?

Needs attribution stores, planted truth where it is known, and models with random weights or
permuted labels. Writes `metrics/guide.tsv`, `localisation.tsv`, `psychometric.tsv`,
`sanity.tsv`, `complexity.tsv`, `agreement.tsv`, `stability.tsv`, `faithfulness.tsv`, `cost.tsv`.
"""

from eeglrp.config import faithfulness, planted_curves
from eeglrp.evaluate.findings.faithfulness import (
    by_occluder,
    faithfulness_finding,
)
from eeglrp.evaluate.findings.guide import guide_finding
from eeglrp.evaluate.findings.localisation import localisation_finding
from eeglrp.evaluate.findings.maps import (
    VIEWS,
    sanity_finding,
    stability_finding,
)
from eeglrp.evaluate.findings.planted import (
    psychometric_finding,
    thresholds_view,
)
from eeglrp.manifest import Question, Table, always


def hides_pieces(config):
    """Whether scores are asked for while pieces of the signal are hidden."""
    return bool(faithfulness(config))


def has_planted_curves(config):
    """Whether sources are planted over a range of amplitudes."""
    return bool(planted_curves(config))


QUESTION = Question(
    tables={
        "guide": Table(
            "Attribution methods over all tasks (wins: share of other methods beaten)",
            finding=guide_finding,
        ),
        "localisation": Table(
            "Localisation on the planted truth", finding=localisation_finding
        ),
        "psychometric": Table(
            "Planted amplitude that leaves chance, and half-way (µV)",
            columns=("curve",),
            asked=has_planted_curves,
            finding=psychometric_finding,
            view=thresholds_view,
            folded=False,
        ),
        "sanity": Table(
            "Maps with all weights random (chance: maps of different windows), "
            "and under small noise",
            columns=("unit", "depth"),
            finding=sanity_finding,
            view=VIEWS["sanity"],
        ),
        "complexity": Table(
            "Concentration of maps (chance: white noise)",
            columns=("level",),
            view=VIEWS["complexity"],
        ),
        "agreement": Table(
            "Agreement of methods (chance: maps of different windows)",
            columns=("against", "level"),
            view=VIEWS["agreement"],
        ),
        "stability": Table(
            "Agreement of models (chance: maps of different windows)",
            columns=("against", "against_seed", "level"),
            finding=stability_finding,
            view=VIEWS["stability"],
        ),
        "faithfulness": Table(
            "Scores while pieces are hidden (chance: random orders)",
            columns=("occluder",),
            asked=hides_pieces,
            finding=faithfulness_finding,
            view=by_occluder,
        ),
    },
    figures={
        "guide": always,
        "methods": always,
        "localisation": always,
        "psychometric": has_planted_curves,
        "sanity": always,
        "agreement": always,
        "faithfulness": hides_pieces,
    },
    metrics={
        "auc": "AUC, signed",
        "auc_absolute": "AUC, absolute",
        "balanced_accuracy onset": "balanced accuracy above chance from",
        "balanced_accuracy threshold": "balanced accuracy half-way",
        "auc onset": "AUC above chance from",
        "auc threshold": "AUC half-way",
        "rma": "mass accuracy",
        "rra": "rank accuracy",
        "aopc_morf": "area over the MoRF curve",
        "aopc_lerf": "area over the LeRF curve",
        "srg": "SRG",
        "naopc": "normalised area, MoRF",
        "spearman cascading": "rank correlation, all weights random",
        "spearman_absolute cascading": "the same, |relevance|",
        "spearman labels": "rank correlation, permuted labels",
        "spearman_absolute labels": "permuted labels, |relevance|",
        "gini sample": "Gini index, samples",
        "entropy sample": "entropy, samples",
        "gini electrode_patch": "Gini index, seconds of electrodes",
        "entropy electrode_patch": "entropy, seconds of electrodes",
        "spearman map": "rank correlation",
        "top_overlap map": "overlap of the highest 10 %",
        "spearman electrode": "rank correlation, electrodes",
        "spearman_absolute electrode": "electrodes, |relevance|",
    },
)
