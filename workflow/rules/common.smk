# The few helpers that the stages share: the checked configuration, paths, code hashes, resources.
import sys
from importlib import import_module
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

WORKFLOW = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent
ASSETS = WORKFLOW / "report"
SCHEMA = str(WORKFLOW.parent / "config" / "schema.yaml")
# The package is found by this process and by every job's, installed or not.
sys.path.insert(0, str(WORKFLOW))
from eeglrp import config as settings
from eeglrp.attribution.registry import METHODS, method_of
from eeglrp.codehash import code_hash
from eeglrp.errors import InputError
from eeglrp.jobs import share_package
from eeglrp.recordings import registry
from eeglrp.training.baselines.registry import BASELINES, NETWORKS

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


validated(config)
TASKS = config["tasks"]
SUBJECTS = study_subjects()
MAP_TABLES = ["complexity", "agreement", "stability"]
FAITHFULNESS = settings.faithfulness(config)
# Questions that a study asks only if its configuration does: table or figure -> whether it is.
ASKED = {
    "faithfulness": bool(FAITHFULNESS),
    "psychometric": bool(settings.planted_curves(config)),
    "learning_curve": any(settings.learning_curve(config, task) for task in TASKS),
}
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
REPORT_TABLES = [
    "decoding",
    "comparisons",
    "psychometric",
    "learning_curve",
    "r_peak",
    "r_decoding",
    "cardiac_field",
    "localisation",
    "shares",
    "conservation",
    "sanity",
    *MAP_TABLES,
    "faithfulness",
]
REPORT_TABLES = [name for name in REPORT_TABLES if ASKED.get(name, True)]
FIGURES = [
    "decoding",
    "confusion",
    "topomaps",
    "r_locked",
    "r_topography",
    "r_decoding",
    "sampling_grid",
    "layers",
    "ledger",
    "methods",
    "localisation",
    "psychometric",
    "shares",
    "training",
    "pretraining",
    "learning_curve",
    "sanity",
    "agreement",
    "faithfulness",
]
FIGURES = [name for name in FIGURES if ASKED.get(name, True)]


def results(path):
    """A path below the study's folder; wildcards stay."""
    return f"results/{config['study']}/{path}"


def log_of(path):
    return results(f"logs/{path}.log")


def benchmark_of(path):
    return results(f"benchmarks/{path}.tsv")


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
    return expand(
        results("windows/{task}/{subject}.zarr.zip"),
        task=wildcards.task,
        subject=task_subjects(wildcards.task),
    )


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
    return f"pretrained-{task}" if given == "pretrain" else given


def weights_tasks():
    """Tasks with a regime that starts from the pretrained backbone."""
    start = {"finetuned", "frozen"}
    return [task for task in TASKS if start & set(settings.regimes(config, task))]


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
    for task, (regime, seed) in [(task, model) for task in TASKS for model in task_models(task)]:
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
    models = [(task, *model) for task in TASKS for model in task_models(task)]
    if "{seed}" in pattern:
        return [results(pattern.format(task=t, regime=r, seed=s)) for t, r, s in models]
    if "{weights}" in pattern:
        trained = config["weights"]["source"] == "pretrain"
        tasks = weights_tasks() if trained else []
        return [results(pattern.format(weights=weights_name(task))) for task in tasks]
    return [results(pattern)]


def figure_tables(name):
    """The tables that a figure's module says it reads."""
    patterns = import_module(f"eeglrp.figures.{name}").TABLES
    absent = [f"metrics/{name}.tsv" for name in ASKED if not ASKED[name]]
    patterns = [pattern for pattern in patterns if pattern not in absent]
    return [file for pattern in patterns for file in study_files(pattern)]


def weights_records():
    """Records of the pretrained backbones that the study used."""
    return sorted({results(f"weights/{weights_name(task)}.json") for task in weights_tasks()})


wildcard_constraints:
    task=one_of(TASKS),
    dataset=one_of(config["datasets"]),
    regime="finetuned|frozen|scratch|untrained",
    baseline=one_of(BASELINES),
    seed=r"\d+",
    method=one_of(config["attribution"]["methods"]),
    subject="[A-Za-z0-9]+",
