"""The demo study at test size, run for real: its files, its reruns, its failures."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import yaml

from eeglrp.files import METRIC_COLUMNS, read_json, read_table, sha256
from eeglrp.questions import figure_modules
from eeglrp.store import check_relevance, open_attribution, open_windows

pytestmark = pytest.mark.workflow

TINY = ("--configfile", "tests/workflow/tiny.yaml")
MODELS = {
    "r_peak": ["finetuned", "frozen", "scratch"],
    "motor_imagery": ["frozen"],
    "arousal": ["scratch"],
    "valence": ["frozen"],
}
LRP = ("attn_lrp", "cp_lrp", "gamma_stem")
METHODS = (*LRP, "input_x_gradient")
#: What the predictions of a baseline lead to.
BASELINE = {
    "decoding",
    "comparisons",
    "join_tables",
    "figure_decoding",
    "figure_confusion",
}
BASELINE |= {"r_decoding", "figure_r_decoding", "guide", "figure_guide"}
BASELINE |= {
    "trials",
    "join_trials",
    "figure_terciles",
    "verdict",
    "figure_verdict",
}
BASELINE |= {
    "affect_evaluation",
    "join_affect_decoding",
    "figure_affect_accuracy",
}
BASELINE |= {
    "arm_scores",
    "join_arm_tables",
    "figure_arms",
    "figure_arm_topomaps",
    "provenance",
}
#: What the scores of methods lead to.
SCORES = {"guide", "figure_guide", "figure_methods", "provenance"}
TABLES = (
    "decoding",
    "comparisons",
    "guide",
    "learning_curve",
    "conservation",
    "r_peak",
    "r_topography",
    "cardiac_field",
    "sampling_grid",
    "localisation",
    "shares",
    "arms",
    "arm_topography",
    "trials",
    "strategies",
    "affect_decoding",
    "affect_cluster",
    "affect_confounds",
    "affect_maps",
    "sanity",
    "complexity",
    "agreement",
    "stability",
    "faithfulness",
    "faithfulness_curves",
)


def models():
    return [
        (task, regime)
        for task, regimes in MODELS.items()
        for regime in regimes
    ]


def rerun_rules(done):
    """Rules that a dry run would run, without the final target."""
    if "Nothing to be done" in done.stdout + done.stderr:
        return set()
    table = done.stdout.split("Job stats:")[1].split("\n\n")[0]
    return set(re.findall(r"^(\w+) +\d+$", table, re.MULTILINE)) - {
        "all",
        "total",
    }


def test_every_file_of_the_contract_is_there(finished):
    base = finished / "results" / "tiny"
    for task, regime in models():
        stem = base / "models" / task / regime / "seed-0"
        for ending in (".safetensors", ".json", "-history.tsv"):
            assert stem.with_name(stem.name + ending).stat().st_size > 0
        assert (base / "predictions" / task / regime / "seed-0.tsv").is_file()
        for method in METHODS:
            store = (
                base
                / "attributions"
                / task
                / regime
                / "seed-0"
                / f"{method}.zarr.zip"
            )
            assert store.is_file()
    for task, regimes in MODELS.items():
        wanted = {"finetuned", "frozen"} & set(regimes)
        for ending in (
            ".safetensors",
            ".json",
            "-history.tsv",
            "-spectra.tsv",
        ):
            path = base / "weights" / f"pretrained-{task}{ending}"
            assert path.is_file() == bool(wanted), path
    for table in TABLES:
        frame = read_table(base / "metrics" / f"{table}.tsv", METRIC_COLUMNS)
        assert len(frame) > 0, table
        assert list(frame.columns[: len(METRIC_COLUMNS)]) == list(
            METRIC_COLUMNS
        ), table
    assert (base / "report.html").stat().st_size > 100_000
    assert not list(base.rglob("*.checkpoint"))


def test_every_baseline_has_predictions_and_is_scored(finished):
    base = finished / "results" / "tiny"
    scores = read_table(base / "metrics" / "decoding.tsv", METRIC_COLUMNS)
    for task in MODELS:
        for name in ("csp_lda", "tangent_lr", "mdm"):
            table = read_table(
                base / "predictions" / task / name / "seed-0.tsv"
            )
            assert set(table["split"]) == {"train", "validation", "test"}
            assert (
                (scores["task"] == task) & (scores["regime"] == name)
            ).any()


def test_a_learning_curve_ends_at_the_whole_training_split(finished):
    base = finished / "results" / "tiny"
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


def test_a_model_is_trained_on_permuted_labels_when_asked_for(
    finished, snakemake
):
    name = "results/tiny/models/arousal/scratch/seed-0-permuted"
    snakemake(finished, "--cores", 1, f"{name}.safetensors", *TINY)
    record = read_json(finished / f"{name}.json")
    trained = read_json(finished / f"{name.removesuffix('-permuted')}.json")
    assert record["n_windows"] == trained["n_windows"]
    assert record["sha256"] != trained["sha256"]
    for file in finished.glob(f"{name}*"):
        file.unlink()


def test_windows_and_splits_agree(finished):
    base = finished / "results" / "tiny"
    for task in MODELS:
        split = read_table(
            base / "splits" / f"{task}.tsv",
            ("sample", "subject", "split", "fold"),
        )
        assert set(split["split"]) == {"train", "validation", "test"}
        assert split.groupby("subject")["split"].nunique().max() == 1
        for subject, rows in split.groupby("subject"):
            windows = open_windows(
                base / "windows" / task / f"{subject}.zarr.zip"
            )
            assert set(rows["sample"]) <= set(windows["sample"].values)
            assert "truth" in windows
            assert windows["signal"].attrs["units"] == "0.1 mV"


def test_every_attribution_is_whole_and_from_the_test_split(finished):
    base = finished / "results" / "tiny"
    for task, regime in models():
        split = read_table(base / "splits" / f"{task}.tsv").set_index(
            "sample"
        )["split"]
        for method in METHODS:
            path = (
                base
                / "attributions"
                / task
                / regime
                / "seed-0"
                / f"{method}.zarr.zip"
            )
            check_relevance(path)
            dataset = open_attribution(path)
            assert set(split[dataset["sample"].values]) == {"test"}
            keys = {
                "task",
                "regime",
                "seed",
                "method",
                "rules",
                "model_sha256",
                "config_sha256",
            }
            assert keys <= set(dataset.attrs)
            model = base / "models" / task / regime / "seed-0.safetensors"
            assert dataset.attrs["model_sha256"] == sha256(model)


def test_lrp_accounts_for_the_whole_score(finished):
    base = finished / "results" / "tiny" / "attributions"
    for task, regime in models():
        for method in LRP:
            dataset = open_attribution(
                base / task / regime / "seed-0" / f"{method}.zarr.zip"
            )
            ledger = dataset["ledger"].values
            gap = np.abs(ledger.sum(0) - dataset["logit"].values) / np.abs(
                ledger
            ).sum(0)
            assert gap.max() < 1e-4, (task, regime, method)


def test_a_rule_table_of_ones_own_is_recorded(finished):
    folder = (
        finished
        / "results"
        / "tiny"
        / "attributions"
        / "r_peak"
        / "scratch"
        / "seed-0"
    )
    dataset = open_attribution(folder / "gamma_stem.zarr.zip")
    rules = json.loads(dataset.attrs["rules"])
    assert rules["convolution"] == {"rule": "gamma", "gamma": 0.25}
    assert rules["softmax"] == "constant"
    plain = open_attribution(folder / "cp_lrp.zarr.zip")
    assert (
        np.abs(dataset["relevance"].values - plain["relevance"].values).max()
        > 1e-4
    )


def test_predictions_agree_with_the_stores(finished):
    base = finished / "results" / "tiny"
    for task, regime in models():
        table = read_table(base / "predictions" / task / regime / "seed-0.tsv")
        table = table.set_index("sample")
        store = (
            base
            / "attributions"
            / task
            / regime
            / "seed-0"
            / "attn_lrp.zarr.zip"
        )
        dataset = open_attribution(store)
        rows = table.loc[dataset["sample"].values]
        np.testing.assert_array_equal(
            rows["prediction"], dataset["prediction"].values
        )
        np.testing.assert_array_equal(rows["label"], dataset["label"].values)


def test_models_record_their_weights(finished):
    base = finished / "results" / "tiny"
    weights = base / "weights" / "pretrained-r_peak.safetensors"
    record = read_json(
        base / "models" / "r_peak" / "finetuned" / "seed-0.json"
    )
    assert record["weights"]["sha256"] == sha256(weights)
    assert not read_json(
        base / "models" / "r_peak" / "scratch" / "seed-0.json"
    )["weights"]


def drawn(finished):
    """Every figure, but for those of questions that this study does not ask."""
    return set(figure_modules()) - {"psychometric", "reliance", "dial"}


def test_every_figure_has_three_files_and_few_bytes(finished):
    folder = finished / "results" / "tiny" / "figures"
    names = {file.stem for file in folder.iterdir()}
    assert names == drawn(finished)
    for name in names:
        assert (folder / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (folder / f"{name}.png").stat().st_size < 1_500_000
        assert len((folder / f"{name}.tsv").read_text().splitlines()) > 1, name


def test_the_report_needs_nothing_from_outside(finished):
    text = (finished / "results" / "tiny" / "report.html").read_text()
    assert not re.findall(
        r"""(?:src|href)=["'](?!data:|#)(?!https://)[^"']+""", text
    )
    assert not re.findall(
        r"""<(?:script|link|img)[^>]+(?:src|href)=["']https?:""", text
    )
    assert text.count("data:image/png;base64,") == len(drawn(finished))


def test_another_option_of_a_method_runs_that_method_again(
    finished, snakemake
):
    config = yaml.safe_load((finished / TINY[1]).read_text())
    config["attribution"]["methods"]["gamma_stem"]["rules"]["convolution"][
        "gamma"
    ] = 0.5
    other = finished / "tests" / "workflow" / "other.yaml"
    other.write_text(yaml.safe_dump(config, sort_keys=False))
    done = snakemake(
        finished, "-n", "--configfile", str(other.relative_to(finished))
    )
    other.unlink()
    assert re.search(r"^attribute +6$", done.stdout, re.MULTILINE)
    assert not rerun_rules(done) & {"train", "pretrain", "windows", "predict"}


def test_a_second_run_does_nothing(finished, snakemake):
    done = snakemake(finished, "--cores", 1, *TINY)
    assert "Nothing to be done" in done.stdout + done.stderr


def test_one_figure_reruns_alone(finished, snakemake):
    target = finished / "results" / "tiny" / "figures" / "decoding.pdf"
    before = target.read_bytes()
    target.unlink()
    name = "results/tiny/figures/decoding.pdf"
    assert rerun_rules(snakemake(finished, "-n", name, *TINY)) == {
        "figure_decoding"
    }
    snakemake(finished, "--cores", 1, name, *TINY)
    assert target.read_bytes() == before


@pytest.mark.parametrize(
    ("module", "rules"),
    [
        ("verify/figures/ledger.py", {"figure_ledger", "report"}),
        ("recordings/eegmat.py", set()),
        (
            "baselines/covariance.py",
            BASELINE
            | {
                "baseline",
                "baselines_of_motor_imagery",
                "baselines_of_arms",
                "affect_refits",
            },
        ),
        (
            "evaluate/localisation.py",
            SCORES | {"localisation", "join_tables", "figure_localisation"},
        ),
        (
            "evaluate/occluders.py",
            SCORES
            | {"faithfulness", "join_faithfulness", "figure_faithfulness"},
        ),
        (
            "evaluate/sanity.py",
            SCORES | {"sanity", "join_map_tables", "figure_sanity"},
        ),
        (
            "evaluate/agreement.py",
            {"agreement", "join_map_tables", "figure_agreement", "provenance"},
        ),
    ],
)
def test_changed_code_reruns_the_rules_that_use_it(
    finished, snakemake, module, rules
):
    file = finished / "workflow" / "eeglrp" / module
    text = file.read_text()
    file.write_text(text + "\n# changed\n")
    try:
        found = rerun_rules(snakemake(finished, "-n", *TINY))
    finally:
        file.write_text(text)
    assert found == rules | ({"report"} if rules else set())


def test_changed_engine_reruns_explanations_but_no_training(
    finished, snakemake
):
    file = finished / "workflow" / "eeglrp" / "lrp" / "explain.py"
    text = file.read_text()
    file.write_text(text + "\n# changed\n")
    try:
        found = rerun_rules(snakemake(finished, "-n", *TINY))
    finally:
        file.write_text(text)
    assert {"attribute", "verify", "localisation"} <= found
    assert not {"train", "pretrain", "windows", "simulate_recording"} & found


def test_training_again_gives_the_same_bytes(finished, snakemake):
    name = "results/tiny/models/r_peak/finetuned/seed-0.safetensors"
    before = sha256(finished / name)
    (finished / name).unlink()
    snakemake(finished, "--cores", 1, name, *TINY)
    assert sha256(finished / name) == before


def test_a_killed_study_continues(tree, snakemake):
    """SIGKILL to Snakemake and its jobs half-way: nothing half-written, the rerun ends well."""
    target = "results/tiny/windows/motor_imagery/S001.zarr.zip"
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--cores",
        "1",
        target,
        *TINY,
    ]
    process = subprocess.Popen(
        command,
        cwd=tree,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    log = (
        tree
        / "results"
        / "tiny"
        / "logs"
        / "recordings"
        / "imagery"
        / "S001.log"
    )
    limit = time.monotonic() + 60
    while not log.exists() and time.monotonic() < limit:
        time.sleep(0.05)
    assert log.exists()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not (tree / target).exists()
    snakemake(tree, "--unlock", target, *TINY)
    snakemake(tree, "--cores", 1, "--rerun-incomplete", target, *TINY)
    assert open_windows(tree / target).sizes["sample"] > 0


def test_a_full_disk_leaves_nothing_half_written(tree, snakemake):
    """A limit on the size of files stands for the full disk: writing fails half-way."""
    target = "results/tiny/recordings/rest/S001.edf"

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    done = snakemake(
        tree, "--cores", 1, target, *TINY, check=False, preexec_fn=limit
    )
    assert done.returncode != 0
    folder = tree / "results" / "tiny" / "recordings" / "rest"
    assert [file for file in folder.glob("*") if file.is_file()] == []
    snakemake(tree, "--cores", 1, "--rerun-incomplete", target, *TINY)
    assert (tree / target).stat().st_size > 200_000


def test_a_damaged_store_is_named_by_the_job_that_reads_it(
    finished, snakemake
):
    name = "results/tiny/windows/r_peak/S001.zarr.zip"
    file = finished / name
    whole, times = file.read_bytes(), file.stat()
    file.write_bytes(whole[: len(whole) // 2])
    try:
        target = "results/tiny/splits/r_peak.tsv"
        done = snakemake(finished, "--cores", 1, target, *TINY, check=False)
        assert done.returncode != 0
        assert f"{name}: store: is cut short" in done.stdout + done.stderr
    finally:
        file.write_bytes(whole)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
        snakemake(finished, "--cores", 1, *TINY, "--touch")
