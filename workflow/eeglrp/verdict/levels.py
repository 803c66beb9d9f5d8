"""The dial in the configuration: simulated imagery whose confound and mu are of known strength.

The module is imported while the graph is built, so it imports nothing heavy.
"""

from eeglrp.arms.expand import main_tasks

#: A label probability without any tie between saccade and label.
_UNRELATED = 0.5
#: Fewer confounds than this are no ladder.
_FEWEST = 2


def levels(config):
    """Tasks with arms on simulated imagery, if their confounds differ.

    Returns
    -------
    dict of dict
        Task -> `confound` (label probability of saccades), `mu` (desynchronisation), `cohort` (the
        number of its first subject) and `truth`: `ocular`, `sensorimotor`, `both` or `neither`.
    """
    dials = {}
    for name, task in main_tasks(config).items():
        dataset = config["datasets"][task["dataset"]]
        if _is_imagery(dataset) and "arms" in task and not task["plant"]:
            dials[name] = _level(dataset)
    confounds = {level["confound"] for level in dials.values()}
    return dials if len(confounds) >= _FEWEST else {}


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
