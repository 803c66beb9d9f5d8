# What the rule of the explorer asks of the configuration.
from eeglrp.explorer.tables import EXPLORED_TABLES
from eeglrp.explorer.page_files import page_hash

#: The page itself; its data and scripts lie beside it.
EXPLORER = "explorer/index.html"


def arm_explanations():
    """Files of every model that is explained on the arms of a task."""
    return [one for task in ARMED for one in arm_models(task) if one["store"]]


def explored_stores():
    """Attribution stores of every model and method, each once."""
    of_tasks = [
        attribution_store(task, regime, seed, method)
        for task in MAIN_TASKS
        for regime, seed in task_models(task)
        for method in config["attribution"]["methods"]
    ]
    return list(dict.fromkeys([*of_tasks, *(one["store"] for one in arm_explanations())]))


def explored_predictions():
    """Tables of predictions of the same models, each once."""
    of_tasks = [
        results(paths.PREDICTIONS.format(task=task, regime=regime, seed=seed))
        for task in MAIN_TASKS
        for regime, seed in task_models(task)
    ]
    of_arms = [one["predictions"] for one in arm_explanations()]
    return list(dict.fromkeys([*of_tasks, *of_arms]))


def explored_windows_stores():
    """Window stores of the subjects who are explained."""
    split = config["attribution"]["split"]
    of_tasks = [store for task in MAIN_TASKS for store in split_stores(task, task, split)]
    return of_tasks + [store for task in ARMED for store in stores_of_arms(task, split)]
