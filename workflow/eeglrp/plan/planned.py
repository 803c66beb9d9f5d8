"""The sizes of a study that has not run: from its configuration, and windows of finished runs."""

from pathlib import Path

from eeglrp import config as settings
from eeglrp.errors import InputError
from eeglrp.plan.work import Size

_SCHEMA = Path(__file__).parents[3] / "config" / "schema.yaml"


def read_config(files):
    """Merge configuration files and fill in the defaults, as the workflow does.

    Raises
    ------
    InputError
        If a file cannot be read, or keys do not fit each other.
    """
    import yaml
    from snakemake.utils import update_config, validate

    config = {}
    for file in files:
        try:
            update_config(config, yaml.safe_load(Path(file).read_text()) or {})
        except (OSError, yaml.YAMLError) as error:
            problem = f"cannot be read ({error})"
            remedy = "name configuration files, as with snakemake --configfile"
            raise InputError(file, "configuration", problem, remedy) from error
    validate(config, str(_SCHEMA))
    settings.check_config(config)
    settings.expand_arms(config)
    return config


def planned_sizes(config, subjects, finished, given):
    """Sizes of every task, and where each one's windows a subject and electrodes come from.

    Parameters
    ----------
    config : dict
    subjects : dict of list of str
        Subjects of every task.
    finished : sequence of eeglrp.plan.finished.Study
        A task takes windows a subject and electrodes from the last that has it, or its base task.
    given : dict
        Task -> windows a subject, which win.

    Returns
    -------
    tuple of dict
        Size by task, and the source by task.

    Raises
    ------
    InputError
        If nothing says how many windows a task has.
    """
    sizes, sources = {}, {}
    for task in config["tasks"]:
        base = settings.base_task(config, task)
        known = [study for study in finished if base in study.sizes]
        if base not in given and not known:
            problem = "no finished run has this task"
            remedy = f"say how many windows a subject has: --windows {base}=90"
            raise InputError("plan", f"tasks.{base}", problem, remedy)
        per_subject, channels = given.get(base), 64
        sources[task] = "--windows"
        if known:
            study = known[-1]
            measured = study.sizes[base]
            channels = measured.channels
            sources[task] = study.name
            if not per_subject:
                per_subject = measured.windows / study.subjects[base]
        names = subjects[task]
        sizes[task] = _size(config, task, names, per_subject, channels)
    return sizes, sources


def _size(config, task, subjects, per_subject, channels):
    rate = settings.window_settings(config, task)["sampling_rate"]
    n_times = round(config["tasks"][task]["length"] * rate)
    n_windows = per_subject * len(subjects)
    windows = {}
    for split, share in _shares(config, task, subjects).items():
        windows[split] = round(n_windows * share)
    training = settings.training_settings(config, task)
    pretraining = config["weights"]["pretraining"]
    most = pretraining["max_windows"] or windows["train"]
    n_learned = min(windows["train"], most)
    return Size(
        channels,
        n_times,
        config["model"]["layers"],
        **windows,
        explained=_explained(config, task, subjects, windows),
        epochs=training["epochs"],
        pretraining=pretraining["epochs"] * n_learned,
        subjects=len(subjects),
        regimes=len(settings.regimes(config, task)),
        folds=len(settings.folds(config, task)),
    )


def _explained(config, task, subjects, windows):
    """Windows that a method explains: of each subject and fold no more than the limit."""
    attribution = config["attribution"]
    split = attribution["split"]
    of_folds = windows[split] * len(settings.folds(config, task))
    limit = attribution["max_windows"] or of_folds
    holding = settings.split_subjects(config, task, split, subjects)
    times = _folds_of_a_subject(config, task, split)
    return min(of_folds, limit * times * len(holding))


def _folds_of_a_subject(config, task, split):
    """In how many folds a subject has windows in a split of a task."""
    n_folds = len(settings.folds(config, task))
    of_task = config["tasks"][task]["split"]
    if of_task["by"] != "subject" or n_folds == 1:
        return n_folds
    validation = of_task["validation_folds"]
    each = {"test": 1, "validation": validation}
    return each.get(split, n_folds - 1 - validation)


def _shares(config, task, subjects):
    """Share of a task's windows in each split, by the subjects named or the number of folds."""
    named = {}
    for name in ("train", "validation", "test"):
        holding = settings.split_subjects(config, task, name, subjects)
        named[name] = len(holding) / max(1, len(subjects))
    if named["test"] < 1:
        return named
    split = config["tasks"][task]["split"]
    test = 1 / split["folds"]
    validation = split["validation_folds"] / split["folds"]
    return {
        "train": 1 - test - validation,
        "validation": validation,
        "test": test,
    }
