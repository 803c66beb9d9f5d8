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
    settings = config["tasks"][task]
    inputs = _inputs(settings)
    return {arm: f"{task}_{arm}" for arm in inputs}


def arm_method(config, task):
    """Attribution method that explains a task's models on all inputs: the first, unless told."""
    methods = config["attribution"]["methods"]
    first = next(iter(methods))
    options = config["tasks"][task].get("arms", {})
    return options.get("method", first)


def base_task(config, task):
    """The task that an arm belongs to; the task itself if it is none."""
    settings = config["tasks"][task]
    return settings.get("arm_of", task)


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
    tasks = config["tasks"]
    for name, task in main_tasks(config).items():
        for arm, options in _inputs(task).items():
            arm_name = f"{name}_{arm}"
            tasks[arm_name] = _arm_task(name, task, arm, options)


def _arm_task(name, task, arm, options):
    kept = {
        key: value
        for key, value in task.items()
        if key not in ("arms", "also_test")
    }
    models = {key: task["arms"][key] for key in _MODELS if key in task["arms"]}
    training = {**task["training"], **models, "learning_curve": []}
    return kept | {
        "kind": task.get("kind", name),
        "arm_of": name,
        "arm": arm,
        "input": options,
        "training": training,
    }


def _inputs(task):
    options = task.get("arms", {})
    return options.get("inputs", {})


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
    settings = config["tasks"][task]
    for other in settings.get("also_test", ()):
        _check_also_test(config, task, other)
    if "arms" not in settings:
        return
    key = f"tasks.{task}.arms"
    _check_models(key, settings["arms"], models)
    known = config["attribution"]["methods"]
    method = arm_method(config, task)
    if method not in known:
        problem = f"{method} is not in attribution.methods"
        _refuse(f"{key}.method", problem, f"choose from {', '.join(known)}")
    for arm, options in _inputs(settings).items():
        place = f"{key}.inputs.{arm}"
        if arm == WHOLE:
            problem = "is the name of the whole input"
            _refuse(place, problem, "choose another name")
        name = f"{task}_{arm}"
        if name in main_tasks(config):
            problem = f"makes a task {name}, which there is"
            _refuse(place, problem, "choose another name")
        _check_options(place, options, settings["length"])


def _check_models(key, options, models):
    """Models of the arms must be models of the whole input too."""
    for name in _MODELS:
        known = models[name]
        strange = [
            model for model in options.get(name, ()) if model not in known
        ]
        if strange:
            problem = f"{strange[0]} is not trained on the whole input"
            choices = ", ".join(map(str, known))
            remedy = f"choose from {choices}, or add it to the training"
            _refuse(f"{key}.{name}", problem, remedy)


def _check_also_test(config, task, other):
    """A model is tested on windows of its test split made otherwise, or on its test subjects."""
    key = f"tasks.{task}.also_test"
    tasks = main_tasks(config)
    if other not in tasks:
        problem = f"{other} is not a task"
        _refuse(key, problem, f"choose from {', '.join(tasks)}")
    mine = config["tasks"][task]
    theirs = config["tasks"][other]
    for name in ("classes", "length", "start"):
        if theirs[name] != mine[name]:
            problem = f"{other} has another {name}"
            _refuse(key, problem, "choose a task with the same windows")
    if theirs["dataset"] != mine["dataset"]:
        _check_other_recordings(config, key, mine, other)


def _check_other_recordings(config, key, mine, other):
    """Other recordings are of the same people, none of whom a model was trained on."""
    place = _place(config, mine)
    if "folder" not in place or place != _place(
        config, config["tasks"][other]
    ):
        problem = f"{other} has another dataset"
        remedy = "choose a task with recordings of the same people, in the same folder"
        _refuse(key, problem, remedy)
    if mine["split"]["by"] != "subject":
        problem = (
            f"{other} has other recordings, and the split is not by subject"
        )
        _refuse(key, problem, "write split: {by: subject}")


def _place(config, task):
    """Where the recordings of a task come from; simulated people have no folder."""
    dataset = config["datasets"][task["dataset"]]
    return {
        key: dataset[key] for key in ("source", "folder") if key in dataset
    }


def _check_options(key, options, length):
    if not options:
        remedy = "name regress, ica, low_pass, blank, keep or drop"
        _refuse(key, "changes nothing", remedy)
    if "placebo" in options and "regress" not in options:
        _refuse(f"{key}.placebo", "has no pair", "name the pair in regress")
    if "regress" in options:
        _check_pair(f"{key}.regress", options["regress"])
    if "blank" in options:
        _check_blank(f"{key}.blank", options["blank"], length)
    keep = electrodes(f"{key}.keep", options.get("keep", ()))
    drop = electrodes(f"{key}.drop", options.get("drop", ()))
    if keep and keep <= drop:
        problem = "leaves nothing of keep"
        _refuse(f"{key}.drop", problem, "leave one of them out")


def _check_pair(key, text):
    names = text.upper().split("-")
    if len(names) != 2 or names[0] == names[1]:
        problem = f"{text} is not a pair of electrodes"
        _refuse(key, problem, "write it as in AF7-AF8")
    electrodes(key, names, regions=False)


def _check_blank(key, span, length):
    start, stop = span
    is_in_order = 0 <= start < stop <= length
    if not is_in_order:
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

    meant = set()
    for name in names:
        of_region = {
            channel for channel, region in REGIONS.items() if region == name
        }
        if name.upper() in REGIONS:
            meant.add(name.upper())
        elif regions and of_region:
            meant |= of_region
        else:
            known = dict.fromkeys(REGIONS.values()) if regions else ()
            choices = ", ".join([*known, "an electrode such as FP1"])
            problem = f"{name} is no known electrode"
            _refuse(key, problem, f"choose {choices}")
    return meant


def _refuse(key, problem, remedy):
    raise InputError(_FILE, key, problem, remedy)
