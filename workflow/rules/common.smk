# The few helpers that the stages share: the checked configuration, paths, code hashes, resources.
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
from eeglrp import questions
from eeglrp.affect import conditions as affect
from eeglrp.arms.files import model_files
from eeglrp.arms.question import armed_tasks
from eeglrp.attribution.registry import METHODS, is_quick, method_of
from eeglrp.codehash import code_hash
from eeglrp.errors import InputError
from eeglrp.jobs import share_package
from eeglrp.recordings import registry
from eeglrp.reliance.ladder import ladder
from eeglrp.baselines.registry import BASELINES, NETWORKS, REFITTED
from eeglrp.verdict.question import judged_tasks

share_package(WORKFLOW)


def validated(config):
    """Check types and ranges, fill in defaults, then check the rules that join several keys."""
    try:
        # Once without defaults: they can only be set in sections of the right type.
        validate(config, SCHEMA, set_default=False)
        validate(config, SCHEMA)
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
MAP_TABLES = ["complexity", "agreement", "stability"]
FAITHFULNESS = settings.faithfulness(config)
# Tasks whose models rely on a planted confound to a known degree.
RELIANCE = ladder(config)
# Tasks whose trials are grouped by gaze: towards the cued side or away from it.
GAZE_TASKS = settings.gaze_tasks(config)
# Tasks of arousal and valence, and the method whose relevance is asked about there.
AFFECT_TASKS = affect.affect_tasks(config)
AFFECT_METHOD = affect.affect_method(config)
# Eyes or motor cortex?
JUDGED = judged_tasks(config)
# Tables that this study does not write.
ABSENT_TABLES = questions.absent_tables(config)
# What the verdict is made of.
_GAZE_AND_ARMS = [task for task in GAZE_TASKS if task in ARMED]
VERDICT_TASKS = {
    **dict.fromkeys(("arms", "shares"), JUDGED),
    **dict.fromkeys(("trials", "strategies"), _GAZE_AND_ARMS),
}
# What the guide to methods sums up.
GUIDE_TABLES = ["decoding", "localisation", "faithfulness", "sanity", "cost"]
GUIDE_TABLES = [name for name in GUIDE_TABLES if name not in ABSENT_TABLES]
VERIFY_TABLES = [
    "r_peak",
    "r_locked",
    "r_topography",
    "cardiac_field",
    "sampling_grid",
    "shares",
    "topography",
    "layers",
    "conservation",
]
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


def log_of(path):
    return results(f"logs/{path}.log")


def benchmark_of(path):
    return results(f"benchmarks/{path}.tsv")


def beside(name, file):
    """Parameter: a file beside an output, wherever the prefix of a module puts that."""
    return lambda wildcards, output: f"{Path(output[name]).parent}/{file.format(**wildcards)}"


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
    return [results(f"windows/{task}/{subject}.zarr.zip") for subject in subjects]


def task_models(task):
    """Regime and seed of every model of a task."""
    return [
        (regime, seed)
        for regime in settings.regimes(config, task)
        for seed in settings.seeds(config, task)
    ]


def task_model_files(ending):
    """Input function: a file of every model of a task, in the order of `task_models`."""
    return lambda wildcards: [
        results(f"models/{wildcards.task}/{regime}/seed-{seed}{ending}")
        for regime, seed in task_models(wildcards.task)
    ]


def parts_of(tables, tasks=MAIN_TASKS):
    """Input: the tables of these tasks, under the name of the table that they are joined to."""
    return {
        name: expand(results(f"metrics/parts/{{task}}/{name}.tsv"), task=tasks) for name in tables
    }


def memory(base, factor):
    """Memory in MB that grows with the input, and again at every attempt."""
    return lambda wildcards, input, attempt: int((base + factor * input.size_mb) * attempt)


def minutes(base, factor):
    """Run time in minutes that grows with the input's size in MB, and at every attempt."""
    return lambda wildcards, input, attempt: int((base + factor * input.size_mb) * attempt)


def raw_files(wildcards):
    """Published files of a subject that should lie in the data folder already."""
    dataset = config["datasets"][wildcards.dataset]
    files = registry.load(dataset["source"]).files
    try:
        return list(map(str, files(dataset, config["data_root"], wildcards.subject)))
    except InputError as error:
        raise WorkflowError(str(error))


def recording_files(wildcards):
    """Manifest of the subject's recordings, and what the study itself wrote."""
    dataset = TASKS[wildcards.task]["dataset"]
    base = results(f"recordings/{dataset}/{wildcards.subject}")
    simulated = [f"{base}.edf", f"{base}-truth.zarr.zip"] if source(dataset) == "simulated" else []
    return [f"{base}.json", *simulated]


def window_code(wildcards):
    return code("windows.py", source_module(TASKS[wildcards.task]["dataset"]))


def weights_name(task):
    """Weights learned in the study belong to one task's training subjects; others serve all."""
    given = config["weights"]["source"]
    return f"pretrained-{settings.base_task(config, task)}" if given == "pretrain" else given


def weights_tasks():
    """Tasks with a regime that starts from the pretrained backbone."""
    start = {"finetuned", "frozen"}
    return [task for task in MAIN_TASKS if start & set(settings.regimes(config, task))]


def weights_settings(*keys):
    return {key: config["weights"][key] for key in keys}


def start_weights(wildcards):
    """The backbone's weights, except for models that start from random ones."""
    if wildcards.regime in ("scratch", "untrained"):
        return []
    return results(f"weights/{weights_name(wildcards.task)}.safetensors")


def method_modules(name):
    """Modules that only this method uses."""
    return [METHODS[method_of(name, config["attribution"]["methods"][name])]]


def task_stores(wildcards):
    """Attribution stores of a task, in a fixed order."""
    return [
        results(f"attributions/{wildcards.task}/{regime}/seed-{seed}/{method}.zarr.zip")
        for regime, seed in task_models(wildcards.task)
        for method in config["attribution"]["methods"]
    ]


def gaze_stores(wildcards):
    """Attribution stores of the method whose ocular share is held against gaze."""
    task = wildcards.task
    method = settings.arm_method(config, task)
    return [
        results(f"attributions/{task}/{regime}/seed-{seed}/{method}.zarr.zip")
        for regime, seed in task_models(task)
    ]


def strategy_stores(task):
    """Arm and attribution store of every model whose single-trial maps are clustered."""
    method = settings.arm_method(config, task)
    return [
        (arm, results(f"attributions/{name}/{regime}/seed-{seed}/{method}.zarr.zip"))
        for arm, name in ({"all": task} | settings.arms(config, task)).items()
        for regime, seed in task_models(name)
    ]


def task_costs(wildcards):
    """What each attribution store of a task cost."""
    return [path.replace(".zarr.zip", "-cost.tsv") for path in task_stores(wildcards)]


def scored_models(task):
    """Regime and seed of every model of a task, then name and seed of every baseline."""
    return [*task_models(task), *settings.baselines(config, task)]


def task_predictions(wildcards):
    """Prediction tables of a task."""
    return [
        results(f"predictions/{wildcards.task}/{regime}/seed-{seed}.tsv")
        for regime, seed in scored_models(wildcards.task)
    ]


def learning_curve_points():
    """(Task, regime, seed) and predictions of every point of the learning curves."""
    points = []
    models = [(task, model) for task in MAIN_TASKS for model in task_models(task)]
    for task, (regime, seed) in models:
        sizes, model = settings.learning_curve(config, task), f"{task}/{regime}/seed-{seed}"
        paths = [f"learning_curves/{model}/windows-{size}.tsv" for size in sizes]
        # The whole training split belongs to a curve too.
        paths += [f"predictions/{model}.tsv"] if sizes else []
        points += [((task, regime, seed), results(path)) for path in paths]
    return points


def sanity_files(pattern):
    """Files of the models of a task that are tested by randomisation."""
    return lambda wildcards: [
        results(pattern.format(task=wildcards.task, regime=regime, seed=seed))
        for regime, seed in settings.sanity_models(config, wildcards.task)
    ]


def figure_files():
    return expand(results("figures/{name}.{ending}"), name=FIGURES, ending=["pdf", "png", "tsv"])


def study_files(pattern):
    """Every file of this study that a pattern of tasks, regimes, seeds or weights names."""
    models = [(task, *model) for task in MAIN_TASKS for model in task_models(task)]
    if "{seed}" in pattern:
        return [results(pattern.format(task=t, regime=r, seed=s)) for t, r, s in models]
    if "{weights}" in pattern:
        trained = config["weights"]["source"] == "pretrain"
        tasks = weights_tasks() if trained else []
        return [results(pattern.format(weights=weights_name(task))) for task in tasks]
    return [results(pattern)]


def figure_tables(name):
    """The tables that a figure's module says it reads."""
    patterns = questions.figure_module(name).TABLES
    absent = [f"metrics/{table}.tsv" for table in ABSENT_TABLES]
    patterns = [pattern for pattern in patterns if pattern not in absent]
    return [file for pattern in patterns for file in study_files(pattern)]


def report_files():
    """What the report shows, by name: paths below the study's folder."""
    subjects = [(task, subject) for task in MAIN_TASKS for subject in task_subjects(task)]
    return {name: [f"metrics/{name}.tsv"] for name in REPORT_TABLES} | {
        "provenance": ["provenance.json"],
        "windows": [f"windows/{task}/{subject}.tsv" for task, subject in subjects],
        "splits": [f"splits/{task}.tsv" for task in MAIN_TASKS],
        # Records of the pretrained backbones that the study used.
        "weights": sorted({f"weights/{weights_name(task)}.json" for task in weights_tasks()}),
        "figures": [f"figures/{name}.png" for name in FIGURES],
    }


def base_windows(wildcards):
    """Window stores of all subjects of the task that an arm belongs to."""
    base = settings.base_task(config, wildcards.task)
    return window_stores(base, task_subjects(base))


def base_store(wildcards):
    """The subject's windows of the task that an arm belongs to."""
    base = settings.base_task(config, wildcards.task)
    return results(f"windows/{base}/{wildcards.subject}.zarr.zip")


def base_splits(wildcards):
    """Table of splits of the task that an arm belongs to."""
    return results(f"splits/{settings.base_task(config, wildcards.task)}.tsv")


def arm_options(wildcards, *names):
    """Those of an arm's options that have these names."""
    options = TASKS[wildcards.task]["input"]
    return {name: options[name] for name in names if name in options}


def arm_key(wildcards):
    """Where an arm's options stand in the configuration."""
    task = TASKS[wildcards.task]
    return f"tasks.{task['arm_of']}.arms.inputs.{task['arm']}"


def arm_components(base):
    """Table of components of every arm of a task that removes any."""
    named = settings.arms(config, base)
    with_ica = [arm for arm, task in named.items() if "ica" in TASKS[task]["input"]]
    return [results(f"metrics/parts/{base}/{arm}-components.tsv") for arm in with_ica]


def tested_windows(wildcards):
    """Test subjects' window stores of the task that another task's model is tested on."""
    return split_stores(wildcards.task, wildcards.tested, "test")


def reliance_files(wildcards):
    """Predictions and windows of the tasks that the models of a planted confound are tested on."""
    task, rung = wildcards.task, RELIANCE[wildcards.task]
    tested = {"own": task, "matched": rung.matched, "neutral": rung.neutral}
    tested |= {"regressed": rung.regressed} if rung.regressed else {}
    ending = {name: "" if other == task else f"-on-{other}" for name, other in tested.items()}
    files = {
        name: [
            results(f"predictions/{task}/{regime}/seed-{seed}{ending[name]}.tsv")
            for regime, seed in task_models(task)
        ]
        for name in tested
    }
    stores = {
        f"{name}_windows": [
            results(f"windows/{tested[name]}/{subject}.zarr.zip") for subject in task_subjects(task)
        ]
        for name in ("matched", "neutral")
    }
    return files | stores


def arm_windows(wildcards):
    """Test subjects' window stores of every arm of a task, one arm after another."""
    arms = settings.arms(config, wildcards.task).values()
    return [store for arm in arms for store in split_stores(wildcards.task, arm, "test")]


def arm_models(task):
    """Every model of a task with arms on every input, and its files."""
    files = ("predictions", "store", "electrodes")
    return [
        one | {name: results(one[name]) for name in files if one[name]}
        for one in (model._asdict() for model in model_files(config, task))
    ]


def arm_files(kind):
    """Input function: `predictions`, `store` or `electrodes` of every model of `arm_models`."""
    return lambda wildcards: [one[kind] for one in arm_models(wildcards.task) if one[kind]]


def affect_settings(*keys):
    return {key: config["affect"][key] for key in keys}


def affect_refitted(task):
    """Baselines of an affect task that are fitted anew, under nulls or with random splits."""
    asked = config["affect"]["inflation"] or config["affect"]["nulls"]["training"]
    names = [name for name, _ in settings.baselines(config, task)]
    return [name for name in REFITTED if name in names and asked]


def affect_decoding_parts():
    """Tables of accuracy beside its nulls, of all affect tasks."""
    tables = [(task, "affect_evaluation") for task in AFFECT_TASKS]
    tables += [(task, "affect_refits") for task in AFFECT_TASKS if affect_refitted(task)]
    return [results(f"metrics/parts/{task}/{table}.tsv") for task, table in tables]


def affect_nulls(ending):
    """Input function: a file of every model that is trained on labels without meaning."""
    return lambda wildcards: [
        results(f"models/{wildcards.task}/{regime}/permuted-{number}{ending}")
        for regime, number in affect.permuted_models(config, wildcards.task)
    ]


def affect_cases(task):
    """Every model of an affect task on every input, and its attribution store."""
    found = [one._asdict() for one in affect.conditions(config, task)]
    return [one | {"store": results(one["store"])} for one in found]


def affect_inputs(task):
    """Windows and table of splits of the inputs of `affect_cases`."""
    names = dict.fromkeys(one["task"] for one in affect_cases(task))
    return {
        name: {
            "windows": window_stores(name, task_subjects(name)),
            "splits": results(f"splits/{name}.tsv"),
        }
        for name in names
    }


wildcard_constraints:
    task=one_of(TASKS),
    tested=one_of(TASKS),
    dataset=one_of(config["datasets"]),
    regime="finetuned|frozen|scratch|untrained",
    baseline=one_of(BASELINES),
    seed=r"\d+",
    method=one_of(config["attribution"]["methods"]),
    subject="[A-Za-z0-9]+",
