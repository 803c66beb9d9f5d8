"""The graph itself: no job runs here."""

import re

import pytest
import yaml

from eeglrp import config as settings

from .test_groups import listed

STAGES = [
    "recordings",
    "windows",
    "splits",
    "weights",
    "train",
    "attribute",
    "arms",
    "arm_scores",
]
STAGES += [
    "verify",
    "evaluate",
    "ocular",
    "strategies",
    "faithfulness",
    "sanity",
    "reliance",
]
STAGES += ["affect", "verdict", "figures", "report"]


def job_counts(output):
    """Rule -> number of jobs, from the table that a dry run prints."""
    table = output.split("Job stats:")[1].split("\n\n")[0]
    return {
        rule: int(n)
        for rule, n in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)
    }


def one_of(jobs, rule):
    """The only job of a rule."""
    (job,) = [job for job in jobs if job["rule"] == rule]
    return job


def rule_blocks(root):
    """Text of every rule of the workflow, by name."""
    blocks = {}
    for file in sorted((root / "workflow" / "rules").glob("*.smk")):
        text = file.read_text()
        for block in re.split(r"^ *rule\b", text, flags=re.MULTILINE)[1:]:
            name = re.match(r" *(\w+)?:", block).group(1) or file.stem
            blocks[name] = re.split(
                r"^(?=\S)", " " + block, maxsplit=1, flags=re.MULTILINE
            )[0]
    return blocks


def test_one_file_a_stage(root):
    names = {file.stem for file in (root / "workflow" / "rules").glob("*.smk")}
    assert names == {*STAGES, "common"}
    order = re.findall(r"rules/(\w+)\.smk", (root / "Snakefile").read_text())
    assert order == ["common", *STAGES]


def test_every_rule_logs_and_is_benchmarked(root):
    blocks = rule_blocks(root)
    assert len(blocks) >= 14
    for name, block in blocks.items():
        for word in (
            "log:",
            "benchmark:",
            "code=",
            "message:",
            "script:",
            "conda:",
        ):
            assert word in block, (name, word)


GPU_RULES = [
    "pretrain",
    "train",
    "learning_curve",
    "attribute",
    "faithfulness",
    "sanity",
]
GPU_RULES += ["predict_on", "attribute_on"]


@pytest.mark.parametrize("name", GPU_RULES)
def test_rules_that_learn_or_explain_declare_resources(root, name):
    block = rule_blocks(root)[name]
    for word in ("threads:", "mem_mb=memory(", "runtime=minutes(", "gpu=1"):
        assert word in block, word


def test_scripts_are_thin(root):
    scripts = sorted((root / "workflow" / "scripts").glob("*.py"))
    assert len(scripts) >= 12
    for script in scripts:
        assert len(script.read_text().splitlines()) <= 40, script.name


def test_dry_run_of_the_demo_counts_every_job(tree, snakemake):
    counts = job_counts(snakemake(tree, "-n").stdout)
    config = yaml.safe_load((tree / "config" / "demo.yaml").read_text())
    subjects = {
        name: dataset["subjects"]
        for name, dataset in config["datasets"].items()
    }
    training = {"training": config["training"] | {"regimes": [0, 0, 0]}}
    models = sum(
        3
        * len(
            settings.seeds(
                training | {"tasks": {"t": {"training": {}} | task}}, "t"
            )
        )
        for task in config["tasks"].values()
    )
    assert counts["simulate_recording"] == sum(subjects.values())
    assert counts["windows"] == sum(
        subjects[task["dataset"]] for task in config["tasks"].values()
    )
    arms = len(config["tasks"]["motor_imagery"]["arms"]["inputs"])
    assert arms == 4
    # Arms have one model each, explained by one method, and test the model of the whole input.
    assert counts["train"] == models + arms
    assert counts["attribute"] == 3 * models + arms
    assert (
        counts["predict_on"]
        == counts["attribute_on"]
        == counts["arm_split"]
        == arms
    )
    assert counts["arm_windows"] == 8 * arms
    assert counts["arm_regression"] == 1
    assert counts["pretrain"] == counts["split"] == counts["verify"] == 4
    # Three a task, but where a task names its own.
    own = [
        task.get("training", {}).get("baselines", [0, 0, 0])
        for task in config["tasks"].values()
    ]
    # Those of tasks with arms are fitted by a rule of their own.
    assert counts["baselines_of_motor_imagery"] == 3
    assert counts["baselines_of_arms"] == arms
    assert counts["arm_scores"] == 1
    assert counts["baseline"] == sum(map(len, own)) - 3 > 0
    assert counts["report"] == 1


def test_baselines_of_a_task_replace_those_of_the_study(tree):
    """Networks are fitted once a seed, which is twice for `r_peak`."""
    r_peak, valence = "baselines: [lda_samples, eegnet]", "baselines: []"
    own = f"{{r_peak: {{training: {{{r_peak}}}}}, valence: {{training: {{{valence}}}}}}}"
    rules = ("baseline", "baselines_of_motor_imagery")
    jobs = [
        job
        for job in listed(tree, tree, "--config", f"tasks={own}")
        if job["rule"] in rules
    ]
    assert len(jobs) == 3 + 3 + 3
    outputs = {file for job in jobs for file in job["outputs"]}
    for name in ("lda_samples/seed-0", "eegnet/seed-0", "eegnet/seed-1"):
        assert f"results/demo/predictions/r_peak/{name}.tsv" in outputs


def test_a_baseline_within_subjects_wants_blocks_of_time(tree, snakemake):
    wanted = "training={baselines: [lda_samples_subject]}"
    done = snakemake(tree, "-n", "--config", wanted, check=False)
    assert done.returncode != 0
    words = "tasks.motor_imagery.training.baselines: lda_samples_subject is fitted within subjects"
    assert words in done.stdout + done.stderr


def test_only_networks_ask_for_a_gpu(tree):
    for name, gpu in (("mdm", 0), ("shallow", 1)):
        jobs = listed(
            tree, tree, f"results/demo/predictions/r_peak/{name}/seed-0.tsv"
        )
        assert one_of(jobs, "baseline")["resources"]["gpu"] == gpu


def test_dry_run_of_the_full_study(tree, snakemake):
    counts = job_counts(
        snakemake(tree, "-n", "--configfile", "config/study.yaml").stdout
    )
    assert counts["find_recording"] == 109 + 36
    assert counts["windows"] == 109 + 36
    assert counts["published_weights"] == 1
    assert counts["train"] == (2 + 13) * 3 * 5
    assert counts["attribute"] == 2 * 3 * 5 * 3 + 13 * 3 * 5
    assert counts["arm_windows"] == 13 * 109
    assert "simulate_recording" not in counts
    assert "pretrain" not in counts


def test_gpu_and_cluster_resources_of_a_job(tree):
    jobs = listed(
        tree, tree, "results/demo/models/r_peak/scratch/seed-0.safetensors"
    )
    resources = one_of(jobs, "train")["resources"]
    assert resources["gpu"] == 1
    assert {"runtime", "mem_mb"} <= set(resources)


def test_more_seeds_are_more_models(tree, snakemake):
    done = snakemake(tree, "-n", "--config", "training={seeds: [0, 1, 2]}")
    # And four of arms.
    assert job_counts(done.stdout)["train"] == 3 * (3 + 3 + 1 + 1) + 4


def test_keys_on_the_command_line_change_the_demo(tree, snakemake):
    done = snakemake(
        tree, "-n", "--config", "study=mine", "datasets={rest: {subjects: 10}}"
    )
    counts = job_counts(done.stdout)
    assert counts["simulate_recording"] == 10 + 8 + 8
    assert "results/mine/report.html" in done.stdout
    assert "results/demo" not in done.stdout


def test_a_configuration_file_is_not_filled_up_with_the_demo(tree, snakemake):
    (tree / "half.yaml").write_text("study: half\nseed: 1\n")
    done = snakemake(tree, "-n", "--configfile", "half.yaml", check=False)
    assert done.returncode != 0
    assert "'datasets' is a required property" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("override", "words"),
    [
        (
            "training={epoch: 3}",
            "training: Additional properties are not allowed ('epoch'",
        ),
        (
            "training={epochs: 0}",
            "training.epochs: 0 is less than the minimum",
        ),
        (
            "tasks={r_peak: {length: 1.3}}",
            "tasks.r_peak.length: 1.3 s at 200 Hz",
        ),
        ("windows=[1]", "windows: ['1'] is not of type 'object'"),
        ("sed=3", "'sed' was unexpected"),
    ],
)
def test_a_wrong_configuration_stops_before_any_job(
    tree, snakemake, override, words
):
    done = snakemake(tree, "-n", "--config", override, check=False)
    assert done.returncode != 0
    assert words in done.stdout + done.stderr
    assert "Remedy:" in done.stdout + done.stderr
    assert not (tree / "results").exists()


def test_a_missing_data_folder_is_named(tree, snakemake):
    arguments = (
        "-n",
        "--configfile",
        "config/real-small.yaml",
        "--config",
        "data_root=nowhere",
    )
    done = snakemake(tree, *arguments, check=False)
    assert done.returncode != 0
    assert "nowhere" in done.stdout + done.stderr
    assert "Remedy:" in done.stdout + done.stderr


def test_dry_run_of_every_method_beside_each_other(tree, snakemake):
    target = "results/methods/metrics/parts/r_peak/localisation.tsv"
    files = ("config/demo.yaml", "config/methods.yaml")
    done = snakemake(tree, "-n", target, "--configfile", *files)
    # 12 methods, three regimes, two seeds.
    assert re.search(r"^attribute +72$", done.stdout, re.MULTILINE)
