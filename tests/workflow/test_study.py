"""The demo study at test size, run for real: its files and its reruns."""

import json
import re
from contextlib import contextmanager
from graphlib import TopologicalSorter

import numpy as np
import pytest
import yaml

from eeglrp import config as settings
from eeglrp.files import METRIC_COLUMNS, read_json, read_table, sha256
from eeglrp.questions import asked_figures, asked_tables
from eeglrp.store import check_relevance, open_attribution, open_windows

from .conftest import CONFIG, TOGETHER
from .graph import job_counts, listed, read_study

pytestmark = pytest.mark.snakemake

BASE = "results/tiny"


@pytest.fixture(scope="module")
def config(root):
    """The tiny study's configuration."""
    return read_study(root, CONFIG[1])


@pytest.fixture(scope="module")
def models(config):
    """Task, regime and seed of all models that are explained by all methods: of all folds."""
    return [
        f"{task}/{regime}/seed-{seed}"
        for task in settings.main_tasks(config)
        for regime in settings.regimes(config, task)
        for seed in settings.seeds(config, task)
    ]


@pytest.fixture(scope="module")
def by_fold(config):
    """The function that names the model of every fold, in order."""

    def names(model):
        task, regime, seed = model.split("/")
        return [
            f"{task}/{regime}/fold-{fold}/{seed}"
            for fold in settings.folds(config, task)
        ]

    return names


@pytest.fixture(scope="module")
def stores(config, finished, models):
    """(Model, method) -> attribution store."""
    folder = finished / BASE / "attributions"
    return {
        (model, method): folder / model / f"{method}.zarr.zip"
        for model in models
        for method in config["attribution"]["methods"]
    }


def rerun_rules(done):
    """Rules that a dry run would run, without the final target."""
    if "Nothing to be done" in done.stdout + done.stderr:
        return set()
    return set(job_counts(done.stdout)) - {"all", "total"}


def rules_of(done, *stems):
    """Those of them whose names begin so."""
    return {rule for rule in rerun_rules(done) if rule.startswith(stems)}


def test_every_file_of_the_contract_is_there(
    finished, config, models, by_fold, stores
):
    base = finished / BASE
    assert len(by_fold(models[0])) == 3
    for model in models:
        for one in by_fold(model):
            stem = base / "models" / one
            for ending in (".safetensors", ".json", "-history.tsv"):
                assert stem.with_name(stem.name + ending).stat().st_size > 0
            assert (base / "predictions" / f"{one}.tsv").is_file()
        assert (base / "predictions" / f"{model}.tsv").is_file()
    assert all(store.is_file() for store in stores.values())
    for task in settings.main_tasks(config):
        regimes = settings.regimes(config, task)
        wanted = bool({"finetuned", "frozen"} & set(regimes))
        for ending in (
            ".safetensors",
            ".json",
            "-history.tsv",
            "-spectra.tsv",
        ):
            for fold in settings.folds(config, task):
                folder = base / "weights" / f"pretrained-{task}"
                path = folder / f"fold-{fold}{ending}"
                assert path.is_file() == wanted, path
    for table in asked_tables(config):
        frame = read_table(base / "metrics" / f"{table}.tsv", METRIC_COLUMNS)
        # Four subjects are too few to correlate over.
        assert len(frame) > 0 or table == "r_decoding", table
        assert list(frame.columns[: len(METRIC_COLUMNS)]) == list(
            METRIC_COLUMNS
        ), table
    assert (base / "report.html").stat().st_size > 100_000
    assert not list(base.rglob("*.checkpoint"))


def test_every_baseline_has_predictions_and_is_scored(finished, config):
    base = finished / BASE
    scores = read_table(base / "metrics" / "decoding.tsv", METRIC_COLUMNS)
    for task in settings.main_tasks(config):
        for name, seed in settings.baselines(config, task):
            table = read_table(
                base / "predictions" / task / name / f"seed-{seed}.tsv"
            )
            assert set(table["split"]) == {"train", "validation", "test"}
            assert (
                (scores["task"] == task) & (scores["regime"] == name)
            ).any()


def test_a_learning_curve_ends_at_the_whole_training_split(finished):
    base = finished / BASE
    part = read_table(
        base / "learning_curves/motor_imagery/frozen/seed-0/windows-8.tsv"
    )
    whole = read_table(base / "predictions/motor_imagery/frozen/seed-0.tsv")
    n_windows = (whole["split"] == "train").sum()
    trained = part[part["split"] == "train"]
    assert sorted(trained["label"]) == [0] * 4 + [1] * 4
    assert set(part.loc[part["split"] == "test", "sample"]) == set(
        whole.loc[whole["split"] == "test", "sample"]
    )
    curve = read_table(base / "metrics" / "learning_curve.tsv", METRIC_COLUMNS)
    assert set(curve["windows"]) == {8, n_windows}
    scores = read_table(base / "metrics" / "decoding.tsv")
    same = ["task", "regime", "seed", "subject", "metric"]
    found = curve[curve["windows"] == n_windows].merge(
        scores, on=same, suffixes=("", "_decoding")
    )
    assert len(found) == (curve["windows"] == n_windows).sum() > 1
    assert (found["value"] == found["value_decoding"]).all()


def test_windows_and_splits_agree(finished, config):
    base = finished / BASE
    for task in settings.main_tasks(config):
        split = read_table(
            base / "splits" / f"{task}.tsv",
            ("sample", "subject", "split", "fold"),
        )
        folds = settings.folds(config, task)
        assert set(split["fold"]) == set(folds)
        for fold in folds:
            own = read_table(base / "splits" / task / f"fold-{fold}.tsv")
            rows = split[split["fold"] == fold].reset_index(drop=True)
            assert own.equals(rows)
            assert set(own["split"]) == {"train", "validation", "test"}
            assert own.groupby("subject")["split"].nunique().max() == 1
        for subject, rows in split.groupby("subject"):
            windows = open_windows(
                base / "windows" / task / f"{subject}.zarr.zip"
            )
            assert set(rows["sample"]) <= set(windows["sample"].values)
            assert "truth" in windows
            assert windows["signal"].attrs["units"] == "0.1 mV"


def test_every_subject_is_tested_once_by_models_that_never_saw_it(
    finished, config
):
    """Of all tasks that do not name who tests."""
    base = finished / BASE
    rotated = [
        task
        for task in settings.main_tasks(config)
        if len(settings.folds(config, task)) > 1
    ]
    assert rotated == ["r_peak"]
    for task in rotated:
        split = read_table(base / "splits" / f"{task}.tsv")
        test = split[split["split"] == "test"]
        windows = {
            sample
            for path in (base / "windows" / task).glob("*.zarr.zip")
            for sample in open_windows(path)["sample"].values
        }
        assert set(test["sample"]) == windows
        assert not test["sample"].duplicated().any()
        assert (test.groupby("subject")["fold"].nunique() == 1).all()
        assert len(test["subject"].unique()) == 4
        for fold, tested in test.groupby("fold"):
            seen = split[(split["fold"] == fold) & (split["split"] != "test")]
            assert not set(seen["subject"]) & set(tested["subject"])


def test_predictions_of_every_fold_are_joined(finished, models, by_fold):
    folder = finished / BASE / "predictions"
    for model in models:
        joined = read_table(folder / f"{model}.tsv")
        assert set(joined["fold"]) == set(range(len(by_fold(model))))
        for fold, one in enumerate(by_fold(model)):
            own = read_table(folder / f"{one}.tsv")
            rows = joined[joined["fold"] == fold].reset_index(drop=True)
            assert rows[list(own)].equals(own)
        test = joined[joined["split"] == "test"]
        assert not test["sample"].duplicated().any()


def test_every_attribution_is_whole_and_from_the_test_split(
    finished, stores, by_fold
):
    base = finished / BASE
    keys = {
        "task",
        "regime",
        "seed",
        "method",
        "rules",
        "model_sha256",
        "config_sha256",
    }
    for (model, method), path in stores.items():
        task = model.split("/")[0]
        split = read_table(base / "splits" / f"{task}.tsv")
        fold = split[split["split"] == "test"].set_index("sample")["fold"]
        check_relevance(path)
        dataset = open_attribution(path)
        # By the model of the fold that tests them.
        wanted = fold.loc[dataset["sample"].values]
        np.testing.assert_array_equal(dataset["fold"].values, wanted)
        assert keys <= set(dataset.attrs)
        assert dataset.attrs["method"] == method
        assert list(dataset.attrs["model_sha256"]) == [
            sha256(base / "models" / f"{one}.safetensors")
            for one in by_fold(model)
        ]


def test_lrp_accounts_for_the_whole_score(stores):
    n_stores = 0
    for (model, method), path in stores.items():
        dataset = open_attribution(path)
        if not json.loads(dataset.attrs["rules"]):
            continue
        ledger = dataset["ledger"].values
        gap = np.abs(ledger.sum(0) - dataset["logit"].values)
        gap /= np.abs(ledger).sum(0)
        assert gap.max() < 1e-4, (model, method)
        n_stores += 1
    assert n_stores > len({model for model, _ in stores})


def test_a_rule_table_of_ones_own_is_recorded(stores):
    dataset = open_attribution(stores["r_peak/scratch/seed-0", "gamma_stem"])
    rules = json.loads(dataset.attrs["rules"])
    assert rules["convolution"] == {"rule": "gamma", "gamma": 0.25}
    assert rules["softmax"] == "constant"
    plain = open_attribution(stores["r_peak/scratch/seed-0", "cp_lrp"])
    difference = dataset["relevance"].values - plain["relevance"].values
    assert np.abs(difference).max() > 1e-4


def test_predictions_agree_with_the_stores(finished, stores):
    for (model, _), path in stores.items():
        table = read_table(finished / BASE / "predictions" / f"{model}.tsv")
        dataset = open_attribution(path)
        test = table[table["split"] == "test"].set_index("sample")
        rows = test.loc[dataset["sample"].values]
        for name in ("prediction", "label", "fold"):
            np.testing.assert_array_equal(rows[name], dataset[name].values)


def test_models_record_their_weights(finished):
    """Those that were pretrained on the training subjects of their own fold."""
    base = finished / BASE
    hashes = set()
    for fold in range(3):
        weights = base / f"weights/pretrained-r_peak/fold-{fold}.safetensors"
        models = base / "models" / "r_peak"
        record = read_json(models / f"finetuned/fold-{fold}/seed-0.json")
        assert record["fold"] == fold
        assert record["weights"]["sha256"] == sha256(weights)
        hashes |= {sha256(weights), record["sha256"]}
        record = read_json(models / f"scratch/fold-{fold}/seed-0.json")
        assert not record["weights"]
        hashes.add(record["sha256"])
    # No two are alike.
    assert len(hashes) == 9


def test_every_figure_has_three_files_and_few_bytes(finished, config):
    folder = finished / BASE / "figures"
    names = {file.stem for file in folder.iterdir()}
    assert names == set(asked_figures(config))
    for name in names:
        assert (folder / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (folder / f"{name}.png").stat().st_size < 1_500_000
        assert len((folder / f"{name}.tsv").read_text().splitlines()) > 1, name


def test_the_report_needs_nothing_from_outside(finished, config):
    text = (finished / BASE / "report.html").read_text()
    assert not re.findall(
        r"""(?:src|href)=["'](?!data:|#)(?!https://)[^"']+""", text
    )
    assert not re.findall(
        r"""<(?:script|link|img)[^>]+(?:src|href)=["']https?:""", text
    )
    figures = asked_figures(config)
    assert text.count("data:image/png;base64,") == len(figures)


def test_another_option_of_a_method_explains_again_and_trains_nothing(
    finished, snakemake, models
):
    config = yaml.safe_load((finished / CONFIG[1]).read_text())
    config["attribution"]["methods"]["gamma_stem"]["rules"]["convolution"][
        "gamma"
    ] = 0.5
    other = finished / "tests" / "workflow" / "other.yaml"
    other.write_text(yaml.safe_dump(config, sort_keys=False))
    name = str(other.relative_to(finished))
    done = snakemake(finished, "-n", *TOGETHER, "--configfile", name)
    other.unlink()
    # One job a task for all quick methods; arms have another method.
    tasks = {model.split("/")[0] for model in models}
    explained = {f"attribute_{task}" for task in tasks}
    assert rules_of(done, "attribute") == explained
    assert not rules_of(done, "train", "pretrain", "windows", "test_")


def test_a_second_run_does_nothing(finished, snakemake):
    done = snakemake(finished, "--cores", 1, *TOGETHER)
    assert "Nothing to be done" in done.stdout + done.stderr


def test_one_figure_reruns_alone(finished, snakemake):
    target = finished / BASE / "figures" / "decoding.pdf"
    before = target.read_bytes()
    target.unlink()
    name = "results/tiny/figures/decoding.pdf"
    assert rerun_rules(snakemake(finished, "-n", name, *TOGETHER)) == {
        "figure_decoding"
    }
    snakemake(finished, "--cores", 1, name, *TOGETHER)
    assert target.read_bytes() == before


COVARIANCE = {"baseline", "baselines_of_motor_imagery", "baselines_of_arms"}


@pytest.mark.parametrize(
    ("module", "rules"),
    [
        ("verify/figures/ledger.py", {"figure_ledger"}),
        ("recordings/eegmat.py", set()),
        ("baselines/covariance.py", COVARIANCE | {"affect_refits"}),
        ("evaluate/localisation.py", {"localisation"}),
        ("evaluate/occluders.py", {"faithfulness"}),
    ],
)
def test_changed_code_reruns_the_rules_that_use_it_and_what_follows(
    finished, snakemake, jobs, module, rules
):
    with changed(finished / "workflow" / "eeglrp" / module):
        done = snakemake(finished, "-n", *TOGETHER)
    assert rerun_rules(done) == followers(jobs, rules)


@pytest.fixture(scope="module")
def jobs(root, tmp_path_factory):
    """All jobs of the tiny study."""
    folder = tmp_path_factory.mktemp("jobs")
    given = ("--configfile", root / CONFIG[1], *TOGETHER[2:])
    return listed(root, folder, *given)


@contextmanager
def changed(file):
    """A module of the package with a line more."""
    text = file.read_text()
    file.write_text(text + "\n# changed\n")
    try:
        yield
    finally:
        file.write_text(text)


def followers(jobs, rules):
    """Rules, and those of all jobs that need something of theirs."""
    found = new_jobs(jobs, lambda job: job["rule"] in rules)
    return {job["rule"] for job in found} - {"all"}


def new_jobs(jobs, is_new):
    """Jobs that are new themselves, and all that need something of theirs."""
    new, found = set(), []
    # In the order of their needs.
    for job in in_order(jobs):
        if is_new(job) or new & set(job["inputs"]):
            new |= set(job["outputs"])
            found.append(job)
    return found


def in_order(jobs):
    """Every job after those that it needs."""
    places = {
        file: place
        for place, job in enumerate(jobs)
        for file in job["outputs"]
    }
    needs = {
        place: {places[file] for file in job["inputs"] if file in places}
        for place, job in enumerate(jobs)
    }
    return [jobs[place] for place in TopologicalSorter(needs).static_order()]


def test_changed_engine_reruns_explanations_but_no_training(
    finished, snakemake
):
    with changed(finished / "workflow" / "eeglrp" / "lrp" / "explain.py"):
        done = snakemake(finished, "-n", *TOGETHER)
    assert {"attribute_r_peak", "verify", "localisation"} <= rerun_rules(done)
    assert not rules_of(done, "train", "pretrain", "windows", "simulate")


def test_training_again_gives_the_same_bytes_and_permuted_labels_others(
    finished, snakemake
):
    name = f"{BASE}/models/arousal/scratch/fold-0/seed-0"
    before = sha256(finished / f"{name}.safetensors")
    (finished / f"{name}.safetensors").unlink()
    models = [f"{name}.safetensors", f"{name}-permuted.safetensors"]
    snakemake(finished, "--cores", 2, *models, *TOGETHER)
    assert sha256(finished / models[0]) == before
    trained = read_json(finished / f"{name}.json")
    permuted = read_json(finished / f"{name}-permuted.json")
    assert permuted["n_windows"] == trained["n_windows"]
    assert permuted["sha256"] != trained["sha256"]
    for file in finished.glob(f"{name}-permuted*"):
        file.unlink()
