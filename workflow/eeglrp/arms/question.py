"""What does a model lose when its input is cleaned or cut?

Needs `tasks.<task>.arms` in the configuration: the same windows with eyes regressed out,
without components, electrodes or times. Writes `metrics/arms.tsv`, `components.tsv` and
`arm_topography.tsv`.
"""

from eeglrp.arms.findings.arms import arms_finding, arms_view
from eeglrp.config import arms, main_tasks
from eeglrp.manifest import Question, Table


def armed_tasks(config):
    """Tasks that have arms."""
    tasks = main_tasks(config)
    return [task for task in tasks if arms(config, task)]


def has_arms(config):
    """Whether any task has arms."""
    return bool(armed_tasks(config))


def removes_components(config):
    """Whether any arm removes independent components."""
    inputs = [
        task["input"] for task in config["tasks"].values() if "arm_of" in task
    ]
    return any("ica" in options for options in inputs)


QUESTION = Question(
    tables={
        "arms": Table(
            "Models on other input (loss: whole input minus arm)",
            columns=("arm", "tested", "p", "answer"),
            asked=has_arms,
            finding=arms_finding,
            view=arms_view,
        ),
    },
    figures={
        "arms": has_arms,
        "arm_topomaps": has_arms,
        "components": removes_components,
    },
    metrics={"balanced_accuracy loss": "loss of balanced accuracy"},
)
