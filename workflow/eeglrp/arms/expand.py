"""Arms in the configuration: which there are, what they mean, and the tasks that they become.

The module is imported while the graph is built, so it imports nothing heavy.
"""

from eeglrp.errors import InputError

_FILE = "config"
#: The whole input, in the tables; no arm may be called so.
WHOLE = "all"
#: What a task's `arms` may say about the models that are trained on its arms.
_MODELS = ("regimes", "seeds", "baselines")


def arms(config, task):
    """Arms of a task: name -> name of the task that the arm becomes."""
    return {arm: f"{task}_{arm}" for arm in _inputs(config["tasks"][task])}


def arm_method(config, task):
    """Attribution method that explains a task's models on all inputs: the first, unless told."""
    first = next(iter(config["attribution"]["methods"]))
    return config["tasks"][task].get("arms", {}).get("method", first)


def base_task(config, task):
    """The task that an arm belongs to; the task itself if it is none."""
    return config["tasks"][task].get("arm_of", task)


def main_tasks(config):
    """Tasks that are no arm of another, by name."""
    return {
        name: task
        for name, task in config["tasks"].items()
        if "arm_of" not in task
    }


def expand_arms(config):
    """Add a task for every arm of a checked configuration.

    An arm has its task's settings, and `arm_of`, `arm` and `input` (the options of its transform)
    besides.

    Parameters
    ----------
    config : dict
        Changed in place; a second time changes nothing.
    """
    for name, task in main_tasks(config).items():
        for arm, options in _inputs(task).items():
            config["tasks"][f"{name}_{arm}"] = _arm_task(
                name, task, arm, options
            )


def _arm_task(name, task, arm, options):
    kept = {
        key: value
        for key, value in task.items()
        if key not in ("arms", "also_test")
    }
    models = {key: task["arms"][key] for key in _MODELS if key in task["arms"]}
    training = {**task["training"], **models, "learning_curve": []}
    own = {
        "kind": task.get("kind", name),
        "arm_of": name,
        "arm": arm,
        "input": options,
    }
    return kept | own | {"training": training}


def _inputs(task):
    return task.get("arms", {}).get("inputs", {})


def check_arms(config, task, models):
    """Check the arms of a task, and the tasks that it is also tested on.

    Parameters
    ----------
    config : dict
    task : str
    models : dict
        The task's own `regimes`, `seeds` and names of `baselines`.

    Raises
    ------
    InputError
        Naming the key and the remedy.
    """
    key, settings = f"tasks.{task}.arms", config["tasks"][task]
    for other in settings.get("also_test", ()):
        _check_also_test(config, task, other)
    if "arms" not in settings:
        return
    for name in _MODELS:
        strange = [
            x for x in settings["arms"].get(name, ()) if x not in models[name]
        ]
        if strange:
            remedy = f"choose from {', '.join(map(str, models[name]))}, or add it to the training"
            _refuse(
                f"{key}.{name}",
                f"{strange[0]} is not trained on the whole input",
                remedy,
            )
    known = config["attribution"]["methods"]
    if arm_method(config, task) not in known:
        problem = f"{arm_method(config, task)} is not in attribution.methods"
        _refuse(f"{key}.method", problem, f"choose from {', '.join(known)}")
    for arm, options in _inputs(settings).items():
        place = f"{key}.inputs.{arm}"
        if arm == WHOLE:
            _refuse(
                place, "is the name of the whole input", "choose another name"
            )
        if f"{task}_{arm}" in main_tasks(config):
            _refuse(
                place,
                f"makes a task {task}_{arm}, which there is",
                "choose another name",
            )
        _check_options(place, options, settings["length"])


def _check_also_test(config, task, other):
    """A model can be tested on the very windows of its test split, made otherwise."""
    key, settings = f"tasks.{task}.also_test", config["tasks"]
    if other not in main_tasks(config):
        _refuse(
            key,
            f"{other} is not a task",
            f"choose from {', '.join(main_tasks(config))}",
        )
    for name in ("dataset", "classes", "length", "start"):
        if settings[other][name] != settings[task][name]:
            _refuse(
                key,
                f"{other} has another {name}",
                "choose a task with the same windows",
            )


def _check_options(key, options, length):
    if not options:
        _refuse(
            key,
            "changes nothing",
            "name regress, ica, low_pass, blank, keep or drop",
        )
    if "placebo" in options and "regress" not in options:
        _refuse(f"{key}.placebo", "has no pair", "name the pair in regress")
    if "regress" in options:
        _check_pair(f"{key}.regress", options["regress"])
    if "blank" in options:
        _check_blank(f"{key}.blank", options["blank"], length)
    named = {
        name: electrodes(f"{key}.{name}", options.get(name, ()))
        for name in ("keep", "drop")
    }
    if named["keep"] and named["keep"] <= named["drop"]:
        _refuse(
            f"{key}.drop", "leaves nothing of keep", "leave one of them out"
        )


def _check_pair(key, text):
    names = text.upper().split("-")
    if len(names) != 2 or names[0] == names[1]:
        _refuse(
            key,
            f"{text} is not a pair of electrodes",
            "write it as in AF7-AF8",
        )
    electrodes(key, names, regions=False)


def _check_blank(key, span, length):
    start, stop = span
    if not 0 <= start < stop <= length:
        problem = f"{start:g} to {stop:g} s do not lie in order in windows of {length:g} s"
        _refuse(key, problem, "name two times from the window's start")
    if (start, stop) == (0, length):
        _refuse(key, "leaves no signal", "name a shorter time")


def electrodes(key, names, *, regions=True):
    """Upper-case names of the electrodes that names of electrodes and regions mean.

    Parameters
    ----------
    key : str
        In the configuration, for messages.
    names : sequence of str
    regions : bool
        Whether names of regions are allowed.

    Returns
    -------
    set of str

    Raises
    ------
    InputError
        If a name is neither a region nor an electrode that LaBraM knows.
    """
    from eeglrp.scalp.regions import REGIONS

    found = set()
    for name in names:
        of_region = {
            channel for channel, region in REGIONS.items() if region == name
        }
        if name.upper() in REGIONS:
            found.add(name.upper())
        elif regions and of_region:
            found |= of_region
        else:
            known = dict.fromkeys(REGIONS.values()) if regions else ()
            remedy = (
                f"choose {', '.join([*known, 'an electrode such as FP1'])}"
            )
            _refuse(key, f"{name} is no known electrode", remedy)
    return found


def _refuse(key, problem, remedy):
    raise InputError(_FILE, key, problem, remedy)
