"""How well is each task decoded, by which model, from how many labels?

Needs predictions of models and baselines. Writes `metrics/decoding.tsv`, `comparisons.tsv`,
`confusion.tsv` and `learning_curve.tsv`.
"""

from eeglrp.config import learning_curve, main_tasks
from eeglrp.decoding.findings.comparisons import comparison_finding
from eeglrp.decoding.findings.decoding import decoding_finding
from eeglrp.decoding.findings.learning_curve import learning_curve_finding
from eeglrp.manifest import Question, Table, always


def has_learning_curve(config):
    """Whether any task is also trained on parts of its windows."""
    tasks = main_tasks(config)
    return any(learning_curve(config, task) for task in tasks)


QUESTION = Question(
    tables={
        "decoding": Table(
            "Decoding on the test split", finding=decoding_finding
        ),
        "comparisons": Table(
            "Differences in balanced accuracy, paired over subjects",
            columns=("against", "answer"),
            finding=comparison_finding,
        ),
        "learning_curve": Table(
            "Balanced accuracy after training on part of the windows",
            asked=has_learning_curve,
            finding=learning_curve_finding,
        ),
    },
    figures={
        "decoding": always,
        "confusion": always,
        "learning_curve": has_learning_curve,
        "training": always,
        "pretraining": always,
    },
    metrics={
        "weighted_f1": "weighted F1",
        "auroc": "AUROC",
        "effect_size": "effect size d",
        "p_holm": "p, Holm",
        "difference finetuned - scratch": "fine-tuned minus scratch",
        "p_equivalence": "p, equivalence",
    },
)
