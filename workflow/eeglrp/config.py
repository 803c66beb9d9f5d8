"""What a study's configuration means: checks across keys, and the settings each job gets.

Types and ranges are checked by `config/schema.yaml`; here are the rules that join several keys.
The module is imported while the graph is built, so it imports nothing heavy.
"""

import hashlib
import json

from eeglrp.arms.expand import arm_method as arm_method
from eeglrp.arms.expand import arms as arms
from eeglrp.arms.expand import base_task as base_task
from eeglrp.arms.expand import check_arms, electrodes, main_tasks
from eeglrp.arms.expand import expand_arms as expand_arms
from eeglrp.attribution.registry import METHODS, method_of
from eeglrp.baselines.registry import NETWORKS, WITHIN_SUBJECT
from eeglrp.errors import InputError
from eeglrp.lrp.composites import COMPOSITES, rule_table
from eeglrp.models.registry import adapter

_FILE = "config"
#: Settings that choose jobs and devices, not what a training job computes.
_NOT_TRAINING = ("regimes", "seeds", "baselines", "learning_curve")
#: Settings of a task that do not make its windows.
_NOT_WINDOWS = ("split", "training", "windows", "arms", "also_test", "target")
#: What a task can be about; a task of another name says which in `kind`.
KINDS = ("r_peak", "motor_imagery", "arousal", "valence", "rest")
#: Sources that are planted into trials, by their label, and the kinds of task that have trials.
_PLANTED_IN_TRIALS, _WITH_TRIALS = (
    ("saccade", "alpha"),
    ("motor_imagery", "rest"),
)
#: A planted saccade is over so many s after its cue.
_SACCADE = 1.5
#: Yardsticks that stand beside the methods in tables and figures.
YARDSTICKS = ("signal", "random")
#: Option of a method -> values of `baseline` that use it.
_USED_BY = {"width": ("zero", "mean"), "n_baselines": ("other",)}


def read_as_yaml(config, fault):
    """Read one value anew that came as text; Snakemake leaves numbers in `--config a={b: 1}` so.

    Parameters
    ----------
    config : dict
        Changed in place.
    fault : jsonschema.ValidationError
        What the schema found wrong.

    Returns
    -------
    bool
        Whether the value at fault was text that means something else.
    """
    value = getattr(fault, "instance", None)
    if not isinstance(value, str) or not fault.absolute_path:
        return False
    meaning = _meaning(value)
    if isinstance(meaning, str):
        return False
    *parents, key = fault.absolute_path
    for name in parents:
        config = config[name]
    config[key] = meaning
    return True


def _meaning(text):
    import yaml

    # YAML takes 1e-3, without a point, for text.
    for read in (int, float, yaml.safe_load):
        try:
            return read(text)
        except (ValueError, yaml.YAMLError):
            continue
    return text


def check_config(config):
    """Check the rules that join several keys.

    Raises
    ------
    InputError
        Naming the key and the remedy.
    """
    for name, task in config["tasks"].items():
        _check_task(config, name, task)
    for name, options in config["attribution"]["methods"].items():
        _check_method(f"attribution.methods.{name}", name, options)
    _check_sanity(config)
    _check_faithfulness(config)
    _check_affect(config)
    weights = config["weights"]
    if weights["source"] == "file" and not weights["path"]:
        _refuse(
            "weights.path",
            "is empty",
            "name a file, or choose source hub or pretrain",
        )
    adapter(config["model"]).check_settings(config["model"])


def _check_task(config, name, task):
    key = f"tasks.{name}"
    known = ", ".join(config["datasets"])
    if task["dataset"] not in config["datasets"]:
        _refuse(
            f"{key}.dataset",
            f"{task['dataset']} is not a dataset",
            f"choose one of {known}",
        )
    kind = task_kind(config, name)
    if kind not in KINDS:
        _refuse(
            f"{key}.kind", "is missing", f"choose one of {', '.join(KINDS)}"
        )
    if kind in ("arousal", "valence") and "rating" not in task:
        _refuse(
            f"{key}.rating",
            "is missing",
            "name the rating: arousal or valence",
        )
    if kind != "motor_imagery" and len(task["classes"]) != 2:
        _refuse(
            f"{key}.classes",
            f"has {len(task['classes'])} names",
            "name two classes",
        )
    split = task["split"]
    if split["test_folds"] + split["validation_folds"] >= split["folds"]:
        problem = "leaves no fold for training"
        _refuse(
            f"{key}.split.folds", problem, "raise folds, or lower test_folds"
        )
    if task["target"] == "rating" and kind not in ("arousal", "valence"):
        _refuse(
            f"{key}.target", f"is of no use to kind {kind}", "leave it out"
        )
    _check_controls(key, kind, task)
    _check_baselines(config, name)
    _check_learning_curve(config, name)
    _check_subject_layer(config, name)
    check_arms(config, name, _models(config, name))
    windows = window_settings(config, name)
    samples = task["length"] * windows["sampling_rate"]
    patch = adapter(config["model"]).PATCH_SAMPLES
    if samples % patch:
        problem = f"{task['length']} s at {windows['sampling_rate']} Hz is not whole patches"
        _refuse(
            f"{key}.length",
            problem,
            f"choose a multiple of {patch} samples",
        )
    if windows["low_pass"] >= windows["sampling_rate"] / 2:
        _refuse(
            "windows.low_pass",
            "is at or above half the sampling rate",
            "lower it",
        )
    if windows["high_pass"] >= windows["low_pass"]:
        _refuse("windows.high_pass", "is at or above low_pass", "lower it")


def _check_controls(key, kind, task):
    """Permuted events and planted fields need the right kind of task."""
    if task["permute_events"] and kind != "r_peak":
        _refuse(
            f"{key}.permute_events",
            f"is of no use to kind {kind}",
            "leave it out",
        )
    if task["plant"] and task["truth"]:
        problem = "cannot stand beside plant, whose field is the truth"
        _refuse(f"{key}.truth", problem, "leave one of them out")
    for source in task["plant"]:
        has_trials = kind in _WITH_TRIALS and len(task["classes"]) == 2
        if source in _PLANTED_IN_TRIALS and not has_trials:
            remedy = "leave it out, or choose kind motor_imagery or rest with two classes"
            _refuse(
                f"{key}.plant.{source}", "needs trials of two classes", remedy
            )
        if (
            source == "saccade"
            and kind == "rest"
            and task["length"] < _SACCADE
        ):
            problem = f"outlasts windows of {task['length']:g} s at rest"
            _refuse(
                f"{key}.plant.saccade",
                problem,
                f"choose a length of {_SACCADE:g} s or more",
            )


def _models(config, task):
    settings = {**config["training"], **config["tasks"][task]["training"]}
    return {key: settings[key] for key in ("regimes", "seeds", "baselines")}


def _check_baselines(config, task):
    _check_heart_rate(config, task)
    if config["tasks"][task]["split"]["by"] != "subject":
        return
    for name, _ in baselines(config, task):
        if name in WITHIN_SUBJECT:
            problem = f"{name} is fitted within subjects, but the split keeps subjects apart"
            _refuse(
                f"tasks.{task}.training.baselines",
                problem,
                "leave it out, or split by: block",
            )


def _check_heart_rate(config, task):
    rated = task_kind(config, task) in ("arousal", "valence")
    names = [name for name, _ in baselines(config, task)]
    if (
        rated
        and "heart_rate" in names
        and not config["tasks"][task]["r_peaks"]
    ):
        problem = "heart_rate needs the R-peaks of an ECG"
        remedy = f"set tasks.{task}.r_peaks, or leave it out"
        _refuse(f"tasks.{task}.training.baselines", problem, remedy)


def _check_learning_curve(config, task):
    sizes, key = (
        learning_curve(config, task),
        f"tasks.{task}.training.learning_curve",
    )
    if sorted(set(sizes)) != list(sizes):
        _refuse(
            key,
            f"{sizes} does not ascend",
            "name the numbers of windows in order, each once",
        )
    n_classes = len(config["tasks"][task]["classes"])
    if sizes and sizes[0] < n_classes:
        _refuse(
            key,
            f"{sizes[0]} windows cannot hold {n_classes} classes",
            "raise it",
        )


def _check_subject_layer(config, task):
    settings, key = training_settings(config, task), f"tasks.{task}.training"
    if not settings["subject_layer"]:
        return
    if config["tasks"][task]["split"]["by"] == "subject":
        problem = "learns a filter for each subject, but the split keeps subjects apart"
        _refuse(
            f"{key}.subject_layer", problem, "leave it out, or split by: block"
        )
    if settings["augmentation"].get("mixup"):
        problem = "mixes windows of subjects that have filters of their own"
        _refuse(
            f"{key}.augmentation.mixup",
            problem,
            "leave out mixup or subject_layer",
        )


def _check_method(key, name, options):
    method = method_of(name, options)
    if name in YARDSTICKS:
        remedy = "choose another name, as in random_map: {method: random}"
        _refuse(key, "is the name of a yardstick", remedy)
    if method not in METHODS:
        known = ", ".join(METHODS)
        _refuse(
            key,
            f"{method} is not a method",
            f"choose one of {known}, or set method to one",
        )
    if name in METHODS and method != name:
        _refuse(
            key,
            f"is the name of another method than {method}",
            "choose another name",
        )
    baseline = options.get("baseline", "zero")
    for option in _USED_BY.keys() & options.keys():
        if baseline not in _USED_BY[option]:
            _refuse(
                f"{key}.{option}",
                f"is not used by baseline {baseline}",
                "leave it out",
            )
    if "rules" in options:
        _check_rules(f"{key}.rules", options["rules"])


def _check_rules(key, rules):
    try:
        rule_table(rules)
    except InputError as error:
        raise InputError(
            _FILE, f"{key}: {error.field}", error.problem, error.remedy
        ) from error


def _check_sanity(config):
    known = config["attribution"]["methods"]
    for name in config["evaluate"]["sanity"]["methods"] or ():
        if name not in known:
            remedy = f"choose from {', '.join(known)}"
            _refuse(
                "evaluate.sanity.methods",
                f"{name} is not in attribution.methods",
                remedy,
            )


def _check_faithfulness(config):
    wanted = faithfulness(config)
    if wanted is None or set(wanted["occluders"]) == {"removal"}:
        return
    for name, task in config["tasks"].items():
        samples = round(
            task["length"] * window_settings(config, name)["sampling_rate"]
        )
        if samples % wanted["piece"]:
            problem = f"{wanted['piece']} samples do not divide the {samples} of tasks.{name}"
            _refuse(
                "evaluate.faithfulness.piece",
                problem,
                "choose a divisor, such as 40 or 200",
            )


def _check_affect(config):
    known, method = (
        config["attribution"]["methods"],
        config["affect"]["method"],
    )
    if method and method not in known:
        remedy = f"choose from {', '.join(known)}"
        _refuse(
            "affect.method", f"{method} is not in attribution.methods", remedy
        )
    electrodes(
        "affect.region", config["affect"]["region"] or (), regions=False
    )


def _refuse(key, problem, remedy):
    raise InputError(_FILE, key, problem, remedy)


def task_kind(config, task):
    """What a task is about: its `kind`, or else its name."""
    return config["tasks"][task].get("kind", task)


def gaze_tasks(config):
    """Tasks, without arms, in which gaze may follow the cue: imagery of left and right hand."""
    return [
        name
        for name, task in main_tasks(config).items()
        if task_kind(config, name) == "motor_imagery"
        and list(task["classes"]) == ["left", "right"]
    ]


def window_settings(config, task):
    """Constants of the windows of one task."""
    return {**config["windows"], **config["tasks"][task]["windows"]}


def task_settings(config, task):
    """What defines a task's windows, without what only later stages use."""
    settings = config["tasks"][task] | {"kind": task_kind(config, task)}
    return {key: settings[key] for key in settings if key not in _NOT_WINDOWS}


def early(config, task):
    """Where the early part of a task's windows ends, in s from their start.

    None for the first half: of tasks without a cue, and of windows that do not hold the time.
    """
    own = config["tasks"][task]
    end = config["verify"]["early"] - own["start"]
    cued = task_kind(config, task) == "motor_imagery"
    return end if cued and 0 < end < own["length"] else None


def training_settings(config, task):
    """Settings of one training job of a task."""
    settings = {**config["training"], **config["tasks"][task]["training"]}
    return {key: settings[key] for key in settings if key not in _NOT_TRAINING}


def subject_layer(config, task):
    """What networks among the baselines share with the models: a spatial filter a subject."""
    settings = training_settings(config, task)
    return {
        key: settings[key] for key in ("subject_layer", "subject_layer_rate")
    }


def regimes(config, task):
    """Regimes to train for a task."""
    return {**config["training"], **config["tasks"][task]["training"]}[
        "regimes"
    ]


def seeds(config, task):
    """Seeds to train for a task."""
    return {**config["training"], **config["tasks"][task]["training"]}["seeds"]


def baselines(config, task):
    """Name and seed of every baseline of a task; networks take the seeds of the models."""
    names = {**config["training"], **config["tasks"][task]["training"]}[
        "baselines"
    ]
    drawn = seeds(config, task)
    return [
        (name, seed)
        for name in names
        for seed in (drawn if name in NETWORKS else [0])
    ]


def split_subjects(config, task, split, subjects):
    """Those of a dataset's subjects who can have windows in a split of a task.

    Where the configuration names them, a job need not read the stores of the others; otherwise all.
    """
    own = config["tasks"][task]["split"]
    if own["by"] != "subject" or not own["test"]:
        return subjects
    split_of = dict.fromkeys(own["validation"], "validation") | dict.fromkeys(
        own["test"], "test"
    )
    return [name for name in subjects if split_of.get(name, "train") == split]


def learning_curve(config, task):
    """Numbers of training windows that a task's models are trained on as well."""
    return {**config["training"], **config["tasks"][task]["training"]}[
        "learning_curve"
    ]


def sanity_models(config, task):
    """Regime and seed of the models of a task whose maps are tested by randomisation.

    An untrained model has learned nothing that could be taken away.
    """
    drawn = seeds(config, task)[: config["evaluate"]["sanity"]["seeds"]]
    names = [name for name in regimes(config, task) if name != "untrained"]
    return [(regime, seed) for regime in names for seed in drawn]


def sanity_methods(config):
    """Name and options of the methods that are tested by randomisation."""
    methods, names = (
        config["attribution"]["methods"],
        config["evaluate"]["sanity"]["methods"],
    )
    return (
        methods if names is None else {name: methods[name] for name in names}
    )


def rule_sets(config):
    """Names of the attribution methods that are LRP."""
    methods = config["attribution"]["methods"]
    return [
        name
        for name in methods
        if method_of(name, methods[name]) in (*COMPOSITES, "lrp")
    ]


def faithfulness(config):
    """Settings of the perturbation curves, or None where they are not wanted."""
    wanted = config["evaluate"]["faithfulness"]
    return wanted if wanted and wanted["occluders"] else None


def dataset_settings(config, dataset):
    """What defines a dataset's recordings: all but how many subjects there are, and which."""
    settings = config["datasets"][dataset]
    return {
        key: settings[key]
        for key in settings
        if key not in ("subjects", "first_subject")
    }


def planted_curves(config):
    """Tasks that differ in the amplitude of one planted source, for psychometric curves.

    The source is added to recordings by a task's `plant`, or is part of simulated recordings, as
    the one source that a task has for truth, in data sets that are equal but for its amplitude.

    Returns
    -------
    dict of dict
        Name of the curve (source, dataset, and other options of the source) -> task -> amplitude
        in microvolt, two tasks at least. An amplitude of 0 has no place on a logarithmic axis; of
        two tasks with the same amplitude the first counts.
    """
    curves = {}
    for name, task in main_tasks(config).items():
        for source, options in task["plant"].items():
            more = [
                f"{key} {options[key]:g}"
                for key in options
                if key != "amplitude"
            ]
            curve = ", ".join(
                [f"{source} in {task['dataset']}", *more]
            ).replace("_", " ")
            if len(task["plant"]) == 1:
                _add_size(
                    curves.setdefault(curve, {}), name, options["amplitude"]
                )
    return _several(curves) | _simulated_curves(config)


def _several(curves):
    """Curves of two amplitudes at least: one is a point."""
    return {name: sizes for name, sizes in curves.items() if len(sizes) > 1}


def _add_size(curve, task, amplitude):
    if amplitude and amplitude not in curve.values():
        curve[task] = amplitude


def _simulated_curves(config):
    """As `planted_curves`, of simulated sources."""
    ladders, curves = {}, {}
    for name, task in main_tasks(config).items():
        dataset = config["datasets"][task["dataset"]]
        if (
            dataset["source"] == "simulated"
            and not task["plant"]
            and len(task["truth"]) == 1
        ):
            (source,), sources = task["truth"], dataset["sources"]
            others = sources | {source: sources[source] | {"amplitude": None}}
            shared = json.dumps(dataset | {"sources": others}, sort_keys=True)
            ladder = ladders.setdefault(
                (source, dataset["paradigm"], shared), {}
            )
            _add_size(ladder, name, sources[source]["amplitude"])
    for (source, paradigm, _), sizes in _several(ladders).items():
        name = f"{source} in simulated {paradigm}"
        curves[
            name if name not in curves else f"{name}, from {next(iter(sizes))}"
        ] = sizes
    return curves


def as_written(config):
    """The configuration without the tasks that arms become."""
    return {**config, "tasks": main_tasks(config)}


def settings_hash(config, task):
    """SHA-256 of all settings that the models and explanations of a task depend on."""
    part = {key: config[key] for key in ("seed", "model", "weights")}
    part["attribution"] = {
        k: v for k, v in config["attribution"].items() if k != "methods"
    }
    part["dataset"] = dataset_settings(
        config, config["tasks"][task]["dataset"]
    )
    part["windows"] = window_settings(config, task)
    part["task"] = task_settings(config, task)
    part["split"] = config["tasks"][task]["split"]
    part["training"] = training_settings(config, task)
    text = json.dumps(part, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
