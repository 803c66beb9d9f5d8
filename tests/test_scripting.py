from types import SimpleNamespace

import pytest

from eeglrp.scripting import device_of, files_of, shares_of


@pytest.mark.parametrize(
    ("resources", "device"),
    [({}, "auto"), ({"gpu": 1}, "auto"), ({"gpu": 0}, "cpu")],
)
def test_a_job_without_a_graphics_card_runs_on_the_cpu(resources, device):
    job = SimpleNamespace(resources=resources)
    assert device_of(job, "auto") == device


def test_the_studys_device_is_kept_where_there_is_a_card():
    job = SimpleNamespace(resources={"gpu": 1})
    assert device_of(job, "cuda") == "cuda"


def test_the_files_of_one_of_several():
    files = {"model": ["a.st", "b.st"], "record": ["a.json", "b.json"]}
    assert files_of(files, 1) == {"model": "b.st", "record": "b.json"}


@pytest.mark.parametrize(
    ("n", "shares"), [(2, [[0, 1], [2, 3]]), (1, [[0, 1, 2, 3]]), (0, [])]
)
def test_shares_keep_the_order(n, shares):
    assert shares_of(list(range(4)), n) == shares
