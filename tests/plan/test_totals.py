from collections import Counter

import pandas as pd
import pytest

from eeglrp.files import write_table
from eeglrp.plan.finished import Measured, Study
from eeglrp.plan.graph import Job
from eeglrp.plan.totals import SUBMISSION, estimate, print_plan, shortages
from eeglrp.plan.work import Size

SIZE = Size(
    2, 200, 3, train=60, validation=30, test=30, explained=30, epochs=10
)
WORK = 10 * 70 * 6


def measured(work, seconds):
    return Measured("demo", "train", "frozen", work, seconds, seconds, 100.0)


@pytest.fixture
def plan():
    jobs = [
        Job("train", "", (), ("model",), 1, {"gpu": 1}),
        Job("report", "", ("model",), (), 1, {}, group=7),
        Job("extra", "", (), (), 1, {}, group=7),
    ]
    storage = {"windows": [(100, 800), (300, 1600)]}
    report = Measured("demo", "small", "report", 0.0, 2.0, 2.0, 100.0)
    known = [measured(0, 4.0), measured(WORK, 104.0), report]
    finished = [Study("demo", known, {}, {}, storage)]
    paths = ["models/t/frozen/seed-0", "report", "figures/x"]
    counts = Counter({("train", "t"): 1})

    def made(gpu_speed=None):
        return estimate(jobs, paths, counts, {"t": SIZE}, finished, gpu_speed)

    return made


def test_seconds_start_up_and_the_critical_path(plan):
    found = plan()
    assert found.seconds == pytest.approx([104, 2, 2], rel=1e-3)
    assert found.start == pytest.approx([4, 2, 2], rel=1e-2)
    assert found.chain == [0, 1]
    assert found.unknown == {"small figures": 1}
    # 2400 bytes for 400 values.
    assert found.storage["windows"] == pytest.approx(120 * 400 * 6)
    assert found.storage["recordings"] == 0


def test_a_graphics_card_speeds_up_the_work_and_not_the_start(plan):
    assert plan(gpu_speed=10).seconds[0] == pytest.approx(
        4 + 100 / 10, rel=1e-2
    )


def test_the_plan_is_printed(plan, capsys):
    print_plan(
        plan(), "demo", {"t": SIZE}, {"t": "tiny"}, {"t": ["S001"]}, None
    )
    out = capsys.readouterr().out
    assert "demo: 3 jobs, 2 submissions" in out
    assert "Critical path: 0.03 h: train > report" in out
    assert "t: 1 subjects, (60, 30, 30, 30), 2 x 200 (tiny)" in out
    assert "No benchmark of small figures (1 jobs)" in out
    assert f"Snakemake in submitted jobs: {2 * SUBMISSION / 3600:.2f} h" in out


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"mem_mb": 400, "runtime": 1}, []),
        ({"mem_mb": 200, "runtime": 1}, [("memory", 1.5)]),
        ({"mem_mb": 400, "runtime": 0.25}, [("runtime", 2.0)]),
        ({"mem_mb": "<TBD>", "runtime": "<TBD>"}, []),
        ({}, []),
    ],
)
def test_what_was_measured_above_what_is_declared(
    tmp_path, declared, expected
):
    file = tmp_path / "b.tsv"
    write_table(pd.DataFrame([{"s": 30.0, "max_rss": 300.0}]), file)
    job = Job("train", str(file), (), (), 1, declared)
    assert list(shortages(job, 1e6)) == expected


def test_predicted_seconds_count_where_nothing_was_measured():
    job = Job("train", "absent.tsv", (), (), 1, {"runtime": 10})
    assert list(shortages(job, 1200)) == [("runtime", 2.0)]
