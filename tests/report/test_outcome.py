import pytest

from eeglrp.report.counts import left_out
from eeglrp.report.outcome import absent_files, failed_jobs, run_times

from .conftest import counts

HEAD = "s\th:m:s\tmax_rss\tcpu_time\n"
CONFIG = {
    "tasks": {
        "r_peak": {
            "split": {"by": "subject", "folds": 3, "test": []},
            "training": {"regimes": ["frozen"]},
        },
        "motor_imagery": {
            "split": {"by": "subject", "folds": 3, "test": ["S1"]},
            "training": {},
            "arms": {"inputs": {"central": {}}, "regimes": ["frozen"]},
        },
    },
    "training": {"regimes": ["scratch", "frozen"], "seeds": [0]},
    "attribution": {"methods": {"attn_lrp": {}, "gamma": {}}},
}


def benchmark(folder, name, text):
    path = folder / "benchmarks" / f"{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_time_is_summed_by_stage_the_longest_first(tmp_path):
    benchmark(
        tmp_path, "models/a/seed-0", HEAD + "60.0\t0:01:00\t100.4\t30.0\n"
    )
    # Of a job that ran twice the last run counts.
    benchmark(
        tmp_path,
        "models/a/seed-1",
        HEAD + "1\t-\t1\t1\n120.0\t0:02:00\t300\t60.0\n",
    )
    benchmark(tmp_path, "report", HEAD + "600.0\t0:10:00\t50\t6.0\n")
    times = run_times(tmp_path)
    texts = [[text for text, _ in row] for row in times["rows"]]
    assert texts == [
        ["report", "1", "10.0", "0.1", "600", "50"],
        ["models", "2", "3.0", "1.5", "120", "300"],
    ]
    assert [text for text, _ in times["total"]] == [
        "all",
        "3",
        "13.0",
        "1.6",
        "600",
        "300",
    ]
    assert len(times["columns"]) == len(texts[0])


@pytest.mark.parametrize(
    "text", ["", "s\n", HEAD, HEAD + "-\t-\t-\t-\n", HEAD + "NA\n"]
)
def test_a_benchmark_without_numbers_counts_as_a_job_of_no_time(
    tmp_path, text
):
    benchmark(tmp_path, "splits/a", text)
    assert [text for text, _ in run_times(tmp_path)["rows"][0][1:]] == [
        "1",
        "0.0",
        "0.0",
        "0",
        "0",
    ]


def test_without_benchmarks_there_is_no_time(tmp_path):
    assert run_times(tmp_path) is None


def test_absent_models_and_explanations_are_named(tmp_path):
    wanted = absent_files(CONFIG, tmp_path)
    models = [path for path in wanted if path.startswith("models/r_peak/")]
    assert models == [
        f"models/r_peak/frozen/fold-{fold}/seed-0.safetensors"
        for fold in range(3)
    ]
    # Named subjects test in one fold.
    folder = "models/motor_imagery_central/frozen"
    assert f"{folder}/fold-0/seed-0.safetensors" in wanted
    assert f"{folder}/fold-1/seed-0.safetensors" not in wanted
    assert (
        len([path for path in wanted if path.startswith("attributions/")])
        == 3 * 2
    )
    done = tmp_path / "attributions/r_peak/frozen/seed-0/gamma.zarr.zip"
    done.parent.mkdir(parents=True)
    done.touch()
    assert set(wanted) - set(absent_files(CONFIG, tmp_path)) == {
        "attributions/r_peak/frozen/seed-0/gamma.zarr.zip"
    }
    assert set(CONFIG["tasks"]) == {"r_peak", "motor_imagery"}


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("2026-01-01 10:00:00,1 INFO done\n", None),
        # A warning is no failure.
        (
            "2026-01-01 10:00:00,1 WARNING few\n2026-01-01 10:00:01,1 INFO done\n",
            None,
        ),
        (
            "2026-01-01 10:00:00,1 ERROR a.edf: T7: is flat. Remedy: leave it out\n",
            "a.edf: T7: is flat. Remedy: leave it out",
        ),
        (
            "2026-01-01 10:00:00,1 ERROR Traceback (most recent call last):\n"
            '  File "a.py", line 1\nMemoryError: no room\n\n',
            "MemoryError: no room",
        ),
        ("", "ended without a word: killed, or still running"),
        (
            "2026-01-01 10:00:00,1 INFO epoch 3\n",
            "2026-01-01 10:00:00,1 INFO epoch 3",
        ),
    ],
)
def test_logs_tell_what_failed(tmp_path, log, said):
    path = tmp_path / "logs/models/a.log"
    path.parent.mkdir(parents=True)
    path.write_text(log)
    (tmp_path / "logs/report.log").write_text("")
    expected = [] if said is None else [("models/a.log", said)]
    assert failed_jobs(tmp_path, own=["report.log"]) == expected


def test_what_was_left_out_is_told_from_what_was_kept(tmp_path):
    rows = left_out(counts(tmp_path))["rows"]
    assert [[text for text, _ in row] for row in rows] == [
        ["Motor imagery", "channel dropped", "T<7", "1", "1"]
    ]
    assert left_out([]) is None
