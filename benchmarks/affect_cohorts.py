r"""How often the whole analysis of affect finds something in simulated cohorts of known truth.

Every cohort is simulated, cut, trained on and explained as a study does it, in one process: for
each of arousal and valence one LaBraM on the ratings and some on ratings whose blocks changed
places, then the test of the central cluster (Holm over both) and accuracy against ratings in
another order. Truths: `none`, ratings mean nothing; `confounds`, arousal moves muscles, heart
and posterior alpha but nothing central; `all`, as in config/affect.yaml.

    python benchmarks/affect_cohorts.py --truth none --cohorts 40
    python benchmarks/affect_cohorts.py --truth all --tasks arousal --subjects 4 8 12 \
        --regime finetuned --seconds 480 --permuted 10 --cohorts 6
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import yaml
from tqdm import tqdm

from eeglrp.jobs import limit_threads

ROOT = Path(__file__).parents[1]
LEVEL = 0.05
#: Truth -> the effects of config/affect.yaml that are switched off.
OFF = {
    "none": ("arousal", "valence", "muscle", "visual", "heartbeat"),
    "confounds": ("arousal", "valence"),
    "all": (),
}
TASKS = ("arousal", "valence")
SHARES = ("share", "share permuted", "share untrained", "share signal")
STUDY = "cohort"


def cohort_config(options, n_subjects, seed):
    """Complete configuration of one small cohort."""
    from snakemake.utils import validate

    config = yaml.safe_load((ROOT / "config" / "affect.yaml").read_text())
    config["seed"] = seed
    config["tasks"] = {name: config["tasks"][name] for name in options.tasks}
    for task in config["tasks"].values():
        task.pop("arms", None)
        task["r_peaks"] = False
    ride = config["datasets"]["ride"]
    ride |= {"subjects": n_subjects, "duration": options.seconds}
    for source in OFF[options.truth]:
        ride["sources"][source]["effect"] = 0.0
    config["model"]["layers"] = options.layers
    config["training"] |= {
        "regimes": [options.regime],
        "seeds": [0],
        "baselines": [],
    }
    config["training"]["epochs"] = options.epochs
    config["affect"]["permuted_models"] = options.permuted
    validate(config, str(ROOT / "config" / "schema.yaml"))
    return config


def make_data(config, folder):
    """Recordings, windows and splits of a cohort: task -> windows stores, table of splits."""
    from eeglrp import config as settings
    from eeglrp.files import write_json
    from eeglrp.recordings import simulated
    from eeglrp.training.splits import split_task
    from eeglrp.windowing.windows import make_task_windows

    dataset, seed = settings.dataset_settings(config, "ride"), config["seed"]
    stores = {task: [] for task in config["tasks"]}
    for subject in simulated.subjects(config["datasets"]["ride"]):
        edf, truth = (
            folder / f"{subject}.edf",
            folder / f"{subject}-truth.zarr.zip",
        )
        manifest = folder / f"{subject}.json"
        write_json(
            simulated.prepare(dataset, None, subject, seed, edf, truth),
            manifest,
        )
        for task in config["tasks"]:
            store = folder / f"{task}-{subject}.zarr.zip"
            chosen = (
                settings.task_settings(config, task),
                settings.window_settings(config, task),
            )
            counts = folder / f"{task}-{subject}.tsv"
            make_task_windows(manifest, task, *chosen, seed, store, counts)
            stores[task].append(store)
        edf.unlink()
        truth.unlink()
    for task in config["tasks"]:
        own = config["tasks"][task]
        folds = [
            folder / f"{task}-fold-{fold}.tsv"
            for fold in settings.folds(config, task)
        ]
        chosen = (task, own["split"], own["classes"], seed)
        joined = folder / f"{task}-all.tsv"
        split_task(stores[task], *chosen, folds, joined)
    # The first fold alone is asked: all others would cost as much again.
    return {
        task: (stores[task], folder / f"{task}-fold-0.tsv")
        for task in config["tasks"]
    }


def pretrain(config, task, windows, splits, folder):
    """Weights that the regime starts from; None for random ones."""
    from eeglrp.training.pretraining import pretrain_backbone

    if config["training"]["regimes"] == ["scratch"]:
        return None
    endings = {
        "weights": "safetensors",
        "record": "json",
        "history": "tsv",
        "spectra": "tsv",
    }
    outputs = {
        name: folder / f"{task}-{name}.{ending}"
        for name, ending in endings.items()
    }
    pretrain_backbone(
        windows,
        splits,
        model=config["model"],
        pretraining=config["weights"]["pretraining"],
        device="cpu",
        seed=config["seed"],
        outputs=outputs,
    )
    return outputs["weights"]


def train(config, task, windows, splits, weights, folder, number=None):
    """Train on the ratings, or for a number on ratings whose blocks changed places."""
    from eeglrp import config as settings
    from eeglrp.affect.permuted import in_blocks
    from eeglrp.seeds import integer_seed
    from eeglrp.training.loop import train_model
    from eeglrp.training.permuted_labels import permuted_windows

    study_seed, seed, name = config["seed"], 0, f"{task}-model"
    if number is not None:
        study_seed, seed = integer_seed(study_seed, "null", number), number
        name = f"{task}-permuted-{number}"
    run = {
        "task": task,
        "classes": config["tasks"][task]["classes"],
        "regime": config["training"]["regimes"][0],
        "fold": 0,
        "seed": seed,
        "study_seed": study_seed,
    }
    outputs = {
        "model": folder / f"{name}.safetensors",
        "record": folder / f"{name}.json",
        "history": folder / f"{name}-history.tsv",
    }
    with TemporaryDirectory(dir=folder) as copies:
        if number is not None:
            windows = permuted_windows(
                windows, splits, study_seed, copies, in_blocks
            )
        train_model(
            windows,
            splits,
            weights,
            run=run,
            model=config["model"],
            training=settings.training_settings(config, task)
            | {"device": "cpu"},
            outputs=outputs,
        )
    return outputs["model"]


def explain(config, task, windows, splits, folder):
    """Tables of the shares of the trained model and of those without labels, and its accuracy."""
    from eeglrp.affect.conditions import affect_method
    from eeglrp.affect.decoding import score_affect
    from eeglrp.affect.maps import write_maps
    from eeglrp.attribution.run import attribute
    from eeglrp.training.predict import predict_model
    from eeglrp.verify.run import verify_task

    places = {"windows": windows, "splits": splits}
    start = {
        "weights": pretrain(config, task, **places, folder=folder),
        "folder": folder,
    }
    model = train(config, task, **places, **start)
    numbers = range(config["affect"]["permuted_models"])
    permuted = [
        train(config, task, **places, **start, number=number)
        for number in numbers
    ]
    method, seed, own = (
        affect_method(config),
        config["seed"],
        config["tasks"][task],
    )
    options = config["attribution"]["methods"][method]
    regime, store = (
        config["training"]["regimes"][0],
        folder / f"{task}-gamma.zarr.zip",
    )
    shared = {"study": STUDY, "task": task}
    settings = {
        "attribution": config["attribution"],
        "method": method,
        "options": options,
    }
    settings |= {"seed": seed, "device": "cpu"}
    attribute(
        [model],
        windows,
        [splits],
        [store],
        ids=shared | {"regime": regime, "seed": 0},
        methods={method: options},
        attribution=config["attribution"],
        seed=seed,
        device="cpu",
    )
    topography, maps = (
        folder / f"{task}-topography.tsv",
        folder / f"{task}-maps.tsv",
    )
    write_maps(
        [[model]],
        [permuted],
        windows,
        [splits],
        maps,
        affect=config["affect"],
        **shared,
        **settings,
    )
    verify_task(
        stores=[store],
        classes=own["classes"],
        verify=config["verify"],
        statistics=config["statistics"],
        seed=seed,
        outputs={"topography": topography},
        **places,
        **shared,
    )
    predictions = folder / f"{task}-predictions.tsv"
    predict_model(model, windows, splits, predictions, "cpu")
    scores = folder / f"{task}-scores.tsv"
    score_affect(
        windows,
        [{"regime": regime, "seed": 0, "path": predictions}],
        target="classes",
        nulls=config["affect"]["nulls"],
        statistics=config["statistics"],
        seed=seed,
        out=scores,
        **shared,
    )
    return (topography, maps), scores


def run_cohort(options, setting):
    """One row a task of what the analysis of one cohort finds."""
    from eeglrp.affect.conditions import affect_method
    from eeglrp.affect.table import write_clusters

    n_subjects, seed = setting
    config = cohort_config(options, n_subjects, seed)
    with TemporaryDirectory(prefix="eeglrp-") as place:
        folder = Path(place)
        data = make_data(config, folder)
        tables = {
            task: explain(config, task, *data[task], folder)
            for task in config["tasks"]
        }
        out = folder / "clusters.tsv"
        write_clusters(
            {task: pair for task, (pair, _) in tables.items()},
            out,
            study=STUDY,
            method=affect_method(config),
            affect=config["affect"],
            statistics=config["statistics"],
            seed=seed,
        )
        clusters = pd.read_csv(out, sep="\t", dtype={"subject": str})
        rows = [
            cohort_row(
                clusters,
                pd.read_csv(scores, sep="\t", dtype={"subject": str}),
                task,
            )
            for task, (_, scores) in tables.items()
        ]
    names = {"truth": options.truth, "regime": options.regime}
    return [
        names | {"subjects": n_subjects, "seed": seed} | row for row in rows
    ]


def cohort_row(clusters, scores, task):
    """What the tables say of one task: p values of the region, and of accuracy."""
    own = clusters[(clusters["task"] == task) & (clusters["subject"] == "all")]
    region = own[own["metric"] == "share central"].set_index("null")
    row = {
        "task": task,
        "share": region["value"]["all"],
        "p": region["p"]["all"],
    }
    for name in region.index.drop("all"):
        row |= {
            f"share {name}": region["chance"][name],
            f"p {name}": region["p"][name],
        }
    row["p_models permuted"] = region["p_models"].get("permuted", np.nan)
    free = own[
        (own["metric"] == "cluster")
        & (own["null"] == "permuted")
        & (own["value"] > 0)
    ]
    row["p cluster"] = free["p"].min()
    accuracy = scores[
        (scores["subject"] == "all")
        & (scores["metric"] == "balanced_accuracy")
    ]
    accuracy = accuracy.set_index("null")
    row["accuracy"] = accuracy["value"].iloc[0]
    return row | {
        f"p accuracy {name}": accuracy["p"][name] for name in accuracy.index
    }


def found(rows):
    """Name of each test -> whether it found something in each row."""
    above = rows["share"] > rows["share permuted"]
    largest = rows[["p permuted", "p_models permuted"]].max(axis=1)
    return {
        "whole procedure": rows["p"] < LEVEL,
        "against permuted alone": (largest < LEVEL) & above,
        "over subjects alone": (rows["p permuted"] < LEVEL) & above,
        "cluster, subjects alone": rows["p cluster"] < LEVEL,
        "accuracy, shift": rows["p accuracy shift"] < LEVEL,
        "accuracy, blocks": rows["p accuracy blocks"] < LEVEL,
    }


def report(rows):
    """Print how often each test found something, over the cohorts of a truth and size."""
    for (truth, regime, n_subjects), part in rows.groupby(
        ["truth", "regime", "subjects"]
    ):
        cohorts = part["seed"].nunique()
        sizes = f"{n_subjects} subjects, {cohorts} cohorts"
        print(f"\n{truth}, {regime}, {sizes}; part with p < {LEVEL}")
        for words, own in {
            "any task": part,
            **dict(iter(part.groupby("task"))),
        }.items():
            means = " ".join(f"{own[name].mean():.3f}" for name in SHARES)
            print(
                f"  {words}: accuracy {own['accuracy'].mean():.2f}, {'; '.join(SHARES)}: {means}"
            )
            for name, yes in found(own).items():
                print_rate(
                    name, int(yes.groupby(own["seed"]).any().sum()), cohorts
                )


def print_rate(name, hits, cohorts):
    from scipy.stats import binomtest

    low, high = binomtest(hits, cohorts).proportion_ci(method="wilson")
    print(
        f"    {name:24} {hits}/{cohorts} = {hits / cohorts:.2f} [{low:.2f}, {high:.2f}]"
    )


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--truth", choices=OFF, default="none")
    parser.add_argument("--tasks", choices=TASKS, nargs="+", default=TASKS)
    parser.add_argument(
        "--regime",
        choices=("scratch", "finetuned", "frozen"),
        default="scratch",
    )
    parser.add_argument("--cohorts", type=int, default=20)
    parser.add_argument("--subjects", type=int, nargs="+", default=[8])
    parser.add_argument(
        "--seconds", type=float, default=240, help="length of a recording"
    )
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--permuted", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--out", type=Path, help="table of what was found, written as it comes"
    )
    return parser.parse_args()


def quiet():
    """No progress but that of the cohorts."""
    sys.stderr = StringIO()


def main():
    options = arguments()
    limit_threads(1)
    settings = [
        (n, options.first_seed + number)
        for number in range(options.cohorts)
        for n in options.subjects
    ]
    rows = []
    with ProcessPoolExecutor(options.jobs, initializer=quiet) as pool:
        waiting = [
            pool.submit(partial(run_cohort, options), one) for one in settings
        ]
        done = tqdm(
            as_completed(waiting), "cohorts", len(waiting), disable=None
        )
        for one in done:
            rows += one.result()
            if options.out:
                pd.DataFrame(rows).to_csv(options.out, sep="\t", index=False)
    report(pd.DataFrame(rows))


if __name__ == "__main__":
    main()
