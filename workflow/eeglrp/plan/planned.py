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
            remedy = "name configuration files, as with snakemake --configfile"
            raise InputError(
                file, "configuration", f"cannot be read ({error})", remedy
            ) from error
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
        model, sources[task] = None, "--windows"
        if known:
            model, sources[task] = known[-1].sizes[base], known[-1].name
        per_subject = (
            given.get(base) or model.windows / known[-1].subjects[base]
        )
        channels = model.channels if model else 64
        sizes[task] = _size(
            config, task, subjects[task], per_subject, channels
        )
    return sizes, sources


def _size(config, task, subjects, per_subject, channels):
    own, training = (
        config["tasks"][task],
        settings.training_settings(config, task),
    )
    rate = settings.window_settings(config, task)["sampling_rate"]
    share = _shares(config, task, subjects)
    windows = {
        name: round(per_subject * len(subjects) * share[name])
        for name in share
    }
    split, limit = (
        config["attribution"]["split"],
        config["attribution"]["max_windows"],
    )
    holding = settings.split_subjects(config, task, split, subjects)
    explained = min(windows[split], (limit or windows[split]) * len(holding))
    pretraining = config["weights"]["pretraining"]
    n_learned = min(
        windows["train"], pretraining["max_windows"] or windows["train"]
    )
    return Size(
        channels,
        round(own["length"] * rate),
        config["model"]["layers"],
        **windows,
        explained=explained,
        epochs=training["epochs"],
        pretraining=pretraining["epochs"] * n_learned,
    )


def _shares(config, task, subjects):
    """Share of a task's windows in each split, by the subjects named or the number of folds."""
    own = config["tasks"][task]["split"]
    named = {
        name: len(settings.split_subjects(config, task, name, subjects))
        / max(1, len(subjects))
        for name in ("train", "validation", "test")
    }
    if named["test"] < 1:
        return named
    test, validation = (
        own["test_folds"] / own["folds"],
        own["validation_folds"] / own["folds"],
    )
    return {
        "train": 1 - test - validation,
        "validation": validation,
        "test": test,
    }
