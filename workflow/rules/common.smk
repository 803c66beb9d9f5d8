# The few helpers that the stages share: the checked configuration, paths, code hashes, resources.
import gc
import sys
import time
from copy import deepcopy
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

WORKFLOW = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent
ASSETS = WORKFLOW / "report"
STARTED = time.time()
SCHEMA = str(WORKFLOW.parent / "config" / "schema.yaml")
LOCK = str(WORKFLOW.parent / "envs" / "requirements.txt")
CONTAINER = str(WORKFLOW.parent / "envs" / "eeglrp.sif")
if not WORKFLOW.is_dir():
    raise WorkflowError(
        "EEG-LRP is read over the network, but jobs import its Python package. Remedy: clone the "
        "repository, and give the module the path of the clone's Snakefile"
    )
# The package is found by this process and by every job's, installed or not.
sys.path.insert(0, str(WORKFLOW))
from eeglrp import config as settings
from eeglrp import paths
from eeglrp import questions
from eeglrp.affect import conditions as affect
from eeglrp.arms.files import model_files
from eeglrp.arms.question import armed_tasks
from eeglrp.attribution.registry import METHODS, is_quick, method_of
from eeglrp.codehash import code_hash
from eeglrp.errors import InputError
from eeglrp.jobs import megabytes, share_package
from eeglrp.models.registry import RANDOM_STARTS, start_of
from eeglrp.recordings import registry
from eeglrp.reliance.ladder import ladder
from eeglrp.baselines.registry import BASELINES, NETWORKS, REFITTED
from eeglrp.transfer.files import transfer_files, transfers
from eeglrp.verdict.question import judged_tasks

share_package(WORKFLOW)
# Jobs of the graph live as long as Snakemake: looking for dead ones takes a tenth of its start.
gc.set_threshold(100_000)


def fill_in_defaults(config):
    """Check types and ranges, and set what the configuration leaves out."""
    try:
        validate(config, SCHEMA)
    except AttributeError:
        # A section of the wrong type cannot take defaults; without them the check names it.
        validate(config, SCHEMA, set_default=False)
        raise


def validated(config):
    """Check types and ranges, fill in defaults, then check the rules that join several keys."""
    try:
        fill_in_defaults(config)
        settings.check_config(config)
    except InputError as error:
        raise WorkflowError(str(error))
    except WorkflowError as error:
        fault = error.__context__
        if settings.read_as_yaml(config, fault):
            return validated(config)
        place = getattr(fault, "json_path", "$").removeprefix("$").removeprefix(".")
        problem = getattr(fault, "message", str(error))
        remedy = "Remedy: see config/README.md"
        raise WorkflowError(f"config: {place or 'top level'}: {problem}. {remedy}")
    return config


def study_subjects():
    """Subjects of every dataset, found without reading a recording."""
    try:
        return {
            name: registry.load(dataset["source"]).subjects(dataset, config["data_root"])
            for name, dataset in config["datasets"].items()
        }
    except InputError as error:
        raise WorkflowError(str(error))


# A copy: a workflow that uses this one as a module keeps its configuration as it wrote it.
config = deepcopy(config)
settings.expand_arms(validated(config))
TASKS = config["tasks"]
# Without the arms, which are tasks of their own but stand in tables of their own only.
MAIN_TASKS = settings.main_tasks(config)
ARM_TASKS = [task for task in TASKS if task not in MAIN_TASKS]
# Tasks that have arms.
ARMED = armed_tasks(config)
SUBJECTS = study_subjects()
try:
    settings.name_split_subjects(config, SUBJECTS)
    # Where the prefix of a module puts it.
    below = workflow.modifier.path_modifier.replace_prefix
    paths.check_layout(below(f"results/{config['study']}"))
except InputError as error:
    raise WorkflowError(str(error))
# Tasks whose trials are grouped by gaze: towards the cued side or away from it.
GAZE_TASKS = settings.gaze_tasks(config)
# Tasks of arousal and valence, and the method whose relevance is asked about there.
AFFECT_TASKS = affect.affect_tasks(config)
AFFECT_METHOD = affect.affect_method(config)
# One job for what otherwise takes a job a regime or a model, and one for that of a subject.
TOGETHER = config["jobs"] == "together"
SUBJECTS_TOGETHER = config["jobs"] != "single"
# Tables that this study does not write.
ABSENT_TABLES = questions.absent_tables(config)
REPORT_TABLES = questions.asked_tables(config)
FIGURES = questions.asked_figures(config)


def results(path):
    """A path below the study's folder; wildcards stay."""
    return f"results/{config['study']}/{path}"


def closing(outcome):
    """What to say at the end of a run."""
    from eeglrp import closing as words

    folder = results("").removesuffix("/")
    if outcome == "success":
        return words.words_of_success(folder, STARTED)
    return words.words_of_failure(folder, STARTED, sys.argv)


def of_subjects(pattern, subjects):
    """A file of each of these subjects; without any, of the one that is a wildcard."""
    return expand(results(pattern), subject=subjects or ["{subject}"], allow_missing=True)


def of_regimes(pattern, regimes):
    """A file of each of these regimes; without any, of the one that is a wildcard."""
    return expand(results(pattern), regime=regimes or ["{regime}"], allow_missing=True)


def of_models(pattern, regimes, folds):
    """A file of every fold of each regime; without any, of those that are wildcards."""
    return [
        path
        for of_regime in of_regimes(pattern, regimes)
        for path in expand(of_regime, fold=folds or ["{fold}"], allow_missing=True)
    ]


def wildcard_or(name, values):
    """Parameter: these values; without any, that of the wildcard."""
    return lambda wildcards: values or [wildcards[name]]


def batches_of_subjects(stem, tasks):
    """Rules that do these tasks: name, tasks, and the subjects whom one job does together."""
    if not SUBJECTS_TOGETHER:
        return [(stem, tasks, [])]
    batches = []
    for dataset in config["datasets"]:
        of_dataset = [task for task in tasks if TASKS[task]["dataset"] == dataset]
        batches.append((f"{stem}_of_{dataset}", of_dataset, SUBJECTS[dataset]))
    return batches


def batches_of_models(stem, tasks):
    """Rules that do these tasks: name, tasks, regimes and folds that one job does together."""
    if not TOGETHER:
        return [(stem, tasks, [], [])]
    return [
        (f"{stem}_{task}", [task], settings.regimes(config, task), settings.folds(config, task))
        for task in tasks
    ]


def table_of(name):
    """A table of all tasks."""
    return results(paths.TABLE.format(table=name))


def part_of(name):
    """A table of one task, a wildcard."""
    return results(paths.PART.format(task="{task}", table=name))


def attribution_store(task, regime, seed, method):
    """Relevance of one model by one method."""
    run = {"task": task, "regime": regime, "seed": seed}
    return results(f"{paths.ATTRIBUTION}.zarr.zip".format(**run, method=method))


def log_of(path, together=()):
    return results(f"logs/{paths.of_job(path, together)}.log")


def benchmark_of(path, together=()):
    return results(f"benchmarks/{paths.of_job(path, together)}.tsv")


def checkpoints_of(name):
    """Parameter: a hidden file beside each output, wherever the prefix of a module puts that."""
    return lambda wildcards, output: [
        f"{Path(path).parent}/.{Path(path).stem}.checkpoint" for path in output[name]
    ]


def code(script, *modules):
    """Hash of the package code that a script reaches, so that a change reruns its jobs."""
    return code_hash(WORKFLOW / "scripts" / script, *modules)


def source(dataset):
    return config["datasets"][dataset]["source"]


def source_module(dataset):
    return registry.SOURCES[source(dataset)]


def one_of(names):
    """A wildcard constraint that admits these names only."""
    return "|".join(sorted(names)) or "(?!)"


def task_subjects(task):
    return SUBJECTS[TASKS[task]["dataset"]]


def task_windows(wildcards):
    """Window stores of all subjects of a task."""
    return window_stores(wildcards.task, task_subjects(wildcards.task))


def explained_windows(wildcards):
    """Window stores that explaining a model reads: of subjects in the split that is explained."""
    tested = getattr(wildcards, "tested", wildcards.task)
    options = config["attribution"]["methods"][wildcards.method]
    if options.get("baseline") == "other":
        # Starts from windows of the training split.
        return window_stores(tested, task_subjects(tested))
    return split_stores(wildcards.task, tested, config["attribution"]["split"])


def split_stores(task, tested, split):
    """Window stores of one task, of subjects in a split of another or the same."""
    subjects = settings.split_subjects(config, task, split, task_subjects(tested))
    return window_stores(tested, subjects)


def window_stores(task, subjects):
    return [results(paths.WINDOWS.format(task=task, subject=subject)) for subject in subjects]


def networks(wildcards):
    """Settings of the networks that a job trains, by regime."""
    if "regime" in wildcards.keys():
        return {wildcards.regime: settings.model_settings(config, wildcards.regime)}
    return settings.models_of(config, wildcards.task)


def task_models(task):
    """Regime and seed of every model of a task."""
    return [
        (regime, seed)
        for regime in settings.regimes(config, task)
        for seed in settings.seeds(config, task)
    ]


def task_model_files(ending):
    """Input function: a file of every fold's model, for each of `task_models` in turn."""
    return lambda wildcards: [
        path
        for regime, seed in task_models(wildcards.task)
        for path in fold_files(f"{paths.MODEL}{ending}", wildcards.task, regime=regime, seed=seed)
    ]


def fold_files(pattern, task, **names):
    """A file of every fold of a task; what `names` lacks stays a wildcard."""
    folds = settings.folds(config, task)
    return expand(results(pattern), task=task, fold=folds, allow_missing=True, **names)


def of_folds(pattern):
    """Input function: a file of every fold; the other names are wildcards of the job."""
    return lambda wildcards: fold_files(pattern, **wildcards)


def fold_splits(wildcards):
    """Table of splits of every fold; those of an arm are its task's."""
    return fold_files(paths.FOLD_SPLITS, settings.base_task(config, wildcards.task))


def one_fold_splits(wildcards):
    """Table of splits of the fold that is a wildcard, in a list."""
    return [fold_splits(wildcards)[int(wildcards.fold)]]


def first_fold_splits(wildcards):
    """Table of splits of the first fold."""
    return fold_splits(wildcards)[0]


def task_splits(wildcards):
    """Table of splits of all folds; an arm's are its task's."""
    base = settings.base_task(config, wildcards.task)
    return results(paths.SPLITS.format(task=base))


def parts_of(tables, tasks=MAIN_TASKS):
    """Input: the tables of these tasks, under the name of the table that they are joined to."""
    return {name: expand(part_of(name), task=tasks) for name in tables}


def memory(base, factor):
    """Memory in MB that grows with the input, and again at every attempt."""
    return lambda wildcards, input, attempt: int((base + factor * megabytes(input)) * attempt)


def minutes(base, factor):
    """Run time in minutes that grows with the input's size in MB, and at every attempt."""
    return lambda wildcards, input, attempt: int((base + factor * megabytes(input)) * attempt)


def weights_name(task, fold):
    """Weights learned in the study belong to the training subjects of a fold; others serve all."""
    given = config["weights"]["source"]
    if given != "pretrain":
        return given
    return f"pretrained-{settings.base_task(config, task)}/fold-{fold}"


def is_pretrained(regime):
    return start_of(regime) not in RANDOM_STARTS


def weights_tasks():
    """Tasks with a regime that starts from the pretrained backbone."""
    return [task for task in MAIN_TASKS if any(map(is_pretrained, settings.regimes(config, task)))]


def weights_names():
    """Every backbone that the study uses."""
    names = [
        weights_name(task, fold)
        for task in weights_tasks()
        for fold in settings.folds(config, task)
    ]
    return list(dict.fromkeys(names))


def start_weights(wildcards):
    """The backbone's weights of a fold or of all, except for models that start from random ones."""
    if "regime" in wildcards.keys():
        regimes = {wildcards.regime}
    else:
        regimes = set(settings.regimes(config, wildcards.task))
    if not any(map(is_pretrained, regimes)):
        return []
    if "fold" in wildcards.keys():
        folds = [wildcards.fold]
    else:
        folds = settings.folds(config, wildcards.task)
    names = [weights_name(wildcards.task, fold) for fold in folds]
    return [results(f"weights/{name}.safetensors") for name in names]


def method_modules(name):
    """Modules that only this method uses."""
    return [METHODS[method_of(name, config["attribution"]["methods"][name])]]


def task_stores(wildcards):
    """Attribution stores of a task, in a fixed order."""
    return [
        attribution_store(wildcards.task, regime, seed, method)
        for regime, seed in task_models(wildcards.task)
        for method in config["attribution"]["methods"]
    ]


def scored_models(task):
    """Regime and seed of every model of a task, then name and seed of every baseline."""
    return [*task_models(task), *settings.baselines(config, task)]


def task_predictions(wildcards):
    """Prediction tables of a task."""
    return [
        results(paths.PREDICTIONS.format(task=wildcards.task, regime=regime, seed=seed))
        for regime, seed in scored_models(wildcards.task)
    ]


def figure_files():
    return expand(results("figures/{name}.{ending}"), name=FIGURES, ending=["pdf", "png", "tsv"])


wildcard_constraints:
    task=one_of(TASKS),
    tested=one_of(TASKS),
    dataset=one_of(config["datasets"]),
    regime="([a-z0-9_]+_)?(finetuned|frozen|scratch|untrained)",
    baseline=one_of(BASELINES),
    fold=r"\d+",
    seed=r"\d+",
    method=one_of(config["attribution"]["methods"]),
    subject="[A-Za-z0-9]+",
