"""The graph of jobs, as Snakemake's dry run lists it: no job runs here."""

from functools import cache

import pandas as pd
import pytest
import yaml

from eeglrp import config as settings
from eeglrp import paths
from eeglrp.attribution.registry import is_quick, method_of
from eeglrp.questions import (
    absent_tables,
    asked_figures,
    asked_tables,
)
from eeglrp.training.splits import make_splits

from .graph import job_counts, listed, makers, read_study

pytestmark = pytest.mark.snakemake

CONFIGS = {
    "tiny": "tests/workflow/tiny.yaml",
    "demo": "config/demo.yaml",
    "study": "config/study.yaml",
}


class Graph:
    """A configuration and the jobs that Snakemake makes of it."""

    def __init__(self, root, folder, name, *more):
        self.config = read_study(root, CONFIGS[name])
        self.jobs = listed(root, folder, "--configfile", CONFIGS[name], *more)
        self.made = makers(self.jobs)

    def maker(self, pattern, **wildcards):
        """The job that makes a file; fails if there is none."""
        return self.made[self.path(pattern, **wildcards)]

    def path(self, pattern, **wildcards):
        return f"results/{self.config['study']}/" + pattern.format(**wildcards)

    def models(self, tasks=None):
        """Task, regime and seed of every model, arms too."""
        return [
            {"task": task, "regime": regime, "seed": seed}
            for task in tasks or self.config["tasks"]
            for regime in settings.regimes(self.config, task)
            for seed in settings.seeds(self.config, task)
        ]

    def fold_models(self, tasks=None):
        """The same of every model by itself: one a fold."""
        return [
            model | {"fold": fold}
            for model in self.models(tasks)
            for fold in settings.folds(self.config, model["task"])
        ]

    def of(self, rule):
        return [job for job in self.jobs if job["rule"] == rule]


@pytest.fixture(scope="module")
def graphs(root, tmp_path_factory):
    """The function that lists the jobs of a configuration, once each."""
    return cache(
        lambda name: Graph(root, tmp_path_factory.mktemp("graph"), name)
    )


@pytest.fixture(params=CONFIGS)
def graph(request, graphs):
    return graphs(request.param)


@pytest.fixture
def tiny(graphs):
    return graphs("tiny")


def test_every_job_is_logged_measured_and_named(graph):
    for job in graph.jobs:
        if job["rule"] == "all":
            continue
        assert len(job["log"]) == 1, job["rule"]
        assert "/logs/" in job["log"][0]
        assert "/benchmarks/" in job["benchmark"]
        assert len(job["message"].split()) > 1
        assert job["conda"].endswith("eeglrp.yaml")
        # A change of its code reruns it.
        assert len(job["params"]["code"]) == 16, job["rule"]


def test_no_two_jobs_share_a_log_or_a_benchmark(graph):
    jobs = [job for job in graph.jobs if job["rule"] != "all"]
    for files in ([j["log"][0] for j in jobs], [j["benchmark"] for j in jobs]):
        assert len(set(files)) == len(files)


def test_every_table_and_figure_that_is_asked_for_is_made(graph):
    for name in asked_tables(graph.config):
        assert graph.maker(paths.TABLE, table=name)["outputs"], name
    for name in asked_figures(graph.config):
        jobs = {
            id(graph.maker(paths.FIGURE, name=name, ending=ending))
            for ending in ("pdf", "png", "tsv")
        }
        assert len(jobs) == 1, name
    report = graph.maker(paths.REPORT)
    figures = {file for file in report["inputs"] if file.endswith(".png")}
    assert len(figures) == len(asked_figures(graph.config))
    assert set(report["inputs"]) >= {
        graph.path(paths.TABLE, table=name)
        for name in asked_tables(graph.config)
    }


def test_a_table_that_is_not_asked_for_leaves_no_job(graph):
    absent = absent_tables(graph.config)
    for name in absent:
        assert graph.path(paths.TABLE, table=name) not in graph.made, name
        ending = f"/{name}.tsv"
        assert not [file for file in graph.made if file.endswith(ending)], name
    # Nor does a figure.
    figures = {
        file.rpartition("/")[2].removesuffix(".pdf")
        for file in graph.made
        if file.endswith(".pdf")
    }
    assert figures == set(asked_figures(graph.config))


def test_every_model_is_trained_and_tested_by_one_job(graph):
    for model in graph.fold_models():
        job = graph.maker(paths.MODEL + ".safetensors", **model)
        assert job is graph.maker(paths.FOLD_PREDICTIONS, **model)
        base = settings.base_task(graph.config, model["task"])
        fold = {"task": base, "fold": model["fold"]}
        assert graph.path(paths.FOLD_SPLITS, **fold) in job["inputs"]


def test_models_of_a_fold_have_a_job_of_their_own_unless_together(graph):
    trained = [job for job in graph.of("train")] or [
        job for job in graph.jobs if job["rule"].startswith("train_")
    ]
    models = graph.fold_models()
    sizes = {
        sum(file.endswith(".safetensors") for file in job["outputs"])
        for job in trained
    }
    if graph.config["jobs"] == "single":
        assert sizes == {1}
        assert len(trained) == len(models)
        return
    # One a task and seed.
    assert len(trained) == len({(m["task"], m["seed"]) for m in models})
    assert min(sizes) == 4


def test_predictions_of_the_folds_are_joined(graph):
    for model in graph.models():
        job = graph.maker(paths.PREDICTIONS, **model)
        assert job["inputs"] == [
            graph.path(paths.FOLD_PREDICTIONS, **model, fold=fold)
            for fold in settings.folds(graph.config, model["task"])
        ]


def test_every_model_is_explained_by_every_method(graph):
    """A store holds the windows of all folds, so its job reads the models of all."""
    config = graph.config
    for model in graph.models(settings.main_tasks(config)):
        weights = [
            graph.path(paths.MODEL + ".safetensors", **model, fold=fold)
            for fold in settings.folds(config, model["task"])
        ]
        jobs = {}
        for method, options in config["attribution"]["methods"].items():
            stem = paths.ATTRIBUTION.format(**model, method=method)
            job = graph.maker(stem + ".zarr.zip")
            assert job is graph.maker(stem + "-cost.tsv")
            assert set(weights) <= set(job["inputs"])
            quick = is_quick(method_of(method, options))
            jobs[method] = (quick, id(job))
        # Quick methods share one job, every other has its own.
        quick = [number for is_one, number in jobs.values() if is_one]
        slow = [number for is_one, number in jobs.values() if not is_one]
        assert len(set(quick)) == min(1, len(quick))
        assert len(set(slow)) == len(slow)
        assert not set(quick) & set(slow)


def test_every_subject_of_the_demo_is_tested_once(graphs):
    """By the fold's models alone, which learned from others."""
    config = graphs("demo").config
    for name, task in settings.main_tasks(config).items():
        assert len(settings.folds(config, name)) == 4
        subjects = config["datasets"][task["dataset"]]["subjects"]
        samples = made_up_windows(subjects, len(task["classes"]))
        tables = make_splits(
            samples, task["split"], task["classes"], config["seed"], name
        )
        tested = [
            set(table.loc[table["split"] == "test", "subject"])
            for table in tables
        ]
        assert sum(map(len, tested)) == subjects
        assert set.union(*tested) == set(samples["subject"])
        for table in tables:
            assert table.groupby("subject")["split"].nunique().max() == 1


def made_up_windows(n_subjects, n_classes):
    """Two windows of every class of every subject."""
    names = [f"S{number:03d}" for number in range(1, n_subjects + 1)]
    rows = [
        (f"{name}-{place}", name, "one", place * 2.0, 1.0, place % n_classes)
        for name in names
        for place in range(2 * n_classes)
    ]
    columns = ("sample", "subject", "recording", "onset", "length", "label")
    return pd.DataFrame(rows, columns=columns)


def test_every_baseline_and_every_arm_has_predictions(graph):
    config = graph.config
    for task in config["tasks"]:
        for baseline, seed in settings.baselines(config, task):
            run = {"task": task, "baseline": baseline, "seed": seed}
            assert graph.maker(paths.BASELINE + ".tsv", **run)
    for task in settings.main_tasks(config):
        for arm in settings.arms(config, task).values():
            models = graph.models([arm])
            assert models
            for model in models:
                graph.maker(paths.PREDICTIONS, **model)
                whole = model | {"task": task, "tested": arm}
                graph.maker(paths.PREDICTIONS_ON, **whole)


def test_every_subject_has_windows_of_every_task(graph):
    recorded = {
        file.split("/")[-1].split(".")[0]
        for job in graph.jobs
        for file in job["outputs"]
        if "/recordings/" in file
    }
    for task in graph.config["tasks"]:
        folder = graph.path("windows/{task}/", task=task)
        stores = [
            file.removeprefix(folder).removesuffix(".zarr.zip")
            for file in graph.made
            if file.startswith(folder) and file.endswith(".zarr.zip")
        ]
        assert stores
        assert set(stores) <= recorded


def test_backbones_are_pretrained_by_fold_or_fetched_once(graph):
    """Whatever starts from one; models with random first weights need none."""
    folder = graph.path("weights/")
    found = {
        file.removeprefix(folder)
        for file in graph.made
        if file.startswith(folder) and file.endswith(".safetensors")
    }
    source = graph.config["weights"]["source"]
    start = {"finetuned", "frozen"}
    tasks = [
        task
        for task in settings.main_tasks(graph.config)
        if start & set(settings.regimes(graph.config, task))
    ]
    if source == "pretrain":
        assert found == {
            f"pretrained-{task}/fold-{fold}.safetensors"
            for task in tasks
            for fold in settings.folds(graph.config, task)
        }
    else:
        assert found == {f"{source}.safetensors"}
        assert graph.of("pretrain") == []
    for model in graph.fold_models():
        job = graph.maker(paths.MODEL + ".safetensors", **model)
        weights = [file for file in job["inputs"] if file.startswith(folder)]
        if model["regime"] not in start:
            assert not weights or graph.config["jobs"] == "together"
        elif source == "pretrain":
            base = settings.base_task(graph.config, model["task"])
            wanted = f"pretrained-{base}/fold-{model['fold']}.safetensors"
            assert folder + wanted in weights
            assert len(weights) == 1 or graph.config["jobs"] == "together"
        else:
            assert set(weights) == {f"{folder}{source}.safetensors"}


def test_jobs_that_use_a_network_declare_what_they_need(graph):
    """Those that train one, or read its weights."""
    threads = graph.config["training"]["threads"]
    trained = ("/models/", "/learning_curves/", "/weights/pretrained-")
    using = [
        job
        for job in graph.jobs
        if any(file.endswith(".safetensors") for file in job["inputs"])
        or any(part in file for file in job["outputs"] for part in trained)
    ]
    assert len(using) > 10
    for job in using:
        assert job["resources"]["gpu"] == 1, job["rule"]
        assert job["resources"]["mem_mb"] >= 1000, job["rule"]
        assert job["resources"]["runtime"] >= 10, job["rule"]
        assert job["threads"] == threads, job["rule"]
        assert not job["local"], job["rule"]
    others = [job for job in graph.jobs if job["resources"].get("gpu")]
    # Baselines that are networks.
    extra = {job["rule"] for job in others if job not in using}
    assert all(rule.startswith("baseline") for rule in extra), extra


def test_jobs_that_run_where_snakemake_does_take_seconds(graph):
    """They join or copy tables; all others can be submitted."""
    for job in graph.jobs:
        declares = {"mem_mb", "runtime"} <= set(job["resources"])
        assert declares != job["local"] or job["rule"] == "all", job["rule"]


def test_a_job_asks_for_more_at_a_second_attempt(root, tiny, tmp_path):
    again = Graph(root, tmp_path, "tiny", "--attempt", "2")
    assert len(again.jobs) == len(tiny.jobs)
    submitted = [job for job in tiny.jobs if "mem_mb" in job["resources"]]
    assert len(submitted) > 50
    for job in submitted:
        more = again.made[job["outputs"][0]]["resources"]
        for name in ("mem_mb", "runtime"):
            wanted = 2 * job["resources"][name]
            # Half a unit is cut off.
            assert more[name] in (wanted, wanted + 1), job["rule"]


def test_baselines_of_a_task_replace_those_of_the_study(root, tmp_path):
    """Networks are fitted once a seed and ask for a graphics card; others do neither."""
    own = (
        "tasks={r_peak: {training: {baselines: [mdm, eegnet], seeds: [0, 1]}}}"
    )
    jobs = Graph(root, tmp_path, "tiny", "--config", own)
    folder = jobs.path("predictions/r_peak/")
    names = {"csp_lda", "tangent_lr", "mdm", "eegnet", "shallow"}
    found = {
        file.removeprefix(folder): job["resources"]["gpu"]
        for file, job in jobs.made.items()
        if file.startswith(folder)
        and file.removeprefix(folder).split("/")[0] in names
    }
    assert found == {
        "mdm/seed-0.tsv": 0,
        "eegnet/seed-0.tsv": 1,
        "eegnet/seed-1.tsv": 1,
    }
    # More seeds are more models, of this task alone.
    for model in jobs.models():
        second = jobs.path(paths.PREDICTIONS, **model | {"seed": 1})
        assert (second in jobs.made) == (model["task"] == "r_peak")


def test_keys_on_the_command_line_change_the_demo(root, tmp_path):
    config = read_study(root, CONFIGS["demo"])
    more = config["datasets"]["rest"]["subjects"] + 2
    wanted = ("study=mine", f"datasets={{rest: {{subjects: {more}}}}}")
    jobs = listed(root, tmp_path, "--config", *wanted)
    made = makers(jobs)
    assert "results/mine/report.html" in made
    assert not [file for file in made if file.startswith("results/demo")]
    folder = "results/mine/recordings/"
    counts = {name: 0 for name in config["datasets"]}
    for file in made:
        if file.startswith(folder) and file.endswith(".edf"):
            counts[file.removeprefix(folder).split("/")[0]] += 1
    wanted = {n: d["subjects"] for n, d in config["datasets"].items()}
    assert counts == wanted | {"rest": more}


def test_every_method_of_the_list_is_explained_beside_the_demo(root, tmp_path):
    task = "r_peak"
    target = f"results/methods/metrics/parts/{task}/localisation.tsv"
    files = (CONFIGS["demo"], "config/methods.yaml")
    made = makers(listed(root, tmp_path, target, "--configfile", *files))
    config = read_study(root, CONFIGS["demo"])
    overlay = yaml.safe_load((root / "config" / "methods.yaml").read_text())
    methods = overlay["attribution"]["methods"]
    stores = {file for file in made if file.endswith(".zarr.zip")}
    for regime in settings.regimes(config, task):
        for seed in settings.seeds(config, task):
            run = {"task": task, "regime": regime, "seed": seed}
            for method in methods:
                path = paths.ATTRIBUTION.format(**run, method=method)
                assert f"results/methods/{path}.zarr.zip" in stores


#: One of each kind of check; what they refuse is `tests/test_config.py`'s.
REFUSED = [
    (
        "training={epoch: 3}",
        "training: Additional properties are not allowed ('epoch'",
    ),
    (
        "tasks={r_peak: {split: {folds: 9}}}",
        "tasks.r_peak.split.folds: 8 subjects are fewer than 9 folds",
    ),
    (
        "tasks={r_peak: {split: {validation: [S001], test: [S099]}}}",
        "tasks.r_peak.split.test: subject S099: not found",
    ),
]


@pytest.mark.parametrize(("override", "words"), REFUSED)
def test_a_wrong_configuration_stops_before_any_job(
    root, tmp_path, snakemake, override, words
):
    options = ("-n", "-s", root / "Snakefile", "--config", override)
    done = snakemake(tmp_path, *options, check=False)
    assert done.returncode != 0
    assert words in done.stdout + done.stderr
    assert "Remedy:" in done.stdout + done.stderr
    assert not (tmp_path / "results").exists()


def test_subjects_that_test_may_be_named_by_number(root, tmp_path):
    split = {"validation": ["sub-S002"], "test": ["03", 4]}
    store = "results/tiny/attributions/r_peak/scratch/seed-0/cp_lrp.zarr.zip"
    config = yaml.safe_load((root / CONFIGS["tiny"]).read_text())
    config["tasks"]["r_peak"]["split"] = split
    (tmp_path / "named.yaml").write_text(yaml.safe_dump(config))
    given = ("--configfile", tmp_path / "named.yaml")
    made = makers(listed(root, tmp_path, store, *given))
    (split,) = {
        job["params"]["split"]
        for job in made.values()
        if job["rule"] == "split_in_1"
    }
    assert "'validation': ['S002']" in split
    assert "'test': ['S003', 'S004']" in split
    # Only what tests is explained, by the one fold's model.
    folder = "results/tiny/windows/r_peak/"
    assert made[store]["inputs"] == [
        f"{folder}S003.zarr.zip",
        f"{folder}S004.zarr.zip",
        "results/tiny/splits/r_peak/fold-0.tsv",
        "results/tiny/models/r_peak/scratch/fold-0/seed-0.safetensors",
        "results/tiny/models/r_peak/scratch/fold-0/seed-0.json",
    ]


def test_results_of_the_former_layout_are_not_mixed_with_new_ones(
    root, tmp_path, snakemake
):
    folder = tmp_path / "results" / "tiny" / "models" / "r_peak" / "scratch"
    former = folder / "seed-0.safetensors"
    folder.mkdir(parents=True)
    former.write_bytes(b"a model of all that trained")
    given = ("-s", root / "Snakefile", "--configfile", root / CONFIGS["tiny"])
    done = snakemake(tmp_path, "--cores", 1, *given, check=False)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    name = former.relative_to(tmp_path)
    assert f"{name}: layout: is of a former layout, without folds" in said
    assert "Remedy: move or delete results/tiny, then run again" in said
    # It is left as it is, and nothing is written beside it.
    assert list((tmp_path / "results").rglob("*.*")) == [former]
    # As the remedy says.
    (tmp_path / "results" / "tiny").rename(tmp_path / "results" / "old")
    snakemake(tmp_path, "-n", *given)


def test_a_configuration_file_is_not_filled_up_with_the_demo(
    root, tmp_path, snakemake
):
    (tmp_path / "half.yaml").write_text("study: half\nseed: 1\n")
    options = ("-n", "-s", root / "Snakefile", "--configfile", "half.yaml")
    done = snakemake(tmp_path, *options, check=False)
    assert done.returncode != 0
    assert "'datasets' is a required property" in done.stdout + done.stderr


def test_a_missing_data_folder_is_named(root, tmp_path, snakemake):
    config = ("--configfile", root / "config/real-small.yaml")
    options = ("-n", "-s", root / "Snakefile", *config)
    done = snakemake(
        tmp_path, *options, "--config", "data_root=nowhere", check=False
    )
    assert done.returncode != 0
    assert "nowhere" in done.stdout + done.stderr
    assert "Remedy:" in done.stdout + done.stderr


def test_a_dry_run_counts_its_jobs_by_rule(root, tmp_path, snakemake, tiny):
    options = ("-n", "-s", root / "Snakefile")
    done = snakemake(
        tmp_path, *options, "--configfile", root / CONFIGS["tiny"]
    )
    counts = job_counts(done.stdout)
    assert counts.pop("total") == sum(counts.values()) == len(tiny.jobs)
    assert counts["report"] == len(tiny.of("report")) == 1
