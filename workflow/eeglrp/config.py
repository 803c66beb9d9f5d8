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
from eeglrp.files import sha256
from eeglrp.lrp.composites import COMPOSITES, rule_table
from eeglrp.models.networks import source_of
from eeglrp.models.registry import (
    DEFAULT,
    MODELS,
    RANDOM_STARTS,
    adapter,
    model_of,
    start_of,
)
from eeglrp.recordings.folders import excluded_recordings, find_subject
from eeglrp.windowing.kinds import CUED

_FILE = "config"
#: Settings that choose jobs and devices, not what a training job computes.
_NOT_TRAINING = ("regimes", "seeds", "baselines", "learning_curve")
#: Settings of a task that do not make its windows.
_NOT_WINDOWS = ("split", "training", "windows", "arms", "also_test", "target")
#: What a task can be about; a task of another name says which in `kind`.
KINDS = ("r_peak", "motor_imagery", "cued", "arousal", "valence", "rest")
#: Kinds whose windows are rated.
_RATED = ("arousal", "valence")
#: Sources that are planted into trials, by their label, and the kinds of task that have trials.
_PLANTED_IN_TRIALS = ("saccade", "alpha")
_WITH_TRIALS = (*CUED, "rest")
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
        remedy = "name a file, or choose source hub or pretrain"
        _refuse("weights.path", "is empty", remedy)
    adapter(config["model"]).check_settings(config["model"])
    _check_networks(config)


def _check_networks(config):
    """Networks beside LaBraM are known, have the sizes asked for, and start from random weights."""
    known = set(MODELS)
    for name, network in config["models"].items():
        adapter({**network, "name": name}).check_settings(network)
        if "class" in network:
            source_of(name, network["class"])
            known.add(name)
    for task in main_tasks(config):
        key = f"tasks.{task}.training.regimes"
        for regime in regimes(config, task):
            _check_regime(key, regime, known)


def _check_regime(key, regime, known):
    name = model_of(regime)
    if name not in known:
        problem = f"{regime}: {name} is no network"
        _refuse(key, problem, f"choose one of {', '.join(sorted(known))}")
    if name != DEFAULT and start_of(regime) not in RANDOM_STARTS:
        problem = f"{regime}: {name} has no pretrained weights here"
        _refuse(key, problem, f"choose {name}_scratch or {name}_untrained")


def _check_task(config, name, task):
    key = f"tasks.{name}"
    dataset = task["dataset"]
    if dataset not in config["datasets"]:
        problem = f"{dataset} is not a dataset"
        remedy = f"choose one of {', '.join(config['datasets'])}"
        _refuse(f"{key}.dataset", problem, remedy)
    kind = task_kind(config, name)
    _check_kind(key, kind, task)
    split = task["split"]
    if split["validation_folds"] + 1 >= split["folds"]:
        problem = "leaves no fold for training"
        remedy = "raise folds, or lower validation_folds"
        _refuse(f"{key}.split.folds", problem, remedy)
    if task["target"] == "rating" and kind not in _RATED:
        problem = f"is of no use to kind {kind}"
        _refuse(f"{key}.target", problem, "leave it out")
    _check_controls(key, kind, task)
    _check_baselines(config, name)
    _check_learning_curve(config, name)
    _check_subject_layer(config, name)
    check_arms(config, name, _models(config, name))
    _check_windows(config, name, task)


def _check_kind(key, kind, task):
    """The kind is known, and what it needs is there."""
    if kind not in KINDS:
        remedy = f"choose one of {', '.join(KINDS)}"
        _refuse(f"{key}.kind", "is missing", remedy)
    if kind in _RATED and "rating" not in task:
        remedy = "name the rating: arousal or valence"
        _refuse(f"{key}.rating", "is missing", remedy)
    n_classes = len(task["classes"])
    if kind not in CUED and n_classes != 2:
        problem = f"has {n_classes} names"
        _refuse(f"{key}.classes", problem, "name two classes")


def _check_windows(config, name, task):
    """Windows are whole patches, and their filters fit the sampling rate."""
    windows = window_settings(config, name)
    length, rate = task["length"], windows["sampling_rate"]
    patch = adapter(config["model"]).PATCH_SAMPLES
    if length * rate % patch:
        problem = f"{length} s at {rate} Hz is not whole patches"
        remedy = f"choose a multiple of {patch} samples"
        _refuse(f"tasks.{name}.length", problem, remedy)
    if windows["low_pass"] >= rate / 2:
        problem = "is at or above half the sampling rate"
        _refuse("windows.low_pass", problem, "lower it")
    if windows["high_pass"] >= windows["low_pass"]:
        _refuse("windows.high_pass", "is at or above low_pass", "lower it")


def _check_controls(key, kind, task):
    """Permuted events and planted fields need the right kind of task."""
    if task["permute_events"] and kind != "r_peak":
        problem = f"is of no use to kind {kind}"
        _refuse(f"{key}.permute_events", problem, "leave it out")
    if task["plant"] and task["truth"]:
        problem = "cannot stand beside plant, whose field is the truth"
        _refuse(f"{key}.truth", problem, "leave one of them out")
    has_trials = kind in _WITH_TRIALS and len(task["classes"]) == 2
    length = task["length"]
    for source in task["plant"]:
        field = f"{key}.plant.{source}"
        if source in _PLANTED_IN_TRIALS and not has_trials:
            problem = "needs trials of two classes"
            remedy = "leave it out, or choose kind motor_imagery, cued or rest with two classes"
            _refuse(field, problem, remedy)
        if source == "saccade" and kind == "rest" and length < _SACCADE:
            problem = f"outlasts windows of {length:g} s at rest"
            remedy = f"choose a length of {_SACCADE:g} s or more"
            _refuse(field, problem, remedy)


def _training(config, task):
    """Settings of training, with those of the task in place of the study's."""
    of_task = config["tasks"][task]["training"]
    return {**config["training"], **of_task}


def _models(config, task):
    settings = _training(config, task)
    return {key: settings[key] for key in ("regimes", "seeds", "baselines")}


def _check_baselines(config, task):
    _check_heart_rate(config, task)
    if config["tasks"][task]["split"]["by"] != "subject":
        return
    for name, _ in baselines(config, task):
        if name in WITHIN_SUBJECT:
            problem = f"{name} is fitted within subjects, but the split keeps subjects apart"
            remedy = "leave it out, or split by: block"
            _refuse(f"tasks.{task}.training.baselines", problem, remedy)


def _check_heart_rate(config, task):
    rated = task_kind(config, task) in _RATED
    names = [name for name, _ in baselines(config, task)]
    wanted = rated and "heart_rate" in names
    if wanted and not config["tasks"][task]["r_peaks"]:
        problem = "heart_rate needs the R-peaks of an ECG"
        remedy = f"set tasks.{task}.r_peaks, or leave it out"
        _refuse(f"tasks.{task}.training.baselines", problem, remedy)


def _check_learning_curve(config, task):
    key = f"tasks.{task}.training.learning_curve"
    sizes = learning_curve(config, task)
    if sorted(set(sizes)) != list(sizes):
        problem = f"{sizes} does not ascend"
        remedy = "name the numbers of windows in order, each once"
        _refuse(key, problem, remedy)
    n_classes = len(config["tasks"][task]["classes"])
    if sizes and sizes[0] < n_classes:
        problem = f"{sizes[0]} windows cannot hold {n_classes} classes"
        _refuse(key, problem, "raise it")


def _check_subject_layer(config, task):
    key = f"tasks.{task}.training"
    settings = training_settings(config, task)
    if not settings["subject_layer"]:
        return
    if config["tasks"][task]["split"]["by"] == "subject":
        problem = "learns a filter for each subject, but the split keeps subjects apart"
        remedy = "leave it out, or split by: block"
        _refuse(f"{key}.subject_layer", problem, remedy)
    if settings["augmentation"].get("mixup"):
        problem = "mixes windows of subjects that have filters of their own"
        remedy = "leave out mixup or subject_layer"
        _refuse(f"{key}.augmentation.mixup", problem, remedy)


def _check_method(key, name, options):
    method = method_of(name, options)
    if name in YARDSTICKS:
        remedy = "choose another name, as in random_map: {method: random}"
        _refuse(key, "is the name of a yardstick", remedy)
    if method not in METHODS:
        known = ", ".join(METHODS)
        remedy = f"choose one of {known}, or set method to one"
        _refuse(key, f"{method} is not a method", remedy)
    if name in METHODS and method != name:
        problem = f"is the name of another method than {method}"
        _refuse(key, problem, "choose another name")
    baseline = options.get("baseline", "zero")
    for option in _USED_BY.keys() & options.keys():
        if baseline not in _USED_BY[option]:
            problem = f"is not used by baseline {baseline}"
            _refuse(f"{key}.{option}", problem, "leave it out")
    if "rules" in options:
        _check_rules(f"{key}.rules", options["rules"])


def _check_rules(key, rules):
    try:
        rule_table(rules)
    except InputError as error:
        field = f"{key}: {error.field}"
        raise InputError(_FILE, field, error.problem, error.remedy) from error


def _check_sanity(config):
    known = config["attribution"]["methods"]
    for name in config["evaluate"]["sanity"]["methods"] or ():
        if name not in known:
            problem = f"{name} is not in attribution.methods"
            remedy = f"choose from {', '.join(known)}"
            _refuse("evaluate.sanity.methods", problem, remedy)


def _check_faithfulness(config):
    wanted = faithfulness(config)
    if wanted is None or set(wanted["occluders"]) == {"removal"}:
        return
    piece = wanted["piece"]
    for name, task in config["tasks"].items():
        rate = window_settings(config, name)["sampling_rate"]
        samples = round(task["length"] * rate)
        if samples % piece:
            problem = (
                f"{piece} samples do not divide the {samples} of tasks.{name}"
            )
            remedy = "choose a divisor, such as 40 or 200"
            _refuse("evaluate.faithfulness.piece", problem, remedy)


def _check_affect(config):
    known = config["attribution"]["methods"]
    method = config["affect"]["method"]
    if method and method not in known:
        problem = f"{method} is not in attribution.methods"
        remedy = f"choose from {', '.join(known)}"
        _refuse("affect.method", problem, remedy)
    region = config["affect"]["region"] or ()
    electrodes("affect.region", region, regions=False)


def _refuse(key, problem, remedy):
    raise InputError(_FILE, key, problem, remedy)


def task_kind(config, task):
    """What a task is about: its `kind`, or else its name."""
    settings = config["tasks"][task]
    return settings.get("kind", task)


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
    of_task = config["tasks"][task]["windows"]
    return {**config["windows"], **of_task}


def task_settings(config, task):
    """What defines a task's windows, without what only later stages use."""
    kind = task_kind(config, task)
    settings = config["tasks"][task] | {"kind": kind}
    return _without(settings, _NOT_WINDOWS)


def early(config, task):
    """Where the early part of a task's windows ends, in s from their start.

    None for the first half: of tasks without a cue, and of windows that do not hold the time.
    """
    settings = config["tasks"][task]
    end = config["verify"]["early"] - settings["start"]
    if task_kind(config, task) not in CUED:
        return None
    return end if 0 < end < settings["length"] else None


def training_settings(config, task):
    """Settings of one training job of a task."""
    return _without(_training(config, task), _NOT_TRAINING)


def _without(settings, keys):
    """Settings but for those of some keys."""
    kept = {}
    for key, value in settings.items():
        if key not in keys:
            kept[key] = value
    return kept


def subject_layer(config, task):
    """What networks among the baselines share with the models: a spatial filter a subject."""
    settings = training_settings(config, task)
    return {
        key: settings[key] for key in ("subject_layer", "subject_layer_rate")
    }


def regimes(config, task):
    """Regimes to train for a task."""
    return _training(config, task)["regimes"]


def models_of(config, task):
    """Settings of the network of every regime of a task, by regime."""
    return {
        regime: model_settings(config, regime)
        for regime in regimes(config, task)
    }


def model_settings(config, regime):
    """Settings of the network that a regime names; the section `model` where it names none."""
    name = model_of(regime)
    if name == DEFAULT:
        return config["model"]
    network = {"name": name, **config["models"].get(name, {})}
    if "class" in network:
        # A change in the user's file is a change of the model.
        network["source_sha256"] = sha256(source_of(name, network["class"]))
    return network


def seeds(config, task):
    """Seeds to train for a task."""
    return _training(config, task)["seeds"]


def name_split_subjects(config, subjects):
    """Spell the subjects that splits name as their data sets do.

    Parameters
    ----------
    config : dict
        Changed in place.
    subjects : dict of list of str
        By dataset.

    Raises
    ------
    InputError
        If one is unknown, or named twice.
    """
    for name, task in config["tasks"].items():
        available = subjects[task["dataset"]]
        split = task["split"]
        if split["validation"] and not split["test"]:
            problem = "names subjects that validate, but split.test names none"
            key = f"tasks.{name}.split.validation"
            _refuse(key, problem, "name those that test too, or leave it out")
        _check_only_train(name, split)
        seen = {}
        for part in ("train", "validation", "test"):
            key = f"config: tasks.{name}.split.{part}"
            split[part] = [
                find_subject(subject, available, key)
                for subject in split[part]
            ]
            for subject in split[part]:
                if subject in seen:
                    problem = f"is named in {seen[subject]} already"
                    raise InputError(key, subject, problem, "name it once")
                seen[subject] = part
        if split["by"] != "subject" or split["test"]:
            continue
        n_rotating = len(available) - len(split["train"])
        if n_rotating < split["folds"]:
            key = f"tasks.{name}.split.folds"
            problem = (
                f"{n_rotating} subjects are fewer than {split['folds']} folds"
            )
            remedy = "lower folds, use more subjects, or split by: block"
            _refuse(key, problem, remedy)


def _check_only_train(task, split):
    """Subjects that only train need others that rotate."""
    key = f"tasks.{task}.split.train"
    if split["train"] and split["test"]:
        problem = (
            "names subjects, but all whom test and validation leave train"
        )
        _refuse(key, problem, "leave it out")
    if split["train"] and split["by"] != "subject":
        problem = f"names subjects, but the split is by {split['by']}"
        _refuse(key, problem, "split by: subject, or leave it out")


def folds(config, task):
    """Numbers of a task's folds, each of which tests once with models of its own."""
    split = config["tasks"][task]["split"]
    if split["by"] == "subject" and split["test"]:
        return [0]
    return list(range(split["folds"]))


def baselines(config, task):
    """Name and seed of every baseline of a task; networks take the seeds of the models."""
    settings = _training(config, task)
    fitted = []
    for name in settings["baselines"]:
        drawn = settings["seeds"] if name in NETWORKS else [0]
        fitted += [(name, seed) for seed in drawn]
    return fitted


def split_subjects(config, task, split, subjects):
    """Those of a dataset's subjects who can have windows in a split of a task.

    Where the configuration names them, a job need not read the stores of the others; otherwise all.
    """
    settings = config["tasks"][task]["split"]
    if settings["by"] != "subject" or not settings["test"]:
        return subjects
    split_of = dict.fromkeys(settings["validation"], "validation")
    split_of |= dict.fromkeys(settings["test"], "test")
    return [name for name in subjects if split_of.get(name, "train") == split]


def learning_curve(config, task):
    """Numbers of training windows that a task's models are trained on as well."""
    return _training(config, task)["learning_curve"]


def sanity_models(config, task):
    """Regime and seed of the models of a task whose maps are tested by randomisation.

    An untrained model has learned nothing that could be taken away.
    """
    number = config["evaluate"]["sanity"]["seeds"]
    drawn = seeds(config, task)[:number]
    models = []
    for regime in regimes(config, task):
        if start_of(regime) != "untrained":
            models += [(regime, seed) for seed in drawn]
    return models


def sanity_methods(config):
    """Name and options of the methods that are tested by randomisation."""
    methods = config["attribution"]["methods"]
    names = config["evaluate"]["sanity"]["methods"]
    if names is None:
        return methods
    return {name: methods[name] for name in names}


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
    settings = config["evaluate"]["faithfulness"]
    if settings and settings["occluders"]:
        return settings
    return None


def dataset_settings(config, dataset, subject=None):
    """What defines a dataset's recordings: all but how many subjects there are, and which.

    Of `exclude`, what concerns this subject.
    """
    settings = config["datasets"][dataset]
    excluded = excluded_recordings(settings, subject) if subject else {}
    kept = _without(settings, ("subjects", "first_subject", "exclude"))
    if not excluded:
        return kept
    entries = [
        {"subject": subject, "recording": name, "reason": reason}
        for name, reason in excluded.items()
    ]
    return kept | {"exclude": entries}


def excluding_tasks(config, tasks):
    """Those of the tasks whose data set excludes whole subjects."""
    return [task for task in tasks if excluded_rows(config, task)]


def excluded_rows(config, task):
    """Rows (subject, reason) of the whole subjects that a task's data set excludes."""
    dataset = config["datasets"][config["tasks"][task]["dataset"]]
    return [
        (str(entry["subject"]), entry["reason"])
        for entry in dataset.get("exclude", ())
        if "recording" not in entry
    ]


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
        if len(task["plant"]) != 1:
            continue
        ((source, options),) = task["plant"].items()
        words = [f"{source} in {task['dataset']}"]
        for key in options:
            if key != "amplitude":
                words.append(f"{key} {options[key]:g}")
        curve = ", ".join(words).replace("_", " ")
        sizes = curves.setdefault(curve, {})
        _add_size(sizes, name, options["amplitude"])
    return _several(curves) | _simulated_curves(config)


def _several(curves):
    """Curves of two amplitudes at least: one is a point."""
    several = {}
    for name, sizes in curves.items():
        if len(sizes) > 1:
            several[name] = sizes
    return several


def _add_size(curve, task, amplitude):
    if amplitude and amplitude not in curve.values():
        curve[task] = amplitude


def _simulated_curves(config):
    """As `planted_curves`, of simulated sources."""
    ladders, curves = {}, {}
    for name, task in main_tasks(config).items():
        dataset = config["datasets"][task["dataset"]]
        is_simulated = dataset["source"] == "simulated" and not task["plant"]
        if is_simulated and len(task["truth"]) == 1:
            (source,) = task["truth"]
            sources = dataset["sources"]
            any_size = sources[source] | {"amplitude": None}
            others = sources | {source: any_size}
            shared = json.dumps(dataset | {"sources": others}, sort_keys=True)
            key = (source, dataset["paradigm"], shared)
            ladder = ladders.setdefault(key, {})
            _add_size(ladder, name, sources[source]["amplitude"])
    for (source, paradigm, _), sizes in _several(ladders).items():
        curve = f"{source} in simulated {paradigm}"
        if curve in curves:
            first = next(iter(sizes))
            curve = f"{curve}, from {first}"
        curves[curve] = sizes
    return curves


def _other_models(config, task):
    """Settings of a task's networks that are not the default, if there are any."""
    others = {
        regime: settings
        for regime, settings in models_of(config, task).items()
        if "name" in settings
    }
    return {"models": others} if others else {}


def as_written(config):
    """The configuration without the tasks that arms become."""
    return {**config, "tasks": main_tasks(config)}


def settings_hash(config, task):
    """SHA-256 of all settings that the models and explanations of a task depend on."""
    written = config["tasks"][task]
    settings = {
        "seed": config["seed"],
        "model": config["model"],
        **_other_models(config, task),
        "weights": config["weights"],
        "attribution": _without(config["attribution"], ("methods",)),
        "dataset": dataset_settings(config, written["dataset"]),
        "windows": window_settings(config, task),
        "task": task_settings(config, task),
        "split": written["split"],
        "training": training_settings(config, task),
    }
    text = json.dumps(settings, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
