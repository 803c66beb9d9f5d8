"""How often the verdict on eyes or motor cortex is wrong, in simulated cohorts of known truth.

Every cohort is simulated, cut, cleaned, trained on and judged as a study does it, in one process:
small LaBraMs on the whole input, on frontal and on sensorimotor electrodes, tested with HEOG
regressed out too, every subject tested once. Levels turn from mu alone (0) to the confound alone
(1): saccades, or what is neither eyes nor motor cortex, temporal muscles and the heart. Rows are
added to a table; cohorts that it has already are not run again.

    python benchmarks/dial_cohorts.py --levels 0 1 --cohorts 40 --out cohorts.tsv
    python benchmarks/dial_cohorts.py --levels 0 0.25 0.5 0.75 1 --subjects 6 10 20 --cohorts 4 \
        --out cohorts.tsv
    python benchmarks/dial_cohorts.py --confounds muscle heart --levels 1 --cohorts 40 \
        --out cohorts.tsv
"""

import argparse
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import yaml
from tqdm import tqdm

from eeglrp.jobs import limit_threads

ROOT = Path(__file__).parents[1]
STUDY, TASK = "cohort", "imagery"
#: Arm -> its options; that of the first is only tested, models of the others are trained.
ARMS = {
    "heog_regressed": {"regress": "F7-F8"},
    "frontal_only": {"keep": ["ocular_frontal"]},
    "sensorimotor": {"keep": ["central"]},
}
NAMES = ["confound", "level", "subjects", "cohort"]
#: Questions that the verdict rests on.
ASKED = (
    "decodes",
    "loss heog_regressed",
    "left heog_regressed",
    "frontal_only",
    "sensorimotor_only",
)
#: Verdict that is true where the confound alone carries the label.
TRUTHS = {"saccade": "ocular", "muscle": "neither", "heart": "neither"}


def sources(confound, level):
    """Settings of the sources: as much confound as level, and as much less mu.

    Amplitudes of muscle and heart are those that a small LaBraM learns within seconds.
    """
    of_confound = {
        "saccade": {"saccade": {"label_probability": 0.5 + level / 2}},
        "muscle": {"muscle": {"amplitude": 10, "lateralisation": level}},
        "heart": {
            "heartbeat": {
                "amplitude": 60,
                "rate_sd": 1,
                "label_probability": 0.5 + level / 2,
            }
        },
    }
    settings = {
        "mu": {"amplitude": 20, "desynchronisation": 0.9 * (1 - level)},
        "saccade": {
            "amplitude": 40,
            "trial_probability": 0.9,
            "label_probability": 0.5,
        },
    }
    for source, changes in of_confound[confound].items():
        settings[source] = settings.get(source, {}) | changes
    return settings


def cohort_config(confound, level, n_subjects, cohort):
    """Complete configuration of one cohort, without defaults left out."""
    from snakemake.utils import validate

    config = yaml.safe_load((ROOT / "config" / "dial.yaml").read_text())
    dataset = config["datasets"]["level_0"] | {
        "subjects": n_subjects,
        "first_subject": 1 + 100 * cohort,
        "trials": 60,
        "sources": sources(confound, level),
    }
    task = config["tasks"]["level_0"] | {"dataset": TASK}
    task["split"] = {"by": "subject", "folds": min(5, n_subjects // 2)}
    config["datasets"], config["tasks"] = {TASK: dataset}, {TASK: task}
    config["model"]["layers"] = 1
    validate(config, str(ROOT / "config" / "schema.yaml"))
    return config


def make_data(config, folder):
    """Windows stores by arm (`all`: the whole input), and the tables of splits."""
    from eeglrp import config as settings
    from eeglrp.arms.windows import make_arm_windows
    from eeglrp.files import write_json
    from eeglrp.recordings import simulated
    from eeglrp.training.splits import split_task
    from eeglrp.windowing.windows import make_task_windows

    dataset = settings.dataset_settings(config, TASK)
    seed = config["seed"]
    stores = {name: [] for name in ("all", *ARMS)}
    for subject in simulated.subjects(config["datasets"][TASK]):
        edf = folder / f"{subject}.edf"
        truth = folder / f"{subject}-truth.zarr.zip"
        manifest = folder / f"{subject}.json"
        record = simulated.prepare(dataset, None, subject, seed, edf, truth)
        write_json(record, manifest)
        whole = folder / f"all-{subject}.zarr.zip"
        make_task_windows(
            manifest,
            TASK,
            settings.task_settings(config, TASK),
            settings.window_settings(config, TASK),
            seed,
            whole,
            folder / "counts.tsv",
        )
        stores["all"].append(whole)
        for arm, options in ARMS.items():
            store = folder / f"{arm}-{subject}.zarr.zip"
            ids = {"study": STUDY, "task": f"{TASK}_{arm}"}
            make_arm_windows(
                whole,
                {
                    "store": store,
                    "counts": folder / "counts.tsv",
                    "components": folder / "components.tsv",
                },
                ids=ids | {"arm_of": TASK, "arm": arm},
                options=options,
                seed=seed,
            )
            stores[arm].append(store)
        edf.unlink()
        truth.unlink()
    own = config["tasks"][TASK]
    folds = [
        folder / f"fold-{fold}.tsv" for fold in settings.folds(config, TASK)
    ]
    chosen = (TASK, own["split"], own["classes"], seed)
    split_task(stores["all"], *chosen, folds, folder / "splits.tsv")
    return stores, folds


def train(config, arm, windows, folds, folder):
    """A model of every fold, trained on an arm's windows from random weights."""
    from eeglrp import config as settings
    from eeglrp.training.loop import train_model

    models = []
    for fold, splits in enumerate(folds):
        out = folder / f"{arm}-{fold}.safetensors"
        train_model(
            windows,
            splits,
            None,
            run={
                "task": f"{TASK}_{arm}",
                "classes": config["tasks"][TASK]["classes"],
                "regime": "scratch",
                "fold": fold,
                "seed": 0,
                "study_seed": config["seed"],
            },
            model=config["model"],
            training=settings.training_settings(config, TASK)
            | {"device": "cpu"},
            outputs={
                "model": out,
                "record": out.with_suffix(".json"),
                "history": folder / "history.tsv",
            },
        )
        models.append(out)
    return models


def judge(config, stores, folds, folder):
    """The table of verdicts of one cohort."""
    from eeglrp.arms.crossing import predict_on
    from eeglrp.arms.scores import score_arms
    from eeglrp.verdict.run import write_verdict

    models = {
        arm: train(config, arm, stores[arm], folds, folder)
        for arm in ("all", "frontal_only", "sensorimotor")
    }
    # Arm, how tested, models, windows.
    tests = [(arm, "own", paths, stores[arm]) for arm, paths in models.items()]
    tests.append(
        ("heog_regressed", "only", models["all"], stores["heog_regressed"])
    )
    tested = []
    for arm, how, paths, windows in tests:
        out = folder / f"{arm}-{how}.tsv"
        predict_on(paths, windows, folds, out, "cpu")
        names = {"arm": arm, "tested": how, "regime": "scratch", "seed": 0}
        files = {"predictions": out, "store": None, "electrodes": None}
        tested.append(names | files)
    statistics = config["statistics"] | {"bootstrap": 100, "permutations": 100}
    arms = folder / "arms.tsv"
    score_arms(
        tested,
        study=STUDY,
        task=TASK,
        method="",
        statistics=statistics,
        seed=config["seed"],
        out=arms,
        out_topography=folder / "topography.tsv",
    )
    out = folder / "verdict.tsv"
    write_verdict({"arms": [arms]}, statistics, STUDY, out)
    return pd.read_csv(out, sep="\t")


def run_cohort(setting):
    """One row: confound, level, cohort, verdict and what it rests on."""
    config = cohort_config(*setting)
    with TemporaryDirectory(prefix="eeglrp-") as place:
        folder = Path(place)
        stores, folds = make_data(config, folder)
        table = judge(config, stores, folds, folder)
    table = table[table["seed"].isna()].set_index("question")
    row = dict(zip(NAMES, setting, strict=True))
    for name in ("ocular", "sensorimotor", "overall"):
        row[name] = table["finding"][name]
    for name in ASKED:
        # Against what the answer holds it, so that another rule can be tried on the same cohorts.
        reference = table["chance"][name]
        row[name] = table["value"][name]
        for end in ("ci_low", "ci_high"):
            row[f"{name}, {end}"] = table[end][name] - reference
    return row


def missing(options):
    """Settings of the cohorts that the table does not have yet."""
    done = set()
    if options.out.exists():
        table = pd.read_csv(options.out, sep="\t")
        done = set(table[NAMES].itertuples(index=False, name=None))
    wanted = [
        (confound, level, n_subjects, cohort)
        for cohort in range(options.cohorts)
        for confound in options.confounds
        for n_subjects in options.subjects
        for level in options.levels
    ]
    return [setting for setting in wanted if setting not in done]


def summary(table):
    """Verdicts by level and number of subjects; errors at the ends with Wilson's interval."""
    from statsmodels.stats.proportion import proportion_confint

    rows = []
    for group, cohorts in table.groupby(NAMES[:3]):
        confound, level, _ = group
        truth = {0.0: "sensorimotor", 1.0: TRUTHS[confound]}
        counts = cohorts["overall"].value_counts()
        row = dict(zip(NAMES, group, strict=False))
        row |= {"cohorts": len(cohorts)} | counts.to_dict()
        if level in truth:
            wrong = ~cohorts["overall"].isin([truth[level], "undecided"])
            interval = proportion_confint(
                wrong.sum(), len(wrong), method="wilson"
            )
            row["wrong"] = wrong.mean()
            row["interval"] = "[{:.3f}, {:.3f}]".format(*interval)
        rows.append(row)
    summed = pd.DataFrame(rows)
    words = {name: "" for name in ("wrong", "interval") if name in summed}
    return summed.fillna(words).fillna(0)


def main():
    """Run the cohorts that are missing, then print what all of them say."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--confounds", nargs="+", default=["saccade"], choices=list(TRUTHS)
    )
    parser.add_argument("--levels", type=float, nargs="+", default=[0.0, 1.0])
    parser.add_argument("--subjects", type=int, nargs="+", default=[8])
    parser.add_argument("--cohorts", type=int, default=40)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    settings = missing(options)
    with ProcessPoolExecutor(
        options.workers, initializer=partial(limit_threads, 1)
    ) as pool:
        futures = [pool.submit(run_cohort, setting) for setting in settings]
        for future in tqdm(as_completed(futures), total=len(futures)):
            row = pd.DataFrame([future.result()])
            header = not options.out.exists()
            row.to_csv(
                options.out, sep="\t", index=False, mode="a", header=header
            )
    table = pd.read_csv(options.out, sep="\t")
    print(summary(table).to_string(index=False))


if __name__ == "__main__":
    main()
