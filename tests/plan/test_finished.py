import json
import shutil

import pandas as pd
import pytest

from eeglrp.errors import InputError
from eeglrp.files import write_table
from eeglrp.plan.finished import count_jobs, read_study
from eeglrp.plan.work import Size

BENCHMARKS = [
    "windows/r_peak/S001",
    "windows/r_peak/S002",
    "models/r_peak/frozen/fold-0/seed-0",
]
BENCHMARKS += [
    "attributions/r_peak/frozen/seed-0/gamma",
    "verify/r_peak",
    "report",
    "old",
]


@pytest.fixture
def study(tmp_path):
    """A finished study of one task, without its stores' content."""
    for name in BENCHMARKS:
        row = pd.DataFrame([{"s": 12.5, "max_rss": 300.0, "cpu_time": 6.0}])
        write_table(row, tmp_path / "benchmarks" / f"{name}.tsv")
    # Three folds, each of which tests four windows and leaves none out.
    splits = ["train"] * 6 + ["validation"] * 2 + ["test"] * 4
    frame = pd.DataFrame(
        {"split": splits * 3, "fold": [0] * 12 + [1] * 12 + [2] * 12}
    )
    write_table(frame, tmp_path / "splits" / "r_peak.tsv")
    model = (
        tmp_path / "models" / "r_peak" / "frozen" / "fold-0" / "seed-0.json"
    )
    record = {"channels": ["CZ", "OZ"], "n_times": 200, "model": {"layers": 3}}
    model.parent.mkdir(parents=True)
    model.write_text(json.dumps(record | {"training": {"epochs": 9}}))
    model.with_suffix(".safetensors").write_bytes(b"x" * 300)
    cost = (
        tmp_path
        / "attributions"
        / "r_peak"
        / "frozen"
        / "seed-0"
        / "gamma-cost.tsv"
    )
    write_table(pd.DataFrame([{"windows": 3, "seconds": 1.0}]), cost)
    (tmp_path / "windows" / "r_peak").mkdir(parents=True)
    for subject in ("S001", "S002"):
        store = tmp_path / "windows" / "r_peak" / f"{subject}.zarr.zip"
        store.write_bytes(b"x" * 4800)
    return tmp_path


def test_sizes_come_from_what_the_study_wrote(study):
    found = read_study(study)
    assert found.sizes == {
        "r_peak": Size(
            2,
            200,
            3,
            6,
            2,
            4,
            explained=3,
            epochs=9,
            subjects=2,
            regimes=1,
            folds=3,
        )
    }
    assert found.subjects == {"r_peak": 2}
    assert {job.kind for job in found.jobs} == {
        "windows",
        "train",
        "attribute",
        "table",
        "small",
    }
    train = next(job for job in found.jobs if job.kind == "train")
    assert (train.seconds, train.cpu_seconds, train.memory_mb) == (
        12.5,
        6,
        300,
    )
    assert train.work == pytest.approx(9 * (6 + 2 / 3) * 2 * 3)


@pytest.mark.parametrize("regime", ["cbramod_scratch", "wave_scratch"])
def test_other_networks_leave_the_size_to_labram(study, regime):
    before = read_study(study).sizes
    models = study / "models" / "r_peak"
    other = models / regime / "fold-0" / "seed-0.json"
    shutil.copytree(models / "frozen", models / regime)
    record = json.loads(other.read_text()) | {"model": {"name": "cbramod"}}
    other.write_text(json.dumps(record))
    size = read_study(study).sizes["r_peak"]
    assert size.layers == before["r_peak"].layers == 3
    assert size.regimes == 2


def test_a_study_without_labram_has_a_size(study):
    models = study / "models" / "r_peak"
    shutil.move(models / "frozen", models / "eegnet_scratch")
    path = models / "eegnet_scratch" / "fold-0" / "seed-0.json"
    record = json.loads(path.read_text()) | {"model": {"name": "eegnet"}}
    path.write_text(json.dumps(record))
    assert read_study(study).sizes["r_peak"].layers == 1


def test_without_a_cost_all_folds_explain_what_they_test(study):
    for cost in study.glob("attributions/*/*/*/*-cost.tsv"):
        cost.unlink()
    assert read_study(study).sizes["r_peak"].explained == 12


def test_windows_are_counted_over_folds_of_unequal_size(study):
    splits = ["train"] * 5 + ["validation"] * 2 + ["test"] * 3
    more = ["train"] * 5 + ["validation"] * 3 + ["test"] * 2
    frame = pd.DataFrame({"split": splits + more})
    frame["fold"] = [0] * 10 + [1] * 10
    write_table(frame, study / "splits" / "r_peak.tsv")
    size = read_study(study).sizes["r_peak"]
    assert size.folds == 2
    assert (size.train, size.validation, size.test) == (5, 2, 2)


def test_models_of_every_fold_count_for_storage_but_give_one_size(study):
    folder = study / "models" / "r_peak" / "frozen"
    for fold in (1, 2):
        shutil.copytree(folder / "fold-0", folder / f"fold-{fold}")
    found = read_study(study)
    assert found.storage["models"] == [(3, 300)] * 3
    assert found.sizes["r_peak"].regimes == 1


def test_an_arm_has_the_splits_of_its_task(study):
    """The longest name that an arm's begins with is that of its task."""
    short = pd.DataFrame({"split": ["train"], "fold": [0]})
    write_table(short, study / "splits" / "r.tsv")
    models = study / "models"
    shutil.copytree(models / "r_peak", models / "r_peak_no_eyes")
    sizes = read_study(study).sizes
    arm, base = sizes["r_peak_no_eyes"], sizes["r_peak"]
    assert (arm.train, arm.validation, arm.test) == (6, 2, 4)
    assert arm.folds == base.folds == 3


def test_splits_without_folds_are_named(study):
    table = pd.DataFrame({"split": ["train", "test"]})
    write_table(table, study / "splits" / "r_peak.tsv")
    with pytest.raises(InputError, match=r"r_peak\.tsv: fold: column missing"):
        read_study(study)


def test_pretraining_is_that_of_the_first_fold(study):
    record = {"pretraining": {"epochs": 5, "max_windows": 4}}
    file = study / "weights" / "pretrained-r_peak" / "fold-0.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(record))
    assert read_study(study).sizes["r_peak"].pretraining == 5 * 4


def test_epochs_are_those_that_ran(study):
    folder = study / "models" / "r_peak" / "frozen" / "fold-0"
    history = folder / "seed-0-history.tsv"
    write_table(pd.DataFrame({"epoch": range(4)}), history)
    assert read_study(study).sizes["r_peak"].epochs == 4


def test_storage_is_counted_by_what_it_grows_with(study):
    storage = read_study(study).storage
    assert storage["windows"] == [(12 * 400, 9600)]
    assert storage["models"] == [(3, 300)]


def test_a_benchmark_without_numbers_counts_as_nothing(study):
    file = study / "benchmarks" / "report.tsv"
    write_table(
        pd.DataFrame([{"s": 0.2, "max_rss": float("nan"), "cpu_time": 0.0}]),
        file,
    )
    report = next(
        job for job in read_study(study).jobs if job.variant == "report"
    )
    assert report.memory_mb == 0


def test_a_folder_without_benchmarks_is_refused(tmp_path):
    with pytest.raises(InputError, match="benchmarks: has none"):
        read_study(tmp_path)


def test_a_benchmark_that_is_cut_short_is_named(study):
    (study / "benchmarks" / "report.tsv").write_text("s\n1\n")
    with pytest.raises(
        InputError, match=r"report\.tsv: max_rss, cpu_time: column missing"
    ):
        read_study(study)


def test_a_job_that_does_several_together_counts_as_these(study):
    """A job trains the models of three regimes and three folds, and makes two subjects' windows."""
    folder = study / "models" / "r_peak"
    for regime in ("finetuned", "scratch"):
        shutil.copytree(folder / "frozen", folder / regime)
    row = pd.DataFrame([{"s": 30.0, "max_rss": 300.0, "cpu_time": 20.0}])
    for name in ("models/r_peak/together/seed-0", "windows/r_peak/together"):
        write_table(row, study / "benchmarks" / f"{name}.tsv")
    work = {
        (job.kind, job.variant): job.work for job in read_study(study).jobs
    }
    single = work["train", "frozen"]
    assert work["train", "together"] == pytest.approx(9 * single)
    sizes = read_study(study).sizes
    assert sizes["r_peak"].regimes == 3
    names = ["models/r_peak/together/seed-0", "windows/r_peak/together"]
    counts = count_jobs(names, sizes)
    assert counts == {("train", "r_peak"): 9, ("windows", "r_peak"): 2}
