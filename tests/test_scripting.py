from types import SimpleNamespace

import pytest

from eeglrp.scripting import device_of


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
