"""The dial in the configuration: simulated imagery whose confound and mu are of known strength.

The module is imported while the graph is built, so it imports nothing heavy.
"""

from eeglrp.arms.expand import main_tasks

#: A label probability without any tie between saccade and label.
_UNRELATED = 0.5
#: A regime that meets fewer confounds than this climbs no ladder.
_FEWEST = 2


def levels(config):
    """Tasks with arms on simulated imagery, if a regime meets confounds that differ.

    Returns
    -------
    dict of dict
        Task -> `confound` (label probability of saccades), `mu` (desynchronisation), `cohort` (the
        number of its first subject) and `truth`: `ocular`, `sensorimotor`, `both` or `neither`.
    """
    dials, confounds = {}, {}
    for name, task in main_tasks(config).items():
        dataset = config["datasets"][task["dataset"]]
        if not _is_imagery(dataset) or "arms" not in task or task["plant"]:
            continue
        dials[name] = _level(dataset)
        for regime in _arm_regimes(config, task):
            met = confounds.setdefault(regime, set())
            met.add(dials[name]["confound"])
    climbs = any(len(met) >= _FEWEST for met in confounds.values())
    return dials if climbs else {}


def _arm_regimes(config, task):
    """Regimes whose models are tested on a task's arms: said there, for the task, or for all."""
    of_all = config["training"]["regimes"]
    of_task = task["training"].get("regimes", of_all)
    return task["arms"].get("regimes", of_task)


def _is_imagery(dataset):
    simulated = dataset["source"] == "simulated"
    return simulated and dataset["paradigm"] == "imagery"


def _level(dataset):
    saccade = dataset["sources"]["saccade"]
    mu = dataset["sources"]["mu"]
    confound = saccade["label_probability"]
    loss = mu["desynchronisation"]
    eyes = (
        confound != _UNRELATED
        and saccade["amplitude"] > 0
        and saccade["trial_probability"] > 0
    )
    brain = loss > 0 and mu["amplitude"] > 0
    names = {
        (True, True): "both",
        (True, False): "ocular",
        (False, True): "sensorimotor",
    }
    return {
        "confound": float(confound),
        "mu": float(loss),
        "cohort": int(dataset["first_subject"]),
        "truth": names.get((eyes, brain), "neither"),
    }
